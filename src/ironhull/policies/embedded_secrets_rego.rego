# METADATA
# title: No embedded secrets (Rego)
# description: |
#   The list of secrets that the image's attestation, or the scan in its place, gives is empty.
# custom:
#   name: embedded-secrets-rego
#   result_type: generic
#   not_compliant_title: Embedded secrets found (Rego)
#   details_order: [location, rules]
package docker.scout

import rego.v1

found := oci.referrer("https://scout.docker.com/secrets/v0.1")

default pass := false

pass if {
	found != null
	count(violation) == 0
}

no_data := "there is no list of secrets" if found == null

violation contains {
	"message": sprintf("secrets in %s", [location]),
	"detail": {"location": location, "rules": concat(", ", sort([f.rule_id | some f in entry.findings]))},
	"remediation": "revoke them, and build without them",
} if {
	some entry in found.statement.predicate
	location := object.get(object.get(entry, "source", {}), "location", "?")
}
