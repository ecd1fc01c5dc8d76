package docker.scout

import rego.v1

of(digest) := {"source": {"provenance": {"base_image": {"name": "python", "tag": "3.13", "digest": digest}}}}

test_same_digest_is_met if pass with input as of("sha256:a") with oci.image_digest as "sha256:a"

test_other_digest_is_stale if {
	not pass with input as of("sha256:a") with oci.image_digest as "sha256:b"
	count(violation) == 1 with input as of("sha256:a") with oci.image_digest as "sha256:b"
}

test_unreachable_registry_is_no_data if {
	not pass with input as of("sha256:a") with oci.image_digest as null
	count(violation) == 0 with input as of("sha256:a") with oci.image_digest as null
	no_data with input as of("sha256:a") with oci.image_digest as null
}

test_unknown_base_is_no_data if {
	not pass with input as {} with oci.image_digest as "sha256:b"
	no_data with input as {} with oci.image_digest as "sha256:b"
}
