# METADATA
# title: Nothing severe is fixable
# description: No severe vulnerability has a fix that is not installed.
# custom:
#   name: fixable-vulnerabilities
#   result_type: vulnerability
#   weight: 20
#   not_compliant_title: Severe vulnerabilities are fixable
#   details_order: [purl, vulnerability, severity, fixedBy, cvssScore]
package docker.scout

import rego.v1

default pass := false

pass if {
	is_array(rows)
	count(violation) == 0
}

severities := object.get(data.config, "severities", ["CRITICAL", "HIGH"])

fixable_only := object.get(data.config, "fixable_only", true)

package_types := object.get(data.config, "package_types", [])

grace_ns := object.get(data.config, "grace_period_days", 0) * 24 * 60 * 60 * 1000000000

rows := oci.referrer("https://scout.docker.com/vulnerabilities/v0.1").statement.predicate

waived contains [statement.vulnerability.name, product["@id"]] if {
	some statement in oci.referrer("https://openvex.dev/ns/v0.2.0").statement.predicate.statements
	statement.status == "not_affected"
	some product in statement.products
}

counts(vulnerability) if not fixable_only

counts(vulnerability) if vulnerability.fixed_by != ""

fresh(vulnerability) if {
	grace_ns > 0
	time.now_ns() - time.parse_rfc3339_ns(vulnerability.published_at) < grace_ns
}

of_type(purl) if {
	every kind in package_types {
		kind == ""
	}
}

of_type(purl) if {
	some kind in package_types
	startswith(purl, sprintf("pkg:%s/", [kind]))
}

violation contains v if {
	row := rows[_]
	of_type(row.purl)
	vulnerability := row.vulnerabilities[_]
	counts(vulnerability)
	vulnerability.cvss.severity in severities
	not fresh(vulnerability)
	not [vulnerability.source_id, row.purl] in waived
	v := {
		"message": sprintf("%s: %s", [row.purl, vulnerability.source_id]),
		"detail": {
			"purl": row.purl,
			"vulnerability": vulnerability.source_id,
			"severity": vulnerability.cvss.severity,
			"fixedBy": object.get(vulnerability, "fixed_by", null),
			"cvssScore": object.get(vulnerability.cvss, "score", null),
		},
	}
}
