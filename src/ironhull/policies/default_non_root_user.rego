# METADATA
# title: Default non-root user
# description: |
#   The image starts as a user that is not root, by name or by number; a name that the image's own
#   /etc/passwd gives the number 0 is root, too.
# custom:
#   name: default-non-root-user
#   result_type: boolean
#   not_compliant_title: No default non-root user found
#   details_order: [user]
package docker.scout

import rego.v1

default pass := false

pass if {
	is_object(input.source.image.config)
	count(violation) == 0
}

no_data := "there is no image configuration" if not is_object(input.source.image.config)

user := object.get(object.get(input.source.image.config, "config", {}), "User", "")

name := split(user, ":")[0]

violation contains {
	"message": "the image has no user: it starts as root",
	"detail": {"user": "root"},
	"remediation": "set USER to a user that is not root, best by number",
} if {
	is_object(input.source.image.config)
	trim_space(name) == ""
}

violation contains {
	"message": sprintf("the image starts as root (user %q)", [user]),
	"detail": {"user": user},
	"remediation": "set USER to a user that is not root, best by number",
} if {
	is_object(input.source.image.config)
	is_root(trim_space(name))
}

is_root(text) if lower(text) == "root"

is_root(text) if regex.match(`^0+$`, text)

is_root(text) if text in object.get(object.get(input, "ironhull", {}), "root_users", [])
