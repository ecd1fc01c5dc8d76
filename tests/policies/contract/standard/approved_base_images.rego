# METADATA
# title: Base is approved
# description: The base image is of a place and a distribution that was agreed on.
# custom:
#   name: approved-base-images
#   result_type: generic
#   weight: 10
#   not_compliant_title: Base is not approved
#   details_order: [base, reason]
package docker.scout

import rego.v1

default pass := false

pass if {
	base.name
	count(violation) == 0
}

base := oci.referrer("https://scout.docker.com/provenance/v0.1").statement.predicate.base_image

canonical := oci.canonical_name(base.name)

allowed_base_images := object.get(data.config, "allowed_base_images", ["*"])

allowed_distros := object.get(data.config, "allowed_distros", [
	"alpine:3.22", "debian:12", "debian:13", "ubuntu:24.04", "wolfi",
])

by_name if "*" in allowed_base_images

by_name if {
	some pattern in allowed_base_images
	glob.match(pattern, null, canonical)
}

violation contains {
	"message": sprintf("%s is not among the images agreed on", [canonical]),
	"detail": {"base": canonical, "reason": "name"},
} if {
	canonical
	not by_name
}

violation contains {
	"message": sprintf("%s %s is not among the distributions agreed on", [distro.os_name, distro.os_version]),
	"detail": {"base": canonical, "reason": "distribution"},
} if {
	canonical
	object.get(data.config, "allowed_distros_only", true)
	distro := input.source.image.distro
	count({distro.os_name, sprintf("%s:%s", [distro.os_name, distro.os_version])} & {d | some d in allowed_distros}) == 0
}
