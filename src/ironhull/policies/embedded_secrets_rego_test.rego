package docker.scout

import rego.v1

with_list(found) := {"statement": {"predicate": found}, "image": ""}

test_empty_list_is_met if pass with oci.referrer as with_list([])

test_entries_are_found if {
	list := with_list([{"source": {"type": "ENV", "location": "TOKEN"}, "findings": [{"rule_id": "b"}, {"rule_id": "a"}]}])
	violation == {{
		"message": "secrets in TOKEN",
		"detail": {"location": "TOKEN", "rules": "a, b"},
		"remediation": "revoke them, and build without them",
	}} with oci.referrer as list
}

test_no_list_is_no_data if {
	not pass with oci.referrer as null
	no_data with oci.referrer as null
	count(violation) == 0 with oci.referrer as null
}
