# METADATA
# title: No secrets inside
# description: A search for secrets ended with nothing.
# organizations:
# - Contract
# custom:
#   name: dhi-no-embedded-secrets
#   result_type: generic
#   weight: 10
#   not_compliant_title: Secrets are inside
#   details_order: [predicate, reason]
package docker.scout

import rego.v1

default pass := false

pass if count(violation) == 0

kind := "https://scout.docker.com/secrets/v0.1"

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
	"message": sprintf("%d places hold secrets", [found]),
	"detail": {"predicate": kind, "reason": "holds secrets"},
} if {
	found := count(reference.statement.predicate)
	found > 0
}
