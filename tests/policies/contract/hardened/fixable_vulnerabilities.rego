# METADATA
# title: Fixable vulnerabilities are within their time
# description: What can be repaired is repaired in the days its severity allows.
# organizations:
# - Contract
# custom:
#   name: fixable-vulnerabilities
#   result_type: vulnerability
#   weight: 20
#   not_compliant_title: Fixable vulnerabilities are past their time
#   details_order: [purl, vulnerability, severity, fixedBy, cvssScore, sla]
package docker.scout

import rego.v1

default pass := false

pass if {
	count(violation) == 0
}

days(number) := number * 86400000000000

slas := object.get(data.config, "slas", {
	"CRITICAL": 7,
	"HIGH": 7,
	"MEDIUM": 30,
	"LOW": 30,
	"UNSPECIFIED": 30,
})

kev_sla_days := object.get(data.config, "kev_sla_days", 1)

default_sla_days := object.get(data.config, "default_sla_days", 30)

package_types := object.get(data.config, "package_types", [])

excluded_vex_statuses := object.get(data.config, "excluded_vex_statuses", ["not_affected", "under_investigation"])

listed := oci.referrer("https://scout.docker.com/vulnerabilities/v0.1").statement.predicate

violation contains finding if {
	some row in listed
	wanted(row.purl)
	some vulnerability in row.vulnerabilities
	vulnerability.fixed_by
	allowed := sla(vulnerability)
	late(vulnerability, allowed)
	not excused(row.purl, vulnerability.source_id)
	finding := {
		"message": sprintf("%s of %s is past its %d days", [vulnerability.source_id, row.purl, allowed]),
		"detail": {
			"purl": row.purl,
			"vulnerability": vulnerability.source_id,
			"severity": severity(vulnerability),
			"fixedBy": vulnerability.fixed_by,
			"cvssScore": score(vulnerability),
			"sla": sprintf("%d days", [allowed]),
		},
		"remediation": sprintf("take %s", [vulnerability.fixed_by]),
	}
}

wanted(_) if count(package_types) == 0

wanted(purl) if scout.parse_purl(purl).type in package_types

severity(vulnerability) := object.get(vulnerability, ["cvss", "severity"], "UNSPECIFIED")

score(vulnerability) := sprintf("%.1f", [vulnerability.cvss.score]) if {
	is_number(vulnerability.cvss.score)
} else := ""

sla(vulnerability) := kev_sla_days if {
	vulnerability.cisa_exploited == true
} else := slas[severity(vulnerability)] if {
	slas[severity(vulnerability)]
} else := default_sla_days

late(vulnerability, _) if not vulnerability.published_at

late(vulnerability, allowed) if {
	published := time.parse_rfc3339_ns(vulnerability.published_at)
	time.now_ns() > published + days(allowed)
}

excused(purl, identifier) if {
	some statement in oci.referrer("https://openvex.dev/ns/v0.2.0").statement.predicate.statements
	statement.vulnerability.name == identifier
	statement.status in excluded_vex_statuses
	some product in statement.products
	product["@id"] == purl
}
