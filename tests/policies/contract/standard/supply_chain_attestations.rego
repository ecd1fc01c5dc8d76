# METADATA
# title: Attestations are there
# description: SBOM and provenance in all its detail are attached.
# custom:
#   name: supply-chain-attestations
#   result_type: generic
#   weight: 10
#   not_compliant_title: Attestations are missing
#   details_order: [attestation, reason]
package docker.scout

import rego.v1

default pass := false

pass if count(violation) == 0

required := object.get(data.config, "required_attestations", [
	"https://spdx.dev/Document",
	"https://slsa.dev/provenance/v0.2",
])

violation contains {
	"message": sprintf("no %s", [kind]),
	"detail": {"attestation": kind, "reason": "missing"},
} if {
	some kind in required
	oci.referrer(kind) == null
}

complete if {
	some instruction in input.source.provenance.source_map.instructions
	instruction.instruction == "FROM_RUNTIME"
}

violation contains {
	"message": "the provenance tells no sources",
	"detail": {"attestation": kind, "reason": "not of mode max"},
} if {
	some kind in required
	contains(kind, "provenance")
	oci.referrer(kind) != null
	not complete
}
