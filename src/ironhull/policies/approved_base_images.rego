# METADATA
# title: No unapproved base images
# description: |
#   The base image, as provenance or the image tells it, is one of `allowed_base_images` (globs of whole
#   names such as docker.io/library/python:*), and, with `allowed_distros_only`, the distribution is
#   one of `allowed_distros`. A name without a tag means every tag.
# custom:
#   name: approved-base-images
#   result_type: generic
#   not_compliant_title: Unapproved base images found
#   details_order: [base, distro]
package docker.scout

import rego.v1

allowed_base_images := object.get(data.config, "allowed_base_images", ["*"])

allowed_distros_only := object.get(data.config, "allowed_distros_only", true)

default_distros := [
	"alma",
	"almalinux",
	"alpine",
	"amzn",
	"azurelinux",
	"chainguard",
	"debian",
	"dhi",
	"fedora",
	"mariner",
	"opensuse-leap",
	"oracle",
	"ol",
	"photon",
	"rhel",
	"rocky",
	"sles",
	"ubuntu",
	"wolfi",
]

allowed_distros := object.get(data.config, "allowed_distros", default_distros)

base := input.source.provenance.base_image

# An image that was made from nothing but packages has no base image, and says so.
own_base if input.ironhull.base.none

distro := object.get(input.source.image.distro, "os_name", "")

default pass := false

pass if {
	known
	count(violation) == 0
}

known if base.name

known if own_base

no_data := "the base image is not known: there is no provenance that tells it" if not known

violation contains {
	"message": sprintf("base image %s is not approved", [full_name]),
	"detail": {"base": full_name, "distro": distro},
	"remediation": "build from an approved base image",
} if {
	base.name
	not is_approved
}

violation contains {
	"message": sprintf("distribution %q is not approved", [distro]),
	"detail": {"base": object.get(base_name, "name", ""), "distro": distro},
	"remediation": "build from an image of an approved distribution",
} if {
	known
	allowed_distros_only
	distro != ""
	not distro in allowed_distros
}

base_name := base if base.name

base_name := {} if not base.name

full_name := sprintf("%s:%s", [oci.canonical_name(base.name), base.tag]) if object.get(base, "tag", "") != ""

full_name := oci.canonical_name(base.name) if object.get(base, "tag", "") == ""

is_approved if {
	some pattern in allowed_base_images
	glob.match(pattern, null, full_name)
}

is_approved if {
	some pattern in allowed_base_images
	glob.match(pattern, null, oci.canonical_name(base.name))
}
