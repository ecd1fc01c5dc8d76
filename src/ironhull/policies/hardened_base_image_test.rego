package docker.scout

import rego.v1

of(hardened) := {"ironhull": {"base": {"hardened": hardened}}}

test_proven_is_met if pass with input as of({"proven": true, "vendor": "ironhull", "name": "python:3.13"})

test_label_alone_is_not_enough if {
	hardened := of({"proven": false, "vendor": "docker", "name": "dhi/python", "trouble": "its layers are not those of the image"})
	not pass with input as hardened
	violation == {{
		"message": "neither the image nor its base is proven to be a hardened one",
		"detail": {"base": "dhi/python", "trouble": "it says so, but its layers are not those of the image"},
		"remediation": "build from a hardened base image (ironhull base list)",
	}} with input as hardened
}

test_vendors_can_be_chosen if {
	not pass with input as of({"proven": true, "vendor": "ironhull", "name": "x"}) with data.config as {"vendors": ["docker"]}
}

test_nothing_known_is_not_met if {
	not pass with input as {}
	count(violation) == 1 with input as {}
}
