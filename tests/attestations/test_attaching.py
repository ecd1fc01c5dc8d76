"""Statements attached in every storage at every place are found there again."""

import json
from typing import Any

import pytest

from ironhull.attest import make_statement, subjects_for
from ironhull.attestations import NewStatement, attach, find, targets_of
from ironhull.attestations.attaching import DSSE
from ironhull.attesting import target_of
from ironhull.errors import ImageError, ReferenceFault, UsageError
from ironhull.limits import LIMITS
from ironhull.model import Descriptor, Platform
from ironhull.oci.blobs import read_blob
from ironhull.oci.images import find_images
from ironhull.oci.manifests import ATTESTATION_ARTIFACT, IN_TOTO, OCI_CONFIG, load_json
from ironhull.signing import generate_key, sign_envelope, write_envelope
from tests.attestations.places import Home
from tests.registry.content import SPDX

VEX = "https://openvex.dev/ns/v0.2.0"
AMD64 = Platform("linux", "amd64")


def statement(at: Home, kind: str, predicate: Any, platform: Platform = AMD64) -> NewStatement:
    target = target_of(at.place(), platform)
    data = make_statement(subjects_for(target.digest, platform, ["app:1"]), kind, predicate)
    return NewStatement(kind, data, Descriptor(target.media_type, target.digest, target.size))


def signed(at: Home, kind: str, predicate: Any) -> NewStatement:
    bare = statement(at, kind, predicate)
    envelope = write_envelope(sign_envelope(bare.data, IN_TOTO, generate_key()))
    return NewStatement(kind, envelope, bare.subject, DSSE)


def found_types(at: Home, storage: str, platform: Platform | None = AMD64) -> list[str]:
    found = find(at.place(), platform=platform)
    assert found.problems == ()
    return [item.predicate_type for item in found.attachments if item.storage == storage]


def document_of(at: Home, manifest: str) -> dict[str, Any]:
    place = at.place()
    (item,) = {i.manifest: i for i in find(place).attachments if i.manifest == manifest}.values()
    descriptor = next(
        c.descriptor
        for image in find_images(place.origin.blobs, [place.origin.root])
        for c in map(_Entry, image.attestations)
        if c.descriptor.digest == item.manifest
    )
    data = read_blob(place.origin.blobs, descriptor, LIMITS.manifest_bytes)
    return load_json(data, "", LIMITS.manifest_bytes)


class _Entry:
    def __init__(self, descriptor: Descriptor) -> None:
        self.descriptor = descriptor


def test_a_referrer_leaves_the_image_as_it_is(at: Home) -> None:
    new = statement(at, VEX, {"a": 1})
    before = at.place().origin.root.digest
    done = attach(at.place(), [new])
    assert (done.before, done.digest) == (before, before)
    assert at.place().origin.root.digest == before
    assert found_types(at, "referrer") == [VEX]
    assert found_types(at, "referrer", Platform("linux", "arm64")) == []
    (item,) = (i for i in find(at.place()).attachments if i.storage == "referrer")
    assert item.read() == new.data
    assert item.subject == new.subject.digest
    assert item.manifest == done.manifests[0].digest
    assert item.media_type == IN_TOTO


def test_the_same_statement_is_attached_once(at: Home) -> None:
    new = statement(at, VEX, {"a": 1})
    first = attach(at.place(), [new])
    assert attach(at.place(), [new]).manifests == first.manifests
    assert found_types(at, "referrer") == [VEX]


def test_a_statement_about_the_index(at: Home) -> None:
    index = targets_of(at.place())[0]
    assert index.platform is None
    data = make_statement(subjects_for(index.digest, None), VEX, {})
    about = Descriptor(index.media_type, index.digest, index.size)
    attach(at.place(), [NewStatement(VEX, data, about)])
    assert found_types(at, "referrer") == [VEX]
    with pytest.raises(UsageError, match="no statements about itself"):
        attach(at.place(), [NewStatement(VEX, data, about)], storage="index")


