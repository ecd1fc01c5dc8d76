# METADATA
# title: Valid hardened image or hardened base image
# description: |
#   The image is a hardened one, or its lowest layers are those of one: proven by the layers, and by the
#   signature where a key is configured, never by a label alone. `vendors` are those that count.
# custom:
#   name: valid-hardened-image
#   result_type: generic
#   not_compliant_title: Invalid or missing hardened image or hardened base image
#   details_order: [base, trouble]
package docker.scout

import rego.v1

vendors := object.get(data.config, "vendors", ["ironhull", "docker", "chainguard", "distroless"])

hardened := input.ironhull.base.hardened

default pass := false

pass if count(violation) == 0

violation contains {
	"message": "neither the image nor its base is proven to be a hardened one",
	"detail": {"base": base, "trouble": trouble},
	"remediation": "build from a hardened base image (ironhull base list)",
} if {
	not is_valid
}

is_valid if {
	hardened.proven
	hardened.vendor in vendors
}

default base := ""

base := hardened.name

default trouble := "no hardened base image is known of it"

trouble := sprintf("it says so, but %s", [hardened.trouble]) if {
	not hardened.proven
	hardened.trouble
}

trouble := sprintf("images of %s do not count", [hardened.vendor]) if {
	hardened.proven
	not hardened.vendor in vendors
}
