package docker.scout

import rego.v1

of(name, tag, distro) := {"source": {
	"image": {"distro": {"os_name": distro}},
	"provenance": {"base_image": {"name": name, "tag": tag}},
}}

test_everything_is_approved_by_default if pass with input as of("python", "3.13", "debian")

test_patterns if {
	config := {"allowed_base_images": ["docker.io/library/python:*"]}
	pass with input as of("python", "3.13", "debian") with data.config as config
	pass with input as of("docker.io/library/python", "3.13", "debian") with data.config as config
	not pass with input as of("node", "22", "debian") with data.config as config
	not pass with input as of("example.com/python", "3.13", "debian") with data.config as config
}

test_pattern_without_a_tag_means_every_tag if {
	pass with input as of("python", "3.13", "debian") with data.config as {"allowed_base_images": ["docker.io/library/python"]}
}

test_violation_tells_the_name if {
	violation == {{
		"message": "base image docker.io/library/node:22 is not approved",
		"detail": {"base": "docker.io/library/node:22", "distro": "debian"},
		"remediation": "build from an approved base image",
	}} with input as of("node", "22", "debian") with data.config as {"allowed_base_images": ["a"]}
}

test_distributions if {
	not pass with input as of("x", "1", "unheard-of")
	pass with input as of("x", "1", "unheard-of") with data.config as {"allowed_distros_only": false}
	pass with input as of("x", "1", "unheard-of") with data.config as {"allowed_distros": ["unheard-of"]}
}

test_image_without_a_base if {
	pass with input as {"source": {"image": {"distro": {"os_name": "debian"}}}, "ironhull": {"base": {"none": true}}}
}

test_unknown_base_is_no_data if {
	unknown := {"source": {"image": {"distro": {"os_name": "debian"}}}}
	not pass with input as unknown
	count(violation) == 0 with input as unknown
	no_data with input as unknown
}
