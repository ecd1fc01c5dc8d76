package docker.scout

import rego.v1

facts(more) := {"ironhull": {"posture": object.union(
	{"setuid": [], "setgid": [], "capabilities": [], "counts": {}},
	more,
)}}

raw := [{"path": "/usr/bin/ping", "capabilities": "cap_net_raw=ep"}]

test_none_is_met if pass with input as facts({})

test_both_bits_are_found if {
	found := facts({"setuid": ["/usr/bin/su"], "setgid": ["/usr/bin/chage", "/usr/bin/su"]})
	not pass with input as found
	count(violation) == 3 with input as found
}

test_capabilities_are_found_unless_they_do_not_count if {
	rights := {each.detail.rights | some each in violation} with input as facts({"capabilities": raw})
	rights == {"cap_net_raw=ep"}
	pass with input as facts({"capabilities": raw}) with data.config as {"capabilities": false}
}

test_paths_can_be_allowed if {
	pass with input as facts({"setuid": ["/usr/bin/su"]}) with data.config as {"allowed_paths": ["/usr/bin/su"]}
	not pass with input as facts({"setuid": ["/usr/bin/su"]}) with data.config as {"allowed_paths": ["/bin/su"]}
}

test_what_is_not_listed_is_counted if {
	more := facts({"setuid": ["/usr/bin/su"], "counts": {"setuid": 300}})
	"299 more paths" in {each.detail.path | some each in violation} with input as more
}

test_not_known_is_no_data if {
	not pass with input as {}
	no_data with input as {}
}