def test_a_statement_in_the_index_makes_another_image(at: Home) -> None:
    before = at.place().origin.root.digest
    new = statement(at, VEX, {"a": 1})
    done = attach(at.place(), [new], storage="index")
    assert done.before == before
    assert at.place().origin.root.digest == done.digest != before
    assert found_types(at, "index") == [SPDX, VEX]
    assert found_types(at, "index", Platform("linux", "arm64")) == [SPDX]
    assert attach(at.place(), [new], storage="index").digest == done.digest
    targets = {target.digest for target in targets_of(at.place())}
    assert {at.made.amd64["digest"], at.made.arm64["digest"]} < targets
    document = document_of(at, done.manifests[0].digest)
    assert document["artifactType"] == ATTESTATION_ARTIFACT
    assert document["subject"]["digest"] == at.made.amd64["digest"]
    assert "referrer" not in {i.storage for i in find(at.place()).attachments}


def test_a_statement_replaces_one_of_its_type(at: Home) -> None:
    attach(at.place(), [statement(at, VEX, {"a": 1})], storage="index")
    attach(at.place(), [statement(at, VEX, {"a": 2})], storage="index", replace=True)
    assert found_types(at, "index") == [SPDX, VEX]
    attach(at.place(), [statement(at, VEX, {"a": 3})], storage="index")
    assert found_types(at, "index") == [SPDX, VEX, VEX]


def test_the_tag_of_cosign_keeps_what_it_has(at: Home) -> None:
    attach(at.place(), [signed(at, VEX, {"a": 1})], storage="tag")
    attach(at.place(), [signed(at, SPDX, {"a": 2})], storage="tag")
    assert found_types(at, "tag") == [VEX, SPDX]
    attach(at.place(), [signed(at, VEX, {"a": 3})], storage="tag", replace=True)
    assert found_types(at, "tag") == [SPDX, VEX]


def test_what_a_storage_cannot_hold(at: Home) -> None:
    bare, envelope = statement(at, VEX, {}), signed(at, VEX, {})
    with pytest.raises(UsageError, match="only signed envelopes"):
        attach(at.place(), [bare], storage="tag")
    with pytest.raises(UsageError, match="bare statements alone"):
        attach(at.place(), [envelope], storage="index")
    with pytest.raises(UsageError, match="replaces no other"):
        attach(at.place(), [bare], replace=True)
    other = Descriptor(bare.subject.media_type, "sha256:" + "1" * 64, 7)
    with pytest.raises(ReferenceFault, match="is not in its index"):
        attach(at.place(), [NewStatement(VEX, bare.data, other)], storage="index")
    huge = NewStatement(VEX, bytes(LIMITS.attestation_bytes + 1), bare.subject)
    with pytest.raises(ImageError, match="more than the"):
        attach(at.place(), [huge])
    assert found_types(at, "tag") == found_types(at, "referrer") == []


def test_the_older_form_of_an_index(tmp_path: Any) -> None:
    from tests.images import layout

    path = layout(tmp_path, "plain:1", {"a": "b"})
    at = Home(f"oci-dir://{path}", None)  # type: ignore[arg-type]  # no example is behind it
    new = statement(at, VEX, {"a": 1})
    done = attach(at.place(), [new], storage="index", artifact=False)
    assert found_types(at, "index") == [VEX]
    document = document_of(at, done.manifests[0].digest)
    assert document["config"]["mediaType"] == OCI_CONFIG
    assert not document.keys() & {"artifactType", "subject"}
    blobs = at.place().origin.blobs
    with blobs.open(document["config"]["digest"]) as stream:
        config = json.load(stream)
    layers = [layer["digest"] for layer in document["layers"]]
    assert config["rootfs"]["diff_ids"] == layers
    assert (config["os"], config["architecture"]) == ("unknown", "unknown")
    again = attach(at.place(), [statement(at, SPDX, {})], storage="index")
    assert found_types(at, "index") == [VEX, SPDX]
    assert "artifactType" not in document_of(at, again.manifests[0].digest)
