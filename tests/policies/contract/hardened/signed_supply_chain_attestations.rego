# METADATA
# title: Attestations are there and signed
# description: SBOM and provenance are attached to this image and signed by its maker.
# organizations:
# - Contract
# custom:
#   name: dhi-signed-supply-chain-attestations
#   result_type: generic
#   weight: 10
#   not_compliant_title: Attestations are missing or not signed
#   details_order: [predicate, reason]
package docker.scout

import rego.v1

default pass := false

pass if count(violation) == 0

kinds := {"https://spdx.dev/Document", "https://slsa.dev/provenance/v0.2"}

options := {
	"key_ref": object.get(data.config, "key_ref", "https://dhi.io/keyring/latest.pub"),
	"ignore_sct": true,
	"ignore_tlog": true,
	"experimental_oci11": true,
}

references[kind] := reference if {
	some kind in kinds
	reference := oci.referrer(kind)
	not is_null(reference)
}

deviation(kind, reason) := {
	"message": sprintf("%s %s", [kind, reason]),
	"detail": {"predicate": kind, "reason": reason},
}

violation contains deviation(kind, "is missing") if {
	some kind in kinds
	not references[kind]
}

violation contains deviation(kind, "is about another image") if {
	some kind, reference in references
	subjects := {concat(":", ["sha256", subject.digest.sha256]) | some subject in reference.statement.subject}
	not subjects[input.source.image.digest]
}

violation contains deviation(kind, "has no address") if {
	some kind, reference in references
	not contains(reference.image, "@sha256:")
}

verified := cosign.verify_images([reference.image | some reference in references], options)

violation contains deviation(kind, sprintf("is not signed: %s", [why])) if {
	some kind, reference in references
	why := verified[reference.image].error
}
