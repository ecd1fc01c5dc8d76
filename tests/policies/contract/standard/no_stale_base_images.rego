# METADATA
# title: Base is the newest of its tag
# description: The tag of the base image still leads to the digest that was built on.
# custom:
#   name: no-stale-base-images
#   result_type: generic
#   weight: 10
#   not_compliant_title: Base is older than its tag
#   details_order: [base, digest, current]
package docker.scout

import rego.v1

default pass := false

pass if {
	current
	count(violation) == 0
}

base := input.source.provenance.base_image

current := digest if {
	digest := oci.image_digest(sprintf("%s:%s", [base.name, base.tag]))
	digest != null
}

violation contains {
	"message": sprintf("%s:%s is at %s now", [base.name, base.tag, current]),
	"detail": {"base": base.name, "digest": base.digest, "current": current},
} if {
	base.digest != current
}
