# METADATA
# title: Supply chain attestations
# description: |
#   An SBOM and provenance are attached to the image, are about it (its digest is their subject), the
#   provenance tells all (mode max), and, where `key_ref` is given, that key signed them.
# custom:
#   name: supply-chain-attestations
#   result_type: generic
#   not_compliant_title: Missing supply chain attestation(s)
#   details_order: [attestation, trouble]
package docker.scout

import rego.v1

default_required := [
	["https://spdx.dev/Document", "https://cyclonedx.org/bom", "https://cyclonedx.org/bom/v1.5", "https://cyclonedx.org/bom/v1.6"],
	["https://slsa.dev/provenance/v1", "https://slsa.dev/provenance/v0.2"],
]

# Each entry is a predicate type, or a list of those of which one will do.
required := object.get(data.config, "required_attestations", default_required)

max_mode := object.get(data.config, "max_mode", true)

key_ref := object.get(data.config, "key_ref", "")

digest := trim_prefix(input.source.image.digest, "sha256:")

default pass := false

pass if {
	digest
	count(violation) == 0
}

no_data := "there is no image digest attestations could be about" if not digest

types(entry) := [entry] if is_string(entry)

types(entry) := entry if is_array(entry)

attached(entry) := [found |
	some type in types(entry)
	found := oci.referrer(type)
	found != null
]

about_image(found) if {
	some subject in found.statement.subject
	subject.digest.sha256 == digest
}

violation contains {
	"message": sprintf("no attestation of the type %s", [types(entry)[0]]),
	"detail": {"attestation": types(entry)[0], "trouble": "missing"},
	"remediation": "build with attestations (ironhull build, or docker build --sbom=true --provenance=mode=max)",
} if {
	digest
	some entry in required
	count(attached(entry)) == 0
}

violation contains {
	"message": sprintf("the attestation %s is about another image", [types(entry)[0]]),
	"detail": {"attestation": types(entry)[0], "trouble": "other subject"},
	"remediation": "attach an attestation that was made for this image",
} if {
	digest
	some entry in required
	found := attached(entry)
	count(found) > 0
	count([1 | some each in found; about_image(each)]) == 0
}

violation contains {
	"message": "the provenance does not tell all: its mode is not max",
	"detail": {"attestation": "provenance", "trouble": "mode min"},
	"remediation": "build with --provenance=mode=max",
} if {
	digest
	max_mode
	mode := input.source.provenance.mode
	mode != "buildkit_max_mode"
}

violation contains {
	"message": sprintf("the attestation %s is not signed by the key: %s", [types(entry)[0], trouble]),
	"detail": {"attestation": types(entry)[0], "trouble": trouble},
	"remediation": "sign the attestations (ironhull sign), or give the key that did",
} if {
	digest
	key_ref != ""
	some entry in required
	found := attached(entry)[0]
	result := cosign.verify_image(found.image, {"key_ref": key_ref, "ignore_tlog": true, "experimental_oci11": true})
	trouble := result.error
}
