package docker.scout

import rego.v1

with_tools(tools) := {"ironhull": {"posture": {"tools": tools}}}

shell := {"name": "sh", "path": "/usr/bin/sh", "kind": "shell", "how": "name", "of": "/usr/bin/dash"}

hidden := {"name": "shell", "path": "/app/server", "kind": "shell", "how": "content"}

applet := {"name": "apk", "path": "/sbin/apk", "kind": "package manager", "how": "applet", "of": "busybox"}

python := {"name": "python3", "path": "/usr/bin/python3", "kind": "interpreter", "how": "name"}

test_none_is_met if {
	pass with input as with_tools([])
	pass with input as with_tools([python])
}

test_each_is_told_with_its_reason if {
	reasons := {each.detail.why | some each in violation} with input as with_tools([shell, hidden, applet])
	reasons == {"by its name", "by its content: shell", "applet of busybox"}
	not pass with input as with_tools([applet])
}

test_other_kinds_can_be_asked_for if {
	not pass with input as with_tools([python]) with data.config as {"kinds": ["interpreter"]}
	pass with input as with_tools([shell]) with data.config as {"kinds": ["interpreter"]}
}

test_paths_can_be_allowed if {
	pass with input as with_tools([shell]) with data.config as {"allowed_paths": ["/usr/bin/*"]}
	not pass with input as with_tools([shell]) with data.config as {"allowed_paths": ["/usr/*"]}
	pass with input as with_tools([shell]) with data.config as {"allowed_paths": ["/usr/**"]}
}

test_half_a_look_is_no_data if {
	half := {"ironhull": {"posture": {"tools": [], "complete": false}}}
	not pass with input as half
	no_data with input as half
	pass with input as {"ironhull": {"posture": {"tools": [], "complete": true}}}
}

test_not_looked_into_is_no_data if {
	not pass with input as {}
	no_data with input as {}
	count(violation) == 0 with input as {}
}
