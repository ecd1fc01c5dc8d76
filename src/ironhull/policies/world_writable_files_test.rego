package docker.scout

import rego.v1

with_paths(paths, number) := {"ironhull": {"posture": {"world_writable": paths, "counts": {"world_writable": number}}}}

test_none_is_met if pass with input as {"ironhull": {"posture": {"world_writable": [], "counts": {}}}}

test_each_is_told if {
	not pass with input as with_paths(["/app/a", "/app/b"], 2)
	count(violation) == 2 with input as with_paths(["/app/a", "/app/b"], 2)
}

test_paths_can_be_allowed if {
	pass with input as with_paths(["/app/a"], 1) with data.config as {"allowed_paths": ["/app/*"]}
	not pass with input as with_paths(["/opt/a"], 1) with data.config as {"allowed_paths": ["/app/*"]}
}

test_what_is_not_listed_is_counted if {
	not pass with input as with_paths(["/app/a"], 9) with data.config as {"allowed_paths": ["/app/*"]}
}

test_not_known_is_no_data if {
	not pass with input as {}
	no_data with input as {}
}
