# METADATA
# title: Nothing everybody has read of
# description: No vulnerability of the list, and none that CISA knows to be exploited.
# custom:
#   name: high-profile-vulnerabilities
#   result_type: vulnerability
#   weight: 20
#   not_compliant_title: Something everybody has read of
#   details_order: [purl, vulnerability, reasons]
package docker.scout

import rego.v1

default pass := false

pass if {
	count(violation) == 0
}

default cves := [
	"CVE-2014-0160", "CVE-2014-6271", "CVE-2021-44228", "CVE-2021-45046",
	"CVE-2022-22965", "CVE-2023-38545", "CVE-2023-44487", "CVE-2024-3094",
]

cves := data.config.cves

default ignored_cves := []

ignored_cves := data.config.ignored_cves

default include_cisa_kev := true

include_cisa_kev := data.config.include_cisa_kev

reasons(vulnerability) := [reason |
	some reason in ["list", "cisa"]
	holds(reason, vulnerability)
]

holds("list", vulnerability) if vulnerability.source_id in cves

holds("cisa", vulnerability) if known_exploited(vulnerability)

default known_exploited(_) := false

known_exploited(vulnerability) if {
	include_cisa_kev
	vulnerability.cisa_exploited
}

violation contains {
	"message": sprintf("%s (%s)", [vulnerability.source_id, concat(", ", found)]),
	"detail": {
		"purl": row.purl,
		"vulnerability": vulnerability.source_id,
		"reasons": found,
	},
} if {
	some row in input.vulnerabilities
	some vulnerability in row.vulnerabilities
	found := reasons(vulnerability)
	count(found) > 0
	not vulnerability.source_id in ignored_cves
}
