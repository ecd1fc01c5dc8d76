"""Certificates in cosign's annotations: everything that vouches for them has to be there."""

import json
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from ironhull.errors import SignatureError
from ironhull.model import Envelope
from ironhull.signing import (
    Identity,
    Opened,
    Trust,
    generate_key,
    open_document,
    pae,
    sign,
    sign_envelope,
    write_envelope,
    write_public_key,
)
from ironhull.signing.annotations import CERTIFICATE, LOG_ENTRY, SIGNATURE
from ironhull.signing.envelopes import envelope_json
from ironhull.signing.opening import check_message
from ironhull.values import replace
from tests.signing.fulcio import ISSUER, SUBJECT, Authority, pem
from tests.signing.rekor import TIME, Log, b64, dsse, hashedrekord, sha256

KEY = generate_key()
AUTHORITY = Authority()
TRUST = Trust(identities=(Identity(SUBJECT, ISSUER),), roots=AUTHORITY.trusted_root())
MESSAGE = b"what is signed"
MADE = sign(KEY, MESSAGE)
LEAF = AUTHORITY.certificate(KEY.public)


def _beside(
    leaf: x509.Certificate = LEAF, body: dict[str, Any] | None = None, log: Log = AUTHORITY.log
) -> dict[str, str]:
    index = log.add(body or hashedrekord(MESSAGE, MADE, pem(leaf)))
    chain = pem(leaf) + pem(AUTHORITY.root)
    return {
        SIGNATURE: b64(MADE),
        CERTIFICATE: chain.decode(),
        LOG_ENTRY: log.cosign(index),
    }


def _refused(said: dict[str, str], trust: Trust = TRUST, message: bytes = MESSAGE) -> str:
    with pytest.raises(SignatureError, match=r"^it: |trusted root|^the certificate is") as caught:
        check_message(message, said, trust, "it")
    return caught.value.reason


def test_a_signature_that_holds() -> None:
    signer, checks = check_message(MESSAGE, _beside(), TRUST, "it")
    assert signer == f"{SUBJECT} ({ISSUER})"
    assert [(check.what, check.done) for check in checks] == [
        ("signature", True),
        ("certificate", True),
        ("log", True),
    ]
    assert "2026-01-01T00:00:00Z: signed entry timestamp" in checks[2].detail


def test_an_envelope_that_holds() -> None:
    envelope = sign_envelope(b"{}", "application/vnd.in-toto+json", KEY)
    said = _beside(body=dsse(envelope_json(envelope), pem(LEAF)))
    found: Opened = open_document(write_envelope(envelope), TRUST, "it", said)
    assert (found.state, found.payload) == ("verified", b"{}")
    altered = write_envelope(replace(envelope, payload=b"[]"))
    with pytest.raises(SignatureError) as caught:
        open_document(altered, TRUST, "it", said)
    assert caught.value.reason == "wrong-payload"


def _intoto(envelope: Envelope, version: str) -> dict[str, Any]:
    payload = {"algorithm": "sha256", "value": sha256(envelope.payload).hex()}
    content: dict[str, Any] = {"hash": payload, "payloadHash": payload}
    spec: dict[str, Any] = {"content": content, "publicKey": b64(pem(LEAF))}
    if version == "0.0.2":
        twice = b64(b64(envelope.signatures[0][1]).encode())
        content["envelope"] = {"signatures": [{"sig": twice, "publicKey": spec.pop("publicKey")}]}
    return {"apiVersion": version, "kind": "intoto", "spec": spec}


def _bundle(envelope: Envelope, body: dict[str, Any]) -> bytes:
    document = json.loads(AUTHORITY.bundle(envelope_json(envelope), LEAF))
    index = AUTHORITY.log.add(body)
    document["verificationMaterial"]["tlogEntries"] = [AUTHORITY.log.entry(index)]
    return json.dumps(document).encode()


