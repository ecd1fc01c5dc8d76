package docker.scout

import rego.v1

with_one(change) := {"statement": {"predicate": [{"purl": "pkg:maven/log4j@2", "vulnerabilities": [object.union(
	{"source_id": "CVE-2020-1", "cvss": {"severity": "LOW"}},
	change,
)]}]}}

test_others_are_fine if pass with oci.referrer as with_one({})

test_famous_ones_are_found if {
	not pass with oci.referrer as with_one({"source_id": "CVE-2021-44228"})
	not pass with oci.referrer as with_one({"source_id": "GHSA-jfh8-c2jp-5v3q", "aliases": ["CVE-2021-44228"]})
}

test_exploited_ones_are_found if {
	not pass with oci.referrer as with_one({"cisa_exploited": true})
	pass with oci.referrer as with_one({"cisa_exploited": true}) with data.config as {"include_cisa_kev": false}
	pass with oci.referrer as with_one({"cisa_exploited": false})
}

test_ignored_ones if {
	pass with oci.referrer as with_one({"source_id": "CVE-2021-44228"}) with data.config as {"ignored_cves": ["CVE-2021-44228"]}
}

test_own_list if {
	not pass with oci.referrer as with_one({}) with data.config as {"cves": ["CVE-2020-1"]}
	pass with oci.referrer as with_one({"source_id": "CVE-2021-44228"}) with data.config as {"cves": ["CVE-2020-1"]}
}

test_statements_of_exploitability if {
	pass with oci.referrer as with_one({"source_id": "CVE-2021-44228", "vex_statements": [{"status": "fixed", "effective": true}]})
}

test_no_scan_is_no_data if no_data with oci.referrer as null
