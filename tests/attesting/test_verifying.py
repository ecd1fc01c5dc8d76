"""What holds of attestations and what does not, and the reason it is refused for."""

import json
from pathlib import Path
from typing import Any

import pytest

from ironhull.attest import make_statement, subjects_for
from ironhull.attestations import NewStatement, attach, put
from ironhull.attesting import (
    Attaching,
    attach_said,
    failed,
    find_attached,
    target_of,
    verify_attached,
)
from ironhull.attesting.verifying import Verified
from ironhull.config import load_settings
from ironhull.model import Descriptor
from ironhull.oci.manifests import IN_TOTO, PREDICATE_TYPE, canonical_json
from ironhull.predicates.vsa import Expected, vsa_predicate
from ironhull.signatures import sign_digest
from ironhull.signing import Claims, PrivateKey, Trust, generate_key
from ironhull.stating import Said
from tests.attestations.places import Home
from tests.attestations.test_finding import manifest
from tests.images import layout
from tests.registry.content import Content

CUSTOM = "https://example.org/custom"
VEX = "https://openvex.dev/ns/v0.2.0"
VSA = "https://slsa.dev/verification_summary/v1"
DOCUMENT = {"@context": VEX, "statements": []}


@pytest.fixture
def at(tmp_path: Path) -> Home:
    path = layout(tmp_path, "app:1", {"a": "b"}, statements=[])
    return Home(f"oci-dir://{path}:app:1", None)  # type: ignore[arg-type]  # of no example


def say(at: Home, kind: str, predicate: Any, how: Attaching | None = None) -> None:
    place = at.place()
    attach_said(place, target_of(place, None), [Said(kind, predicate)], ["app:1"], how)


def checked(
    at: Home, *keys: PrivateKey, expected: Expected | None = None, wanted: tuple[str, ...] = ()
) -> tuple[Verified, ...]:
    place, found = find_attached(at.reference, load_settings(), wanted=wanted)
    trust = Trust(tuple(key.public for key in keys), now="2026-11-22T00:00:00Z") if keys else None
    return verify_attached(place, found, trust, expected)


def reasons(found: tuple[Verified, ...]) -> list[str]:
    return [item.reason for item in found]


def attach_raw(at: Home, data: bytes, kind: str = CUSTOM, said: str = "") -> None:
    """Bytes as a statement, whatever they are, kept as of the type `said`."""
    target = target_of(at.place(), None)
    about = Descriptor(target.media_type, target.digest, target.size)
    layer = Content().put(data, IN_TOTO)
    subject = {"mediaType": about.media_type, "digest": about.digest, "size": about.size}
    document = manifest(Content(), subject, layer, annotations={PREDICATE_TYPE: said or kind})
    put(at.place(), canonical_json(document), (b"{}", data), about=about.digest)


def statement(at: Home, kind: str, predicate: Any, digest: str = "") -> bytes:
    target = target_of(at.place(), None)
    return make_statement(subjects_for(digest or target.digest, None), kind, predicate)


def test_without_a_key_claims_are_checked(at: Home) -> None:
    say(at, VEX, DOCUMENT)
    (item,) = checked(at)
    assert (item.trouble, item.signed, item.signer) == ("", "", "")
    assert item.statement is not None
    assert item.statement.predicate == DOCUMENT


@pytest.mark.parametrize("storage", ["referrer", "tag"])
def test_an_envelope_of_a_trusted_key(at: Home, storage: str) -> None:
    key, other = generate_key(), generate_key()
    say(at, VEX, DOCUMENT, Attaching(storage, key=key))
    (item,) = checked(at, key)
    assert (item.trouble, item.signed) == ("", "envelope")
    assert item.signer == key.public.title
    assert [check.what for check in item.checks if check.done] == ["signature"]
    assert reasons(checked(at, other)) == ["wrong-key"]
    assert reasons(checked(at, other, key)) == [""]


def test_a_bare_statement_counts_by_the_signature_of_its_manifest(at: Home) -> None:
    key, other = generate_key(), generate_key()
    say(at, VEX, DOCUMENT)
    (item,) = checked(at, key)
    assert item.reason == "unsigned"
    _sign(at, key, item.attachment.manifest)
    (item,) = checked(at, key)
    assert (item.trouble, item.signed, item.signer) == ("", "manifest", key.public.title)
    assert reasons(checked(at, other)) not in ([""], ["unsigned"])


def test_a_statement_in_the_index_counts_by_the_signature_of_the_index(at: Home) -> None:
    key = generate_key()
    say(at, VEX, DOCUMENT, Attaching("index"))
    assert reasons(checked(at, key)) == ["unsigned"]
    _sign(at, key, at.place().origin.root.digest)
    (item,) = checked(at, key)
    assert (item.trouble, item.signed) == ("", "index")
    say(at, VEX, DOCUMENT | {"author": "someone else"}, Attaching("index"))
    assert reasons(checked(at, key)) == ["unsigned", "unsigned"]  # another index: nobody signed it


def test_a_statement_in_the_index_whose_manifest_is_signed(at: Home) -> None:
    key = generate_key()
    say(at, VEX, DOCUMENT, Attaching("index"))
    (item,) = checked(at)
    _sign(at, key, item.attachment.manifest)
    (item,) = checked(at, key)
    assert (item.trouble, item.signed) == ("", "manifest")


def test_a_statement_about_another_image(at: Home) -> None:
    attach_raw(at, statement(at, CUSTOM, {}, "sha256:" + "1" * 64))
    (item,) = checked(at)
    assert item.reason == "other-subject"