@pytest.mark.parametrize("kind", ["intoto 1", "intoto 2", "hashedrekord"])
def test_bundles_with_entries_that_the_library_refuses(kind: str) -> None:
    """As GitHub and npm made them, and as rekor-tiles' predecessor takes them."""
    envelope = sign_envelope(b'{"a": 1}', "application/vnd.in-toto+json", KEY)
    envelope = replace(envelope, signatures=(("", envelope.signatures[0][1]),))
    message = pae(envelope.payload_type, envelope.payload)
    bodies = {
        "intoto 1": _intoto(envelope, "0.0.1"),
        "intoto 2": _intoto(envelope, "0.0.2"),
        "hashedrekord": hashedrekord(message, envelope.signatures[0][1], pem(LEAF)),
    }
    data = _bundle(envelope, bodies[kind])
    found = open_document(data, TRUST, "it")
    assert (found.state, found.signer) == ("verified", f"{SUBJECT} ({ISSUER})")
    assert "signed entry timestamp and inclusion proof" in found.checks[2].detail
    for trust in (
        replace(TRUST, identities=(Identity("other@example.com", ISSUER),)),
        replace(TRUST, roots=Authority().trusted_root()),
        replace(TRUST, roots=b""),
    ):
        with pytest.raises(SignatureError):
            open_document(data, trust, "it")
    other = sign_envelope(b'{"a": 2}', "application/vnd.in-toto+json", KEY)
    with pytest.raises(SignatureError, match="of something else") as caught:
        open_document(_bundle(other, bodies[kind]), TRUST, "it")
    assert caught.value.reason == "log"
    damaged = json.loads(data)
    del damaged["verificationMaterial"]["tlogEntries"][0]["inclusionPromise"]
    with pytest.raises(SignatureError, match="does not prove a time"):
        open_document(json.dumps(damaged).encode(), TRUST, "it")


def test_other_content() -> None:
    assert _refused(_beside(), message=b"else") == "wrong-payload"


@pytest.mark.parametrize(
    "identity",
    [Identity("other@example.com", ISSUER), Identity(SUBJECT, "https://other.example.com")],
)
def test_somebody_else(identity: Identity) -> None:
    assert _refused(_beside(), replace(TRUST, identities=(identity,))) == "identity"


def test_without_roots_nobody_is_vouched_for() -> None:
    assert _refused(_beside(), replace(TRUST, roots=b"")) == "identity"


def test_another_authority() -> None:
    other = Authority(ct=AUTHORITY.ct, log=AUTHORITY.log)
    assert _refused(_beside(), replace(TRUST, roots=other.trusted_root())) == "identity"


def test_another_certificate_log() -> None:
    other = Authority(key=AUTHORITY.key, log=AUTHORITY.log)
    assert _refused(_beside(), replace(TRUST, roots=other.trusted_root())) == "identity"


def test_a_certificate_that_no_log_promised_to_take() -> None:
    leaf = AUTHORITY.certificate(KEY.public, promised=False)
    assert _refused(_beside(leaf)) == "identity"


def test_a_certificate_for_something_else() -> None:
    leaf = AUTHORITY.certificate(KEY.public, purpose=ExtendedKeyUsageOID.SERVER_AUTH)
    assert _refused(_beside(leaf)) == "identity"


def test_another_log() -> None:
    other = Log(leaves=[b"{}"])
    assert _refused(_beside(log=other)) == "log"


def test_without_an_entry_there_is_no_time() -> None:
    said = _beside()
    del said[LOG_ENTRY]
    assert _refused(said) == "log"


def test_an_entry_of_the_same_key_in_another_certificate() -> None:
    """A key may be in several certificates: the entry is of one of them."""
    other = AUTHORITY.certificate(KEY.public, subject="other@example.com")
    said = _beside(body=hashedrekord(MESSAGE, MADE, pem(other)))
    assert _refused(said) == "log"
    plain = _beside(body=hashedrekord(MESSAGE, MADE, write_public_key(KEY.public)))
    assert _refused(plain) == "log"


@pytest.mark.parametrize("time", [TIME - 60, TIME + 3600, TIME + 30 * 86400])
def test_a_time_at_which_the_certificate_was_not_valid(time: int) -> None:
    log = Log(AUTHORITY.log.key, time=time, leaves=[b"{}"])
    assert _refused(_beside(log=log)) in ("expired", "identity")


def test_a_damaged_certificate() -> None:
    said = _beside()
    for chain in ("", "x", said[CERTIFICATE][:200], write_public_key(KEY.public).decode()):
        if chain:
            assert _refused({**said, CERTIFICATE: chain}) == "malformed"
    assert _refused({**said, CERTIFICATE: ""}) == "identity"  # then it is a key's


def test_a_certificate_that_signs_itself() -> None:
    own = Authority(ct=AUTHORITY.ct, log=AUTHORITY.log)
    said = _beside(own.certificate(KEY.public))
    said[CERTIFICATE] += pem(own.root).decode()
    assert _refused(said) == "identity"
