package docker.scout

import rego.v1

with_license(text) := {"artifacts": [{"name": "p", "purl": "pkg:npm/p@1?arch=x", "licenses": [text]}]}

untold := {"artifacts": [{"name": "p", "purl": "pkg:npm/p@1"}]}

test_without_lists_what_is_forbidden_is_found if {
	count(violation) == 1 with input as with_license("AGPL-3.0-only")
	not pass with input as with_license("AGPL-3.0-only")
}

test_without_lists_the_rest_is_fine if pass with input as with_license("GPL-3.0-only")

test_denied_by_glob if {
	count(violation) == 1 with input as with_license("GPL-3.0-only") with data.config as {"deny": ["GPL-*"]}
}

test_denied_by_category if {
	count(violation) == 1 with input as with_license("MPL-2.0") with data.config as {"deny": ["reciprocal"]}
}

test_choice_is_fine if {
	pass with input as with_license("MIT OR GPL-3.0-only") with data.config as {"deny": ["GPL-*"]}
}

test_all_of_them_are_needed if {
	count(violation) == 1 with input as with_license("MIT AND GPL-3.0-only") with data.config as {"deny": ["GPL-*"]}
}

test_only_what_is_allowed if {
	pass with input as with_license("MIT") with data.config as {"allow": ["MIT", "BSD-*"]}
	pass with input as with_license("BSD-3-Clause") with data.config as {"allow": ["MIT", "BSD-*"]}
	count(violation) == 1 with input as with_license("Zlib") with data.config as {"allow": ["MIT", "BSD-*"]}
}

test_untold_license if {
	pass with input as untold
	count(violation) == 1 with input as untold with data.config as {"deny": ["unknown"]}
	count(violation) == 1 with input as untold with data.config as {"allow": ["MIT"]}
}

test_own_category if {
	config := {"deny": ["forbidden"], "categories": {"WTFPL": "forbidden"}}
	count(violation) == 1 with input as with_license("WTFPL") with data.config as config
}

test_exempt_package if {
	config := {"deny": ["GPL-*"], "packages": ["pkg:npm/p"]}
	pass with input as with_license("GPL-2.0-only") with data.config as config
}

test_no_packages_is_met if pass with input as {"artifacts": []}

test_no_list_is_no_data if {
	not pass with input as {}
	count(violation) == 0 with input as {}
	no_data with input as {}
}
