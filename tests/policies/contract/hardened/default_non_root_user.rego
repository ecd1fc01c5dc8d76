# METADATA
# title: Starts without root
# description: Images that are run must not start as root; those for building may.
# organizations:
# - Contract
# custom:
#   name: dhi-default-non-root-user
#   result_type: boolean
#   weight: 10
#   not_compliant_title: Starts as root
#   details_order: [user, reason]
package docker.scout

import rego.v1

default pass := false

pass if count(violation) == 0

settings := input.source.image.config.config

version := settings.Labels["com.docker.dhi.version"]

for_building if endswith(version, "-dev")

for_building if contains(version, "-sdk-")

for_building if startswith(input.source.image.name, "dhi/pkg-")

violation contains finding if {
	not for_building
	not settings.User
	finding := {
		"message": "the configuration names no user",
		"detail": {"user": "root", "reason": "default"},
	}
}

violation contains finding if {
	not for_building
	settings.User == "root"
	finding := {
		"message": "the configuration names root",
		"detail": {"user": "root", "reason": "named"},
	}
}
