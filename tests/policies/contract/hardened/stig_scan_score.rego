# METADATA
# title: STIG score is reached
# description: Images that promise FIPS reach the score that is asked for.
# organizations:
# - Contract
# custom:
#   name: dhi-stig-scan-score
#   result_type: generic
#   weight: 10
#   not_compliant_title: STIG score is not reached
#   details_order: [predicate, score]
package docker.scout

import rego.v1

default pass := false

pass if count(violation) == 0

kind := "https://docker.com/dhi/stig/v0.1"

target := object.get(data.config, "target_score", 100)

concerned if {
	compliance := input.source.image.config.config.Labels["com.docker.dhi.compliance"]
	"fips" in [trim_space(word) | some word in split(lower(compliance), ",")]
}

violation contains {
	"message": "no STIG scan is attached",
	"detail": {"predicate": kind, "score": null},
} if {
	concerned
	oci.referrer(kind) == null
}

violation contains {
	"message": sprintf("the score %.1f is below %d", [score, target]),
	"detail": {"predicate": kind, "score": score},
} if {
	concerned
	some profile in oci.referrer(kind).statement.predicate
	score := (profile.summary.defaultScore * 100) / profile.summary.maxDefaultScore
	score < target
}
