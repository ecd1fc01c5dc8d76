package docker.scout

import rego.v1

one := {
	"source_id": "CVE-2024-1",
	"fixed_by": "1.1",
	"published_at": "2024-01-01T00:00:00Z",
	"cvss": {"severity": "HIGH"},
}

with_one(change) := {
	"statement": {"predicate": [{"purl": "pkg:deb/debian/p@1.0", "vulnerabilities": [object.union(one, change)]}]},
	"image": "",
}

test_fixable_is_found if {
	not pass with oci.referrer as with_one({})
	violation == {{
		"message": "CVE-2024-1 in pkg:deb/debian/p@1.0",
		"detail": {"purl": "pkg:deb/debian/p@1.0", "vulnerability": "CVE-2024-1", "severity": "HIGH", "fixed_by": "1.1"},
		"remediation": "update to 1.1",
	}} with oci.referrer as with_one({})
}

test_not_fixable_is_fine if {
	pass with oci.referrer as with_one({"fixed_by": ""})
	pass with oci.referrer as with_one({"fixed_by": "not fixed"})
}

test_not_fixable_counts_when_asked if {
	not pass with oci.referrer as with_one({"fixed_by": ""}) with data.config as {"fixable_only": false}
}

test_lower_severities_are_fine if {
	pass with oci.referrer as with_one({"cvss": {"severity": "MEDIUM"}})
	not pass with oci.referrer as with_one({"cvss": {"severity": "medium"}}) with data.config as {"severities": ["medium"]}
}

test_package_types if {
	pass with oci.referrer as with_one({}) with data.config as {"package_types": ["npm"]}
	not pass with oci.referrer as with_one({}) with data.config as {"package_types": ["npm", "deb"]}
}

test_grace_period if {
	recent := time.format(time.now_ns() - 86400000000000)
	pass with oci.referrer as with_one({"published_at": recent}) with data.config as {"grace_period_days": 7}
	not pass with oci.referrer as with_one({}) with data.config as {"grace_period_days": 7}
	not pass with oci.referrer as with_one({"published_at": recent})
}

test_without_a_date_there_is_no_grace if {
	undated := {"statement": {"predicate": [{"purl": "pkg:deb/debian/p@1", "vulnerabilities": [object.remove(one, ["published_at"])]}]}}
	not pass with oci.referrer as undated with data.config as {"grace_period_days": 7}
}

test_statements_of_exploitability if {
	pass with oci.referrer as with_one({"vex_statements": [{"status": "not_affected", "effective": true}]})
	not pass with oci.referrer as with_one({"vex_statements": [{"status": "not_affected", "effective": false}]})
	not pass with oci.referrer as with_one({"vex_statements": [{"status": "under_investigation", "effective": true}]})
}

test_no_scan_is_no_data if {
	not pass with oci.referrer as null
	no_data with oci.referrer as null
}
