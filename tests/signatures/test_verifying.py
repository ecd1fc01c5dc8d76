"""What a verification refuses, and that the reason it gives is the one there is."""

import json
from pathlib import Path
from typing import Any

import pytest

from ironhull.attestations import put, tag_of
from ironhull.attestations._encoding import referrer, tagged
from ironhull.errors import Error, SignatureError
from ironhull.model import Descriptor
from ironhull.oci.manifests import descriptor_json, sha256_digest
from ironhull.signatures import sign_digest, verify_digest
from ironhull.signatures.finding import ARTIFACT_TYPE
from ironhull.signing import (
    Claims,
    PrivateKey,
    Trust,
    generate_key,
    sign,
    sign_envelope,
    write_bundle,
)
from ironhull.signing.annotations import KEY_ID, SIGNATURE
from ironhull.signing.claims import PAYLOAD_TYPE, simple_payload
from ironhull.values import replace
from tests.signatures.images import NOW, altered, in_layout, place, trust
from tests.signing.rekor import b64

KEY = generate_key()
OTHER = generate_key()
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"


def _refused(name: str, digest: str, trusted: Trust, **wanted: str) -> SignatureError:
    with pytest.raises(SignatureError) as caught:
        verify_digest(place(name), digest, trusted, annotations=wanted)
    return caught.value


def _signed(name: str, key: PrivateKey = KEY, storage: str = "tag", **said: str) -> str:
    here = place(name)
    root = here.origin.root
    sign_digest(here, root, key, Claims(root.digest, "", said), storage=storage)
    return root.digest


def _attach(name: str, payload: bytes, annotations: dict[str, str]) -> str:
    """A layer under cosign's tag, whatever it says."""
    here = place(name)
    digest = here.origin.root.digest
    layer = Descriptor(PAYLOAD_TYPE, sha256_digest(payload), len(payload), annotations)
    made = tagged([descriptor_json(layer)])
    put(here, made.manifest, [payload, made.config], about=digest, tag=tag_of(digest, "sig"))
    return digest


def test_no_signature(tmp_path: Path) -> None:
    made, name = in_layout(tmp_path)
    trouble = _refused(name, made.digest, trust(KEY))
    assert trouble.reason == "unsigned"
    assert made.digest in trouble.message


@pytest.mark.parametrize("storage", ["tag", "referrer", "bundle"])
def test_another_key(tmp_path: Path, storage: str) -> None:
    _, name = in_layout(tmp_path)
    digest = _signed(name, storage=storage)
    assert _refused(name, digest, trust(OTHER)).reason == "wrong-key"


@pytest.mark.parametrize("storage", ["tag", "referrer", "bundle"])
def test_other_annotations(tmp_path: Path, storage: str) -> None:
    _, name = in_layout(tmp_path)
    digest = _signed(name, storage=storage, stage="test")
    trouble = _refused(name, digest, trust(KEY), stage="release")
    assert trouble.reason == "claims"
    assert "'test', not 'release'" in trouble.message


def test_a_signature_moved_from_another_image(tmp_path: Path) -> None:
    _, name = in_layout(tmp_path)
    payload = simple_payload(Claims("sha256:" + "0" * 64))
    digest = _attach(name, payload, {SIGNATURE: b64(sign(KEY, payload))})
    assert _refused(name, digest, trust(KEY)).reason == "other-subject"


def test_a_bundle_moved_from_another_image(tmp_path: Path) -> None:
    _, name = in_layout(tmp_path)
    here = place(name)
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"digest": {"sha256": "0" * 64}}],
        "predicateType": "https://sigstore.dev/cosign/sign/v1",
        "predicate": {},
    }
    envelope = sign_envelope(json.dumps(statement).encode(), "application/vnd.in-toto+json", KEY)
    data = write_bundle(envelope, KEY.public)
    root = here.origin.root
    layer = Descriptor(BUNDLE, sha256_digest(data), len(data))
    made = referrer(root, BUNDLE, layer, {})
    put(here, made.manifest, [data, made.config], about=root.digest)
    assert _refused(name, root.digest, trust(KEY)).reason == "other-subject"


def test_an_altered_payload(tmp_path: Path) -> None:
    _, name = in_layout(tmp_path)
    digest = place(name).origin.root.digest
    said = {SIGNATURE: b64(sign(KEY, simple_payload(Claims(digest)))), KEY_ID: KEY.public.id}
    _attach(name, simple_payload(Claims(digest, "", {"stage": "release"})), said)
    assert _refused(name, digest, trust(KEY)).reason == "wrong-payload"
    del said[KEY_ID]  # as cosign writes it: nobody can tell which
    _attach(name, simple_payload(Claims(digest, "", {"stage": "release"})), said)
    assert _refused(name, digest, trust(KEY)).reason == "mismatch"


def test_replaced_content(tmp_path: Path) -> None:
    """The file behind a digest holds something else."""
    _, name = in_layout(tmp_path)
    digest = _signed(name)
    payload = simple_payload(Claims(digest))
    blob = tmp_path / "layout" / "blobs" / "sha256" / sha256_digest(payload)[7:]
    for data in (payload.replace(b"null", b"nule"), payload + b" ", b""):
        with altered(blob, data):
            assert _refused(name, digest, trust(KEY)).reason == "replaced"
    blob.unlink()
    assert _refused(name, digest, trust(KEY)).reason == "replaced"


