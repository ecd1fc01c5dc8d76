package docker.scout

import rego.v1

started(facts) := {"ironhull": {"posture": object.union(
	{"user": "65532", "uid": 65532, "root": false, "writable": [], "counts": {}},
	facts,
)}}

test_nothing_writable_is_ready if pass with input as started({})

test_homes_are_let_be if {
	pass with input as started({"writable": ["/home/nonroot", "/home/nonroot/.cache/x"]})
	not pass with input as started({"writable": ["/home/nonroot"]}) with data.config as {"allowed_paths": []}
}

test_others_are_told if {
	paths := {each.detail.path | some each in violation} with input as started({"writable": ["/data", "/home/a"]})
	paths == {"/data"}
	pass with input as started({"writable": ["/data"]}) with data.config as {"allowed_paths": ["/data"]}
}

test_what_is_not_listed_is_counted if {
	not pass with input as started({"counts": {"writable": 5}})
}

test_root_is_not_ready if {
	not pass with input as started({"user": "", "uid": 0, "root": true, "writable": null})
	count(violation) == 1 with input as started({"user": "", "uid": 0, "root": true, "writable": null})
}

test_unknown_users_are_no_data if {
	unknown := started({"user": "app", "uid": null})
	not pass with input as unknown
	contains(no_data, "app") with input as unknown
	no_data with input as {}
}
