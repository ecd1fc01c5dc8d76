"""The index round several images: BuildKit's, and read again by ours."""

import json

from ironhull.builders.dockerfile.index import attested
from ironhull.model import Descriptor, Platform
from ironhull.oci.manifests import OCI_MANIFEST, sha256_digest

AMD = Descriptor(OCI_MANIFEST, sha256_digest(b"amd"), 3, platform=Platform("linux", "amd64"))
ARM = Descriptor(OCI_MANIFEST, sha256_digest(b"arm"), 3, platform=Platform("linux", "arm64", "v8"))
SPDX = ("https://spdx.dev/Document", b"{}")
SLSA = ("https://slsa.dev/provenance/v1", b'{"a":1}')


def test_images_come_first_then_what_is_said_of_each() -> None:
    made = attested([(AMD, [SPDX, SLSA]), (ARM, [SPDX])], annotations={"a": "b"})
    document = json.loads(made.index.data)
    entries = document["manifests"]
    assert [entry["digest"] for entry in entries[:2]] == [AMD.digest, ARM.digest]
    assert entries[1]["platform"] == {"os": "linux", "architecture": "arm64", "variant": "v8"}
    assert [entry["annotations"]["vnd.docker.reference.digest"] for entry in entries[2:]] == [
        AMD.digest,
        ARM.digest,
    ]
    assert document["annotations"] == {"a": "b"}
    blobs = {blob.descriptor.digest: blob.data for blob in made.blobs}
    manifest = json.loads(blobs[entries[2]["digest"]])
    assert [blobs[layer["digest"]] for layer in manifest["layers"]] == [SPDX[1], SLSA[1]]
    assert len({blob.descriptor.digest for blob in made.blobs}) == len(made.blobs)


def test_what_nothing_is_said_of_has_no_attestation() -> None:
    made = attested([(AMD, []), (ARM, [SPDX])])
    assert len(json.loads(made.index.data)["manifests"]) == 3
    assert attested([(AMD, [])]).blobs == ()


def test_equal_arguments_give_equal_bytes() -> None:
    assert attested([(AMD, [SPDX])]) == attested([(AMD, [SPDX])])
