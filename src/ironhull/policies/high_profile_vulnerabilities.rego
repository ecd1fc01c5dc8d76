# METADATA
# title: No high-profile vulnerabilities
# description: |
#   None of the vulnerabilities everybody has heard of (`cves`), nor, with `include_cisa_kev`, of those
#   CISA knows to be exploited; but for `ignored_cves`.
# custom:
#   name: high-profile-vulnerabilities
#   result_type: vulnerability
#   not_compliant_title: High-profile vulnerabilities found
#   details_order: [purl, vulnerability, severity]
package docker.scout

import rego.v1

default_cves := [
	"CVE-2014-0160",
	"CVE-2014-6271",
	"CVE-2021-44228",
	"CVE-2021-45046",
	"CVE-2022-22965",
	"CVE-2023-38545",
	"CVE-2023-44487",
	"CVE-2024-3094",
	"CVE-2024-47175",
	"CVE-2024-47076",
	"CVE-2024-47176",
	"CVE-2024-47177",
]

cves := object.get(data.config, "cves", default_cves)

ignored_cves := object.get(data.config, "ignored_cves", [])

include_cisa_kev := object.get(data.config, "include_cisa_kev", true)

found := oci.referrer("https://scout.docker.com/vulnerabilities/v0.1")

default pass := false

pass if {
	found != null
	count(violation) == 0
}

no_data := "the packages were not checked for vulnerabilities" if found == null

violation contains {
	"message": sprintf("%s in %s", [vulnerability.source_id, entry.purl]),
	"detail": {
		"purl": entry.purl,
		"vulnerability": vulnerability.source_id,
		"severity": upper(vulnerability.cvss.severity),
	},
	"remediation": "update or remove the package before anything else",
} if {
	some entry in found.statement.predicate
	some vulnerability in entry.vulnerabilities
	is_high_profile(vulnerability)
	count(names(vulnerability) & {name | some name in ignored_cves}) == 0
	not excluded(vulnerability)
}

names(vulnerability) := {vulnerability.source_id} | {name | some name in object.get(vulnerability, "aliases", [])}

is_high_profile(vulnerability) if count(names(vulnerability) & {name | some name in cves}) > 0

is_high_profile(vulnerability) if {
	include_cisa_kev
	vulnerability.cisa_exploited
}

excluded(vulnerability) if {
	some statement in object.get(vulnerability, "vex_statements", [])
	statement.effective
	statement.status in ["not_affected", "fixed"]
}
