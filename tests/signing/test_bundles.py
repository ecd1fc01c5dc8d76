"""Sigstore bundles: every version's shape, and what is refused."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import SignatureError
from ironhull.model import Envelope
from ironhull.signing import BUNDLE, generate_key, read_bundle, sign_envelope, write_bundle
from tests.signing.rekor import Log, b64, hashedrekord

KEY = generate_key()
ENVELOPE = sign_envelope(b"{}", "application/vnd.in-toto+json", KEY)


def _bundle(**changes: Any) -> bytes:
    return json.dumps({**json.loads(write_bundle(ENVELOPE, KEY.public)), **changes}).encode()


def test_written_and_read_again() -> None:
    log = Log()
    log.add(hashedrekord(b"m", b"s", b"p"))
    found = read_bundle(write_bundle(ENVELOPE, KEY.public, [log.entry(0)]))
    assert found.media_type == BUNDLE
    assert found.hint == KEY.public.id
    assert found.envelope == Envelope(
        ENVELOPE.payload_type, ENVELOPE.payload, (("", ENVELOPE.signatures[0][1]),)
    )
    assert [entry.log for entry in found.entries] == [log.id]


def test_the_hint_is_the_one_of_cosign() -> None:
    said = json.loads(write_bundle(ENVELOPE, KEY.public))["verificationMaterial"]["publicKey"]
    assert base64.b64decode(said["hint"]).hex() == KEY.public.id


@pytest.mark.parametrize(
    "kind",
    [
        "application/vnd.dev.sigstore.bundle+json;version=0.1",
        "application/vnd.dev.sigstore.bundle+json;version=0.2",
        "application/vnd.dev.sigstore.bundle+json;version=0.3",
        "application/vnd.dev.sigstore.bundle.v0.3+json",
        "application/vnd.dev.sigstore.bundle.v0.3.2+json",
    ],
)
def test_versions_that_are_known(kind: str) -> None:
    assert read_bundle(_bundle(mediaType=kind)).media_type == kind


def test_a_signature_over_something_else() -> None:
    document = json.loads(_bundle(messageSignature={"signature": b64(b"made")}))
    del document["dsseEnvelope"]
    found = read_bundle(json.dumps(document).encode())
    assert (found.envelope, found.signature) == (None, b"made")


@pytest.mark.parametrize(
    ("material", "raw"),
    [
        ({"certificate": {"rawBytes": b64(b"leaf")}}, b"leaf"),
        ({"x509CertificateChain": {"certificates": [{"rawBytes": b64(b"leaf")}, {}]}}, b"leaf"),
        ({"x509CertificateChain": {"certificates": []}}, b""),
        ({"publicKey": {"hint": "release"}}, b""),
    ],
)
def test_certificates_and_hints(material: dict[str, Any], raw: bytes) -> None:
    found = read_bundle(_bundle(verificationMaterial=material))
    assert found.certificate == raw
    assert found.hint == ("release" if "publicKey" in material else "")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mediaType": "application/vnd.dev.sigstore.bundle.v0.9+json"}, "no bundle that is known"),
        ({"mediaType": 3}, "mediaType: text"),
        ({"verificationMaterial": None}, "verificationMaterial: a JSON object"),
        ({"verificationMaterial": {"tlogEntries": {}}}, "tlogEntries: a list"),
        ({"verificationMaterial": {"tlogEntries": [{}] * 1001}}, "more than"),
        ({"verificationMaterial": {"publicKey": "x"}}, "publicKey: a JSON object"),
        ({"verificationMaterial": {"certificate": {"rawBytes": "&"}}}, "certificate: not base64"),
        ({"dsseEnvelope": None}, "dsseEnvelope: a JSON object"),
        (
            {"dsseEnvelope": {"payloadType": "x", "payload": "", "signatures": []}},
            "one signature is expected, not 0",
        ),
    ],
)
def test_what_is_no_bundle_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SignatureError, match=message):
        read_bundle(_bundle(**changes), "it")


def test_a_bundle_holds_one_signature() -> None:
    twice = Envelope("x", b"", (("", b"a"), ("", b"b")))
    with pytest.raises(SignatureError, match="one signature, not 2"):
        write_bundle(twice, KEY.public)


@given(st.recursive(st.none() | st.text() | st.integers(), lambda x: st.lists(x) | st.dictionaries(
    st.sampled_from(["tlogEntries", "publicKey", "hint", "certificate", "logId", "payload"]), x
), max_leaves=8))  # fmt: skip
def test_any_material_is_read_or_refused(material: Any) -> None:
    try:
        assert read_bundle(_bundle(verificationMaterial=material)).envelope is not None
    except SignatureError as trouble:
        assert trouble.reason == "malformed"
