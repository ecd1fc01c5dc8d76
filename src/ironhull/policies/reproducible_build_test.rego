package docker.scout

import rego.v1

v1(claim, digest, arguments) := {"statement": {"predicate": {
	"buildDefinition": {
		"externalParameters": {"request": arguments},
		"resolvedDependencies": [{"uri": "pkg:docker/debian@13", "digest": digest}],
	},
	"runDetails": {"metadata": claim},
}}}

old(claim, digest) := {"statement": {"predicate": {
	"metadata": {"reproducible": claim},
	"materials": [{"uri": "pkg:docker/debian@13", "digest": digest}],
}}}

pinned := {"sha256": "00"}

set_time := {"args": {"build-arg:SOURCE_DATE_EPOCH": "0"}}

attached_v1 := {"https://slsa.dev/provenance/v1": v1({"ironhull_reproducible": true}, pinned, {})}

mocked_good(kind) := object.get(attached_v1, kind, null)

mocked_buildkit(kind) := object.get({"https://slsa.dev/provenance/v1": v1({"buildkit_reproducible": true}, pinned, set_time)}, kind, null)

mocked_clock(kind) := object.get({"https://slsa.dev/provenance/v1": v1({"buildkit_reproducible": true}, pinned, {"args": {}})}, kind, null)

mocked_silent(kind) := object.get({"https://slsa.dev/provenance/v1": v1({}, pinned, {})}, kind, null)

mocked_loose(kind) := object.get({"https://slsa.dev/provenance/v1": v1({"ironhull_reproducible": true}, {}, {})}, kind, null)

mocked_old(kind) := object.get({"https://slsa.dev/provenance/v0.2": old(true, pinned)}, kind, null)

mocked_old_no(kind) := object.get({"https://slsa.dev/provenance/v0.2": old(false, {})}, kind, null)

mocked_none(_) := null

test_claimed_and_pinned_is_met if {
	pass with oci.referrer as mocked_good
	pass with oci.referrer as mocked_buildkit
	pass with oci.referrer as mocked_old
}

test_without_a_claim_it_is_not if {
	not pass with oci.referrer as mocked_silent
	{each.detail.trouble | some each in violation} == {"no claim"} with oci.referrer as mocked_silent
}

test_inputs_without_digest_are_told if {
	{each.detail.what | some each in violation} == {"pkg:docker/debian@13"} with oci.referrer as mocked_loose
	{each.detail.trouble | some each in violation} == {"no claim", "not pinned"} with oci.referrer as mocked_old_no
}

test_the_clock_is_told if {
	{each.detail.trouble | some each in violation} == {"times"} with oci.referrer as mocked_clock
}

test_no_provenance_is_no_data if {
	not pass with oci.referrer as mocked_none
	no_data with oci.referrer as mocked_none
}
