"""Envelopes, bundles, log entries, keys: SignatureError, or what a trusted key has signed."""

import json

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fuzz._harness import fuzz
from ironhull.errors import Error, SignatureError
from ironhull.signing import (
    REASONS,
    Claims,
    LogKey,
    PrivateKey,
    Trust,
    open_document,
    read_log_keys,
    read_private_key,
    read_public_keys,
    sign,
    sign_envelope,
    write_bundle,
    write_envelope,
    write_public_key,
)
from ironhull.signing.annotations import LOG_ENTRY, SIGNATURE
from ironhull.signing.claims import read_payload, read_sign_statement, sign_statement
from ironhull.signing.claims import simple_payload as payload_of
from ironhull.signing.envelopes import envelope_json
from ironhull.signing.keyless import read_roots
from ironhull.signing.opening import check_message
from ironhull.values import replace
from tests.signing.rekor import Log, b64, dsse, hashedrekord

_DIGEST = "sha256:" + "0" * 64
_KIND = "application/vnd.in-toto+json"


def _key(secret: int) -> PrivateKey:
    """A key that is the same in every run, so that the corpus stays of use."""
    data = ec.derive_private_key(secret, ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return read_private_key(data, None, "")


KEY = _key(1 << 200)
LOG = Log(_key(1 << 201))
PEM = write_public_key(KEY.public)
SIGNED = sign_statement(Claims(_DIGEST))
ENVELOPE = sign_envelope(SIGNED, _KIND, KEY)
LOG.add(dsse(envelope_json(ENVELOPE), PEM))
LOG.add(hashedrekord(SIGNED, sign(KEY, SIGNED), PEM))
TRUST = Trust(keys=(KEY.public,), now="2026-01-01T00:00:00Z")
LOGGED = replace(TRUST, logs=(LogKey(LOG.id, LOG.public),), require_log=True)

SEEDS = (
    write_envelope(ENVELOPE),
    write_bundle(ENVELOPE, KEY.public, [LOG.entry(0)]),
    json.dumps({SIGNATURE: b64(sign(KEY, SIGNED)), LOG_ENTRY: LOG.cosign(1)}).encode(),
    SIGNED,
    payload_of(Claims(_DIGEST, "a", {"b": "c"})),
    PEM,
    b'{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1","tlogs":[{"publicKey"'
    b':{"rawBytes":"' + b64(KEY.public.der).encode() + b'","validFor":{"start":"2020-01-01"}}}]}',
)


def one(data: bytes) -> None:
    for trust in (TRUST, LOGGED):
        _opened(data, trust)
        _beside(data, trust)
    for read in (
        lambda: read_public_keys(data, "x"),
        lambda: read_private_key(data, b"p", "x"),
        lambda: read_log_keys(data, "x"),
        lambda: read_roots(data, "x"),
        lambda: read_payload(data, "x"),
        lambda: read_sign_statement(data, _DIGEST, "x"),
    ):
        _said(read)


def _said(call: object) -> object:
    """What a call gives, or None for the error it may raise."""
    assert callable(call)
    try:
        return call()
    except SignatureError as error:
        assert error.reason in REASONS
        assert error.message.isprintable()
    except Error as error:
        raise AssertionError(error) from error
    return None


def _opened(data: bytes, trust: Trust) -> None:
    found = _said(lambda: open_document(data, trust, "x"))
    if found is not None and found.state == "verified":  # type: ignore[attr-defined]  # Opened
        assert (found.payload, found.payload_type) == (SIGNED, _KIND)  # type: ignore[attr-defined]
    if found is not None and found.state == "unsigned":  # type: ignore[attr-defined]
        assert found.payload == data  # type: ignore[attr-defined]


def _beside(data: bytes, trust: Trust) -> None:
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(said, dict) and all(isinstance(value, str) for value in said.values()):
        found = _said(lambda: check_message(SIGNED, said, trust, "x"))
        assert _said(lambda: check_message(SIGNED + b" ", said, trust, "x")) is None
        assert found is None or found[0] == KEY.public.title  # type: ignore[index]  # a pair


if __name__ == "__main__":
    fuzz(one, SEEDS, longest=8000)
