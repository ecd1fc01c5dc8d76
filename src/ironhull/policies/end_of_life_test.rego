package docker.scout

import rego.v1

debian(left) := {"kind": "distribution", "name": "debian", "release": "12", "ends": "2028-06-30", "days_left": left}

python(left) := {"kind": "runtime", "name": "python", "release": "3.9", "ends": "2025-10-31", "days_left": left, "paths": ["/usr/local/bin/python3.9"]}

of(rows) := {"ironhull": {"support": rows}}

test_supported_is_met if pass with input as of([debian(100), python(0)])

test_what_ended_is_told if {
	not pass with input as of([debian(100), python(-1)])
	found := {[each.detail.name, each.detail.where] | some each in violation} with input as of([debian(100), python(-1)])
	found == {["python", "/usr/local/bin/python3.9"]}
}

test_support_may_have_to_last if {
	not pass with input as of([debian(100)]) with data.config as {"days": 180}
	pass with input as of([debian(181)]) with data.config as {"days": 180}
}

test_names_can_be_ignored if {
	pass with input as of([debian(100), python(-1)]) with data.config as {"ignored": ["python"]}
}

test_no_day_is_no_data if {
	rolling := {"kind": "distribution", "name": "wolfi", "release": ""}
	not pass with input as of([rolling])
	no_data with input as of([rolling])
	no_data with input as {}
}
