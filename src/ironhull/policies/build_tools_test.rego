package docker.scout

import rego.v1

compiler := {"name": "gcc", "path": "/usr/bin/gcc", "kind": "build", "how": "name"}

curl := {"name": "curl", "path": "/usr/bin/curl", "kind": "network", "how": "name"}

of(tools) := {
	"source": {"image": {"name": "app", "tags": ["1-dev"]}},
	"ironhull": {"posture": {"tools": tools}},
}

test_compilers_are_found if {
	not pass with input as of([compiler, curl])
	{each.detail.path | some each in violation} == {"/usr/bin/gcc"} with input as of([compiler, curl])
}

test_other_tools_are_fine if pass with input as of([curl])

test_paths_can_be_allowed if pass with input as of([compiler]) with data.config as {"allowed_paths": ["/usr/bin/gcc"]}

test_images_meant_to_build_are_left_out if {
	pass with input as of([compiler]) with data.config as {"ignored_images": ["*:*-dev"]}
	pass with input as of([compiler]) with data.config as {"ignored_images": ["docker.io/library/app:*"]}
	not pass with input as of([compiler]) with data.config as {"ignored_images": ["*:*-sdk"]}
}

test_not_looked_for_is_no_data if {
	not pass with input as {}
	no_data with input as {}
}
