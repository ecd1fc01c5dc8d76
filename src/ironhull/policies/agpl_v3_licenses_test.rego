package docker.scout

import rego.v1

with_license(text) := {"artifacts": [{"name": "p", "purl": "pkg:npm/p@1", "licenses": [text]}]}

test_agpl_is_found if not pass with input as with_license("AGPL-3.0-only")

test_agpl_of_any_form_is_found if count(violation) == 1 with input as with_license("MIT AND AGPL-3.0-or-later")

test_choice_is_fine if pass with input as with_license("MIT OR AGPL-3.0-only")

test_gpl_is_fine if pass with input as with_license("GPL-3.0-only")

test_no_packages_is_met if pass with input as {"artifacts": []}

test_no_list_is_no_data if {
	not pass with input as {}
	count(violation) == 0 with input as {}
	no_data with input as {}
}
