# METADATA
# title: Health check set
# description: |
#   The image says how to find out whether its container works (HEALTHCHECK; CIS Docker Benchmark 4.6).
#   Kubernetes has probes of its own and does not look at it.
# custom:
#   name: healthcheck
#   result_type: boolean
#   not_compliant_title: No health check set
#   details_order: [test]
package docker.scout

import rego.v1

config := input.source.image.config

test := object.get(config, ["config", "Healthcheck", "Test"], [])

default pass := false

pass if {
	is_object(config)
	count(violation) == 0
}

no_data := "there is no image configuration that could have one" if not is_object(config)

violation contains {
	"message": "the image has no health check",
	"detail": {"test": concat(" ", test)},
	"remediation": "add HEALTHCHECK to the Dockerfile",
} if {
	is_object(config)
	array.concat(test, ["NONE"])[0] == "NONE"
}
