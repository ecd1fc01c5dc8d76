# METADATA
# title: No embedded secrets
# description: |
#   No keys, tokens or passwords in files of any layer, environment variables, labels, build history.
#   `ignored_rules` are identifiers of rules, `severities` those that count.
# custom:
#   name: embedded-secrets
#   result_type: generic
#   not_compliant_title: Embedded secrets found
#   details_order: [rule, severity, location, line]
package docker.scout

import rego.v1

ignored := object.get(data.config, "ignored_rules", [])

severities := {upper(word) | some word in object.get(data.config, "severities", ["CRITICAL", "HIGH", "MEDIUM", "LOW"])}

default pass := false

pass if {
	is_array(input.secrets)
	count(violation) == 0
}

no_data := "the image was not searched for secrets" if not is_array(input.secrets)

violation contains {
	"message": sprintf("%s in %s", [finding.title, entry.source.location]),
	"detail": {
		"rule": finding.rule_id,
		"severity": finding.severity,
		"location": entry.source.location,
		"line": finding.start_line,
	},
	"remediation": "revoke it, and build without it: use a build secret (RUN --mount=type=secret)",
} if {
	some entry in input.secrets
	some finding in entry.findings
	not finding.rule_id in ignored
	upper(finding.severity) in severities
}
