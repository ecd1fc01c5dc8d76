package docker.scout

import rego.v1

found := {"secrets": [{
	"source": {"type": "FILE", "location": "app/.env"},
	"findings": [{"rule_id": "aws-access-token", "title": "AWS access key", "severity": "HIGH", "start_line": 3, "end_line": 3}],
}]}

test_secrets_are_found if {
	not pass with input as found
	violation == {{
		"message": "AWS access key in app/.env",
		"detail": {"rule": "aws-access-token", "severity": "HIGH", "location": "app/.env", "line": 3},
		"remediation": "revoke it, and build without it: use a build secret (RUN --mount=type=secret)",
	}} with input as found
}

test_none_is_met if pass with input as {"secrets": []}

test_rules_can_be_ignored if pass with input as found with data.config as {"ignored_rules": ["aws-access-token"]}

test_severities_can_be_chosen if {
	pass with input as found with data.config as {"severities": ["critical"]}
	not pass with input as found with data.config as {"severities": ["high"]}
}

test_not_searched_is_no_data if {
	not pass with input as {}
	no_data with input as {}
}
