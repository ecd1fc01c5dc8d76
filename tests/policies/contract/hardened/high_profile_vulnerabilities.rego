# METADATA
# title: No well-known vulnerabilities
# description: None of the vulnerabilities everybody has read of, none that are known to be exploited.
# organizations:
# - Contract
# custom:
#   name: high-profile-vulnerabilities
#   result_type: vulnerability
#   weight: 20
#   not_compliant_title: Well-known vulnerabilities found
#   details_order: [purl, vulnerability, severity, fixedBy, cvssScore]
package docker.scout

import rego.v1

default pass := false

pass if count(violation) == 0

known_by_name := {identifier |
	some identifier in object.get(data.config, "cves", [
		"CVE-2014-0160",
		"CVE-2014-6271",
		"CVE-2021-44228",
		"CVE-2021-45046",
		"CVE-2022-22965",
		"CVE-2023-38545",
		"CVE-2023-44487",
		"CVE-2024-3094",
	])
}

ignored := {identifier | some identifier in object.get(data.config, "ignored_cves", [])}

with_kev := object.get(data.config, "include_cisa_kev", true)

prominent(vulnerability) if vulnerability.source_id in known_by_name

prominent(vulnerability) if {
	with_kev
	vulnerability.cisa_exploited
}

excused(purl, identifier) if {
	statements := oci.referrer("https://openvex.dev/ns/v0.2.0").statement.predicate.statements
	some statement in statements
	statement.status == "not_affected"
	statement.vulnerability.name == identifier
	purl in [product["@id"] | some product in statement.products]
}

violation contains finding if {
	document := oci.referrer("https://scout.docker.com/vulnerabilities/v0.1")
	some {"purl": purl, "vulnerabilities": vulnerabilities} in document.statement.predicate
	some vulnerability in vulnerabilities
	prominent(vulnerability)
	not vulnerability.source_id in ignored
	not excused(purl, vulnerability.source_id)
	finding := {
		"message": concat(" ", [vulnerability.source_id, "in", purl]),
		"detail": {
			"purl": purl,
			"vulnerability": vulnerability.source_id,
			"severity": vulnerability.cvss.severity,
			"fixedBy": object.get(vulnerability, "fixed_by", "not fixed"),
			"cvssScore": sprintf("%.1f", [object.get(vulnerability.cvss, "score", 0)]),
		},
	}
}
