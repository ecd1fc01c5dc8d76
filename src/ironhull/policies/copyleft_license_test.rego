package docker.scout

import rego.v1

with_license(text) := {"artifacts": [{"name": "p", "purl": "pkg:deb/debian/p@1-2?arch=amd64", "licenses": [text]}]}

agpl := with_license("AGPL-3.0-or-later")

test_agpl_is_found if count(violation) == 1 with input as agpl

test_others_are_fine if pass with input as with_license("GPL-3.0-only")

test_configured_licenses if {
	config := {"licenses": ["gpl-*"]}
	not pass with input as with_license("GPL-3.0-only") with data.config as config
	pass with input as agpl with data.config as config
}

test_exact_name if {
	config := {"licenses": ["GPL-3.0"]}
	pass with input as with_license("GPL-3.0-only") with data.config as config
}

test_ignored_with_qualifiers if {
	pass with input as agpl with data.config as {"ignored_packages": ["pkg:deb/debian/p@1-2?arch=amd64"]}
	not pass with input as agpl with data.config as {"ignored_packages": ["pkg:deb/debian/p@1-2?arch=arm64"]}
}

test_ignored_with_version if {
	pass with input as agpl with data.config as {"ignored_packages": ["pkg:deb/debian/p@1-2"]}
	not pass with input as agpl with data.config as {"ignored_packages": ["pkg:deb/debian/p@1-3"]}
}

test_ignored_by_name if {
	pass with input as agpl with data.config as {"ignored_packages": ["pkg:deb/debian/p"]}
	not pass with input as agpl with data.config as {"ignored_packages": ["pkg:deb/debian/q"]}
}

test_no_list_is_no_data if no_data with input as {}
