package docker.scout

import rego.v1

of(user) := {"source": {"image": {"config": {"config": {"User": user}}}}}

test_names_and_numbers_are_fine if {
	every user in ["app", "65532", "65532:65532", "app:root", "1000:0"] {
		pass with input as of(user)
	}
}

test_root_is_found if {
	every user in ["root", "0", "0:0", "root:app", "00", "Root", " 0", "0:1000"] {
		not pass with input as of(user)
		count(violation) == 1 with input as of(user)
	}
}

test_no_user_is_root if {
	not pass with input as of("")
	not pass with input as of(":0")
	not pass with input as {"source": {"image": {"config": {"config": {}}}}}
	not pass with input as {"source": {"image": {"config": {}}}}
}

test_name_with_the_number_zero_is_root if {
	not pass with input as object.union(of("toor"), {"ironhull": {"root_users": ["root", "toor"]}})
	pass with input as object.union(of("app"), {"ironhull": {"root_users": ["root", "toor"]}})
}

test_without_an_image_there_is_no_data if {
	no_data with input as {"source": {"file_system": {}}}
	count(violation) == 0 with input as {"source": {"file_system": {}}}
}
