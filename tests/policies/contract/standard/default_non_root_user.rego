# METADATA
# title: Not root
# description: The user is not root.
# custom:
#   name: default-non-root-user
#   result_type: boolean
#   weight: 10
#   not_compliant_title: Root
#   details_order: [user]
package docker.scout

import rego.v1

default pass := false

pass if {
	input.source.type == "image"
	count(violation) == 0
}

user := object.get(input.source.image.config, ["config", "User"], "")

first := split(user, ":")[0]

violation contains {"message": "root", "detail": {"user": user}} if first in {"", "root", "0"}
