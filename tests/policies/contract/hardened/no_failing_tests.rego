# METADATA
# title: All tests pass
# description: The tests of the image ran and none failed.
# organizations:
# - Contract
# custom:
#   name: dhi-no-failing-tests
#   result_type: generic
#   weight: 10
#   not_compliant_title: Tests fail
#   details_order: [predicate, reason]
package docker.scout

import rego.v1

default pass := false

pass if count(violation) == 0

kind := "https://scout.docker.com/tests/v0.1"

reference := oci.referrer(kind)

missing if is_null(reference)

about_this_image if {
	some subject in reference.statement.subject
	sprintf("sha256:%s", [subject.digest.sha256]) == input.source.image.digest
}

violation contains {
	"message": sprintf("%s is not attached", [kind]),
	"detail": {"predicate": kind, "reason": "is missing"},
} if {
	missing
}

violation contains {
	"message": sprintf("%s is about another image", [kind]),
	"detail": {"predicate": kind, "reason": "has another subject"},
} if {
	not missing
	not about_this_image
}

violation contains {
	"message": sprintf("%d of %d tests fail", [failed, summary.tests]),
	"detail": {"predicate": kind, "reason": sprintf("%d failed", [failed])},
} if {
	summary := reference.statement.predicate.results.summary
	failed := summary.failed
	failed != 0
}
