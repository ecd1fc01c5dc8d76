package docker.scout

import rego.v1

image(mode) := {"source": {"image": {"digest": "sha256:aa"}, "provenance": {"mode": mode}}}

about(digest) := {"statement": {"subject": [{"digest": {"sha256": digest}}], "predicate": {}}, "image": "r@sha256:bb"}

fine(_) := about("aa")

other(_) := about("cc")

none(_) := null

only_sbom(type) := about("aa") if contains(type, "spdx")

only_sbom(type) := null if not contains(type, "spdx")

only_cyclonedx(type) := about("aa") if not contains(type, "spdx")

only_cyclonedx(type) := null if contains(type, "spdx")

test_both_are_there if pass with input as image("buildkit_max_mode") with oci.referrer as fine

test_any_kind_of_sbom_will_do if pass with input as image("buildkit_max_mode") with oci.referrer as only_cyclonedx

test_missing_ones_are_named if {
	count(violation) == 2 with input as image("buildkit_max_mode") with oci.referrer as none
	details := {v.detail.trouble | some v in violation} with input as image("buildkit_max_mode") with oci.referrer as none
	details == {"missing"}
}

test_missing_provenance if {
	count(violation) == 1 with input as {"source": {"image": {"digest": "sha256:aa"}}} with oci.referrer as only_sbom
}

test_another_subject if {
	found := violation with input as image("buildkit_max_mode") with oci.referrer as other
	{v.detail.trouble | some v in found} == {"other subject"}
}

test_min_mode if {
	not pass with input as image("buildkit_min_mode") with oci.referrer as fine
	pass with input as image("buildkit_min_mode") with oci.referrer as fine with data.config as {"max_mode": false}
}

test_types_can_be_configured if {
	pass with input as image("buildkit_max_mode") with oci.referrer as only_sbom with data.config as {"required_attestations": ["https://spdx.dev/Document"]}
}

good(_, _) := {}

bad(_, _) := {"error": "no signature of this key"}

test_signatures_when_a_key_is_given if {
	config := {"key_ref": "key.pub"}
	pass with input as image("buildkit_max_mode") with oci.referrer as fine with cosign.verify_image as good with data.config as config
	not pass with input as image("buildkit_max_mode") with oci.referrer as fine with cosign.verify_image as bad with data.config as config
	pass with input as image("buildkit_max_mode") with oci.referrer as fine with cosign.verify_image as bad
}

test_directory_is_no_data if {
	not pass with input as {"source": {"image": {}}} with oci.referrer as none
	no_data with input as {"source": {}} with oci.referrer as none
}
