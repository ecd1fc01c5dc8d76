# METADATA
# title: No fixable critical or high vulnerabilities
# description: |
#   No vulnerability of the `severities` that a newer package repairs (or any, unless `fixable_only`),
#   in packages of the `package_types` (all without any), published more than `grace_period_days` ago
#   and not excluded by a statement of exploitability.
# custom:
#   name: fixable-vulnerabilities
#   result_type: vulnerability
#   not_compliant_title: Fixable critical or high vulnerabilities found
#   details_order: [purl, vulnerability, severity, fixed_by]
package docker.scout

import rego.v1

severities := {upper(word) | some word in object.get(data.config, "severities", ["CRITICAL", "HIGH"])}

fixable_only := object.get(data.config, "fixable_only", true)

package_types := object.get(data.config, "package_types", [])

grace_period_days := object.get(data.config, "grace_period_days", 0)

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
		"severity": severity,
		"fixed_by": fixed_by,
	},
	"remediation": remediation(fixed_by),
} if {
	some entry in found.statement.predicate
	of_type(entry.purl)
	some vulnerability in entry.vulnerabilities
	severity := upper(vulnerability.cvss.severity)
	severity in severities
	fixed_by := object.get(vulnerability, "fixed_by", "")
	fixed_enough(fixed_by)
	not in_grace(vulnerability)
	not excluded(vulnerability)
}

of_type(_) if count(package_types) == 0

of_type(purl) if scout.parse_purl(purl).type in package_types

fixed_enough(_) if not fixable_only

fixed_enough(fixed_by) if not fixed_by in ["", "not fixed"]

in_grace(vulnerability) if {
	grace_period_days > 0
	published := time.parse_rfc3339_ns(vulnerability.published_at)
	(time.now_ns() - published) / 86400000000000 < grace_period_days
}

excluded(vulnerability) if {
	some statement in object.get(vulnerability, "vex_statements", [])
	statement.effective
	statement.status in ["not_affected", "fixed"]
}

remediation(fixed_by) := "nothing repairs it yet" if fixed_by in ["", "not fixed"]

remediation(fixed_by) := sprintf("update to %s", [fixed_by]) if not fixed_by in ["", "not fixed"]
