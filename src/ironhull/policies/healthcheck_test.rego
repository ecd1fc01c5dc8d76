package docker.scout

import rego.v1

of(config) := {"source": {"image": {"config": config}}}

test_a_command_is_one if {
	pass with input as of({"config": {"Healthcheck": {"Test": ["CMD", "/health"]}}})
	pass with input as of({"config": {"Healthcheck": {"Test": ["CMD-SHELL", "true"]}}})
}

test_none_is_told if {
	every config in [{}, {"config": {}}, {"config": {"Healthcheck": {}}}, {"config": {"Healthcheck": {"Test": ["NONE"]}}}] {
		not pass with input as of(config)
		count(violation) == 1 with input as of(config)
	}
}

test_without_an_image_there_is_no_data if {
	not pass with input as {"source": {}}
	no_data with input as {"source": {}}
}
