# METADATA
# title: No stale base images
# description: |
#   The tag of the base image, asked for now, leads to the digest the image was built from.
# custom:
#   name: no-stale-base-images
#   result_type: generic
#   not_compliant_title: Stale base images found
#   details_order: [base, digest, newest]
package docker.scout

import rego.v1

base := input.source.provenance.base_image

reference := sprintf("%s:%s", [base.name, base.tag])

newest := oci.image_digest(reference) if object.get(base, "tag", "") != ""

default pass := false

pass if {
	base.digest
	newest != null
	count(violation) == 0
}

no_data := "the base image and its digest are not known: there is no provenance that tells them" if not base.digest

no_data := "the base image's tag cannot be asked for" if {
	base.digest
	not is_string(newest)
}

violation contains {
	"message": sprintf("%s is another image now", [reference]),
	"detail": {"base": reference, "digest": base.digest, "newest": newest},
	"remediation": "build again from the newest base image",
} if {
	is_string(newest)
	newest != base.digest
}