def test_a_replaced_image(tmp_path: Path) -> None:
    """The name leads to another image than the one that was signed."""
    _, name = in_layout(tmp_path)
    _signed(name)
    other, _ = in_layout(tmp_path / "other", "other")
    other.content.write(tmp_path / "new", "app:1", other.root)
    for blob in (tmp_path / "new" / "blobs" / "sha256").iterdir():
        blob.rename(tmp_path / "layout" / "blobs" / "sha256" / blob.name)
    index = tmp_path / "layout" / "index.json"
    said = json.loads(index.read_text())
    for entry in said["manifests"]:
        if "org.opencontainers.image.ref.name" in entry.get("annotations", {}):
            entry.update(digest=other.digest, size=other.root["size"])
    index.write_text(json.dumps(said))
    trouble = _refused(name, place(name).origin.root.digest, trust(KEY))
    assert trouble.reason == "unsigned"
    assert other.digest in trouble.message


def test_a_key_that_has_ended(tmp_path: Path) -> None:
    _, name = in_layout(tmp_path)
    digest = _signed(name)
    ended = Trust(keys=(replace(KEY.public, ends="2026-05-31T00:00:00Z"),), now=NOW)
    assert _refused(name, digest, ended).reason == "expired"


def test_a_log_that_is_demanded(tmp_path: Path) -> None:
    _, name = in_layout(tmp_path)
    digest = _signed(name)
    assert _refused(name, digest, replace(trust(KEY), require_log=True)).reason == "log"


@pytest.mark.parametrize(
    ("payload", "annotations", "reason"),
    [
        (b"{}", {}, "unsigned"),
        (b"{}", {SIGNATURE: "&&&"}, "malformed"),
        (b"not JSON", {SIGNATURE: b64(sign(KEY, b"not JSON"))}, "malformed"),
        (b"{}", {SIGNATURE: b64(sign(KEY, b"{}"))}, "malformed"),
    ],
)
def test_a_damaged_signature(
    tmp_path: Path, payload: bytes, annotations: dict[str, str], reason: str
) -> None:
    _, name = in_layout(tmp_path)
    digest = _attach(name, payload, annotations)
    assert _refused(name, digest, trust(KEY)).reason == reason


def test_the_reason_is_that_of_the_signature_that_comes_nearest(tmp_path: Path) -> None:
    _, name = in_layout(tmp_path)
    digest = _signed(name, OTHER)
    _signed(name, KEY, storage="referrer", stage="test")
    trouble = _refused(name, digest, trust(KEY), stage="release")
    assert trouble.reason == "claims"
    assert "1 other signature" in trouble.message


def test_a_sound_signature_is_enough_and_the_others_are_told(tmp_path: Path) -> None:
    _, name = in_layout(tmp_path)
    digest = _attach(name, b"{}", {SIGNATURE: "&&&"})
    _signed(name, KEY, storage="referrer")
    found = verify_digest(place(name), digest, trust(KEY))
    assert [item.signature.storage for item in found.signatures] == ["referrer"]
    assert [trouble.reason for trouble in found.others] == ["malformed"]


def test_a_referrer_of_something_else_does_not_count(tmp_path: Path) -> None:
    """A list says it is about the image; the manifest says otherwise."""
    made, name = in_layout(tmp_path)
    digest = _signed(name, storage="referrer")
    index = tmp_path / "layout" / "index.json"
    said = json.loads(index.read_text())
    entry = next(item for item in said["manifests"] if item.get("artifactType") == ARTIFACT_TYPE)
    for key in list(entry["annotations"]):
        entry["annotations"][key] = entry["annotations"][key].replace(digest, made.amd64["digest"])
    index.write_text(json.dumps(said))
    assert _refused(name, made.amd64["digest"], trust(KEY)).reason in ("other-subject", "unsigned")


def test_other_bundles_are_no_signatures(tmp_path: Path) -> None:
    """An attestation by the same key does not sign the image."""
    _, name = in_layout(tmp_path)
    here = place(name)
    root = here.origin.root
    statement: dict[str, Any] = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"digest": {"sha256": root.digest[7:]}}],
        "predicateType": "https://spdx.dev/Document",
        "predicate": {},
    }
    envelope = sign_envelope(json.dumps(statement).encode(), "application/vnd.in-toto+json", KEY)
    data = write_bundle(envelope, KEY.public)
    layer = Descriptor(BUNDLE, sha256_digest(data), len(data))
    made = referrer(root, BUNDLE, layer, {})
    put(here, made.manifest, [data, made.config], about=root.digest)
    assert _refused(name, root.digest, trust(KEY)).reason == "unsigned"


def test_nobody_is_trusted(tmp_path: Path) -> None:
    made, name = in_layout(tmp_path)
    with pytest.raises(Error, match="nobody is trusted"):
        verify_digest(place(name), made.digest, Trust())