def test_a_signed_statement_about_another_image(at: Home) -> None:
    from ironhull.attest import PAYLOAD_TYPE
    from ironhull.signing import sign_envelope, write_envelope

    key = generate_key()
    data = statement(at, CUSTOM, {}, "sha256:" + "1" * 64)
    attach_raw(at, write_envelope(sign_envelope(data, PAYLOAD_TYPE, key)))
    assert reasons(checked(at, key)) == ["other-subject"]


def test_an_altered_payload(at: Home) -> None:
    from ironhull.attest import PAYLOAD_TYPE
    from ironhull.signing import sign_envelope, write_envelope
    from ironhull.values import replace

    key = generate_key()
    envelope = sign_envelope(statement(at, CUSTOM, {"a": 1}), PAYLOAD_TYPE, key)
    altered = replace(envelope, payload=statement(at, CUSTOM, {"a": 2}))
    attach_raw(at, write_envelope(altered))
    assert reasons(checked(at, key)) == ["wrong-payload"]


def test_a_statement_kept_as_another_type(at: Home) -> None:
    attach_raw(at, statement(at, CUSTOM, {}), said=VEX)
    (item,) = checked(at)
    assert item.reason == "claims"
    assert VEX in item.trouble


def test_a_predicate_of_another_shape(at: Home) -> None:
    attach_raw(at, statement(at, VEX, {"statements": 7}), VEX)
    (item,) = checked(at)
    assert item.reason == "claims"
    assert "@context" in item.trouble


@pytest.mark.parametrize("data", [b"", b"nonsense", b"{}", b"[]", b'{"payloadType":"x"}'])
def test_what_is_no_statement(at: Home, data: bytes) -> None:
    attach_raw(at, data or b" ")
    (item,) = checked(at)
    assert item.reason in ("malformed", "wrong-payload")


def test_a_summary_says_what_is_expected_or_not(at: Home) -> None:
    predicate = vsa_predicate(
        verifier="https://example.com/v",
        version={},
        time="2026-11-22T00:00:00Z",
        resource="pkg:docker/app@1",
        policy=("https://example.com/p", {}),
        inputs=[],
        passed=True,
        levels=["SLSA_BUILD_LEVEL_2"],
    )
    say(at, VSA, predicate)
    assert reasons(checked(at)) == [""]
    good = Expected(("https://example.com/v",), levels=("SLSA_BUILD_LEVEL_1",))
    assert reasons(checked(at, expected=good)) == [""]
    bad = Expected(levels=("SLSA_BUILD_LEVEL_3",))
    assert reasons(checked(at, expected=bad)) == ["claims"]


def test_artifacts_that_are_no_statements_hold_by_their_manifest(at: Home) -> None:
    key = generate_key()
    target = target_of(at.place(), None)
    about = Descriptor(target.media_type, target.digest, target.size)
    new = NewStatement("", b"plain text", about, "text/spdx")
    attach(at.place(), [new])
    (item,) = checked(at)
    assert (item.trouble, item.statement) == ("", None)
    assert reasons(checked(at, key)) == ["unsigned"]
    _sign(at, key, item.attachment.manifest)
    assert [item.signed for item in checked(at, key)] == ["manifest"]


def test_an_unsigned_one_beside_a_signed_one_of_its_type_is_no_failure(at: Home) -> None:
    key = generate_key()
    say(at, VEX, DOCUMENT)
    assert [item.reason for item in failed(checked(at, key))] == ["unsigned"]
    say(at, VEX, DOCUMENT, Attaching("referrer", key=key))
    found = checked(at, key)
    assert sorted(reasons(found)) == ["", "unsigned"]
    assert failed(found) == ()
    say(at, CUSTOM, {})
    assert [item.attachment.predicate_type for item in failed(checked(at, key))] == [CUSTOM]


def test_one_of_another_key_does_not_count(at: Home) -> None:
    key, other = generate_key(), generate_key()
    say(at, VEX, DOCUMENT, Attaching("referrer", key=other))
    assert [item.reason for item in failed(checked(at, key))] == ["wrong-key"]
    say(at, VEX, DOCUMENT, Attaching("referrer", key=key))
    assert failed(checked(at, key)) == ()
    assert [item.reason for item in failed(checked(at, key), every=True)] == ["wrong-key"]


def test_an_altered_one_beside_a_sound_one_is_a_failure(at: Home) -> None:
    from ironhull.attest import PAYLOAD_TYPE
    from ironhull.signing import sign_envelope, write_envelope
    from ironhull.values import replace

    key = generate_key()
    say(at, CUSTOM, {"a": 1}, Attaching("referrer", key=key))
    envelope = sign_envelope(statement(at, CUSTOM, {"a": 1}), PAYLOAD_TYPE, key)
    attach_raw(at, write_envelope(replace(envelope, payload=statement(at, CUSTOM, {"a": 2}))))
    assert [item.reason for item in failed(checked(at, key))] == ["wrong-payload"]


def test_bytes_that_are_not_what_the_manifest_says(at: Home) -> None:
    say(at, VEX, DOCUMENT)
    (item,) = checked(at)
    path = Path(at.reference.removeprefix("oci-dir://").rpartition(":app:1")[0])
    blob = path / "blobs" / item.attachment.digest.replace(":", "/")
    blob.write_bytes(json.dumps({"a": 1}).encode().ljust(item.attachment.size))
    (item,) = checked(at)
    assert item.reason == "malformed"
    assert item.attachment.digest in item.trouble


def _sign(at: Home, key: PrivateKey, digest: str) -> None:
    place = at.place()
    with place.origin.blobs.open(digest) as stream:
        data = stream.read()
    kind = json.loads(data)["mediaType"]
    subject = Descriptor(kind, digest, len(data))
    claims = Claims(digest, "app", {})
    sign_digest(place, subject, key, claims, storage="tag", created="2026-11-22T00:00:00Z")
