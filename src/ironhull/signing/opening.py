"""A document out of its wrapping: bare, in a DSSE envelope, in a Sigstore bundle; and verified."""

from __future__ import annotations

from ironhull.errors import SignatureError
from ironhull.model import Envelope
from ironhull.signing import _crypto, _times, envelopes, logs
from ironhull.signing._json import json_object
from ironhull.signing._log_bodies import Signed
from ironhull.signing._nouns import Check, Opened, PublicKey, Trust, signature_error
from ironhull.signing.bundles import Bundle, bundle_in, is_bundle
from ironhull.signing.logs import LogEntry

__all__ = ["check_key", "check_message", "open_document"]

_MARKS = (b'"payloadType"', b"vnd.dev.sigstore.bundle")


def open_document(data: bytes, trust: Trust | None = None, where: str = "document") -> Opened:
    """What `data` holds, and what is known of its signature.

    A document without a wrapping is given as it is, "unsigned". What is wrapped is "unchecked"
    where `trust` names nobody, else verified: raises SignatureError where it does not hold. Whether
    what is inside is about the right thing is for the caller to see.
    """
    if not any(mark in data for mark in _MARKS):
        return Opened(data)
    found = json_object(data, where)
    if is_bundle(found):
        return _of_bundle(bundle_in(found, data, where), trust, where)
    if envelopes.is_envelope(found):
        return _of_envelope(envelopes.envelope_in(found, where), trust, where)
    return Opened(data)


def _of_envelope(envelope: Envelope, trust: Trust | None, where: str) -> Opened:
    plain = Opened(envelope.payload, envelope.payload_type, "unchecked", envelope=envelope)
    if not trust:
        return plain
    if not trust.keys:
        raise signature_error(
            "identity",
            f"{where}: the envelope has no certificate, and identities alone are trusted",
            "give the key that signed it",
        )
    key, made = envelopes.envelope_signer(envelope, trust.keys, where)
    checks = check_key(key, _signed(envelope, made, key), (), trust, where)
    return _verified(envelope, key.title, checks)


def _of_bundle(bundle: Bundle, trust: Trust | None, where: str) -> Opened:
    envelope = bundle.envelope
    if envelope is None:
        raise SignatureError(
            f"{where}: a bundle that signs a file which is not in it", "it holds no document"
        )
    if not trust:
        return Opened(envelope.payload, envelope.payload_type, "unchecked", envelope=envelope)
    if bundle.certificate:
        from ironhull.signing.keyless import check_certificate

        signer, found = check_certificate(bundle, None, trust, where)
        return _verified(envelope, signer, found)
    hinted = Envelope(envelope.payload_type, envelope.payload, ((bundle.hint, bundle.signature),))
    if not trust.keys:
        raise signature_error(
            "identity", f"{where}: signed with a key, and identities alone are trusted"
        )
    key, made = envelopes.envelope_signer(hinted, trust.keys, where)
    checks = check_key(key, _signed(envelope, made, key), bundle.entries, trust, where)
    return _verified(envelope, key.title, checks)


def _signed(envelope: Envelope, made: bytes, key: PublicKey) -> Signed:
    message = envelopes.pae(envelope.payload_type, envelope.payload)
    return Signed(made, message, key.der, envelope.payload)


def _verified(envelope: Envelope, signer: str, checks: tuple[Check, ...]) -> Opened:
    return Opened(
        envelope.payload, envelope.payload_type, "verified", signer, checks, envelope=envelope
    )


def check_key(
    key: PublicKey, signed: Signed, entries: tuple[LogEntry, ...], trust: Trust, where: str
) -> tuple[Check, ...]:
    """What there is to check of a signature that `key` made: the log, then the key's validity.

    Raises SignatureError (log, expired). That the signature holds is known already.
    """
    time, log = _logged(signed, entries, trust, where)
    moment = _times.rfc3339(time) if time else trust.now
    valid = _times.check_valid(key, moment, bool(time), where)
    return (
        Check("signature", True, f"{key.kind}, key {key.title}"),
        Check("key validity", bool(valid), valid or "the key has no end"),
        log,
    )


def _logged(
    signed: Signed, entries: tuple[LogEntry, ...], trust: Trust, where: str
) -> tuple[int, Check]:
    """(when the log says it was signed, what was checked of it)."""
    if not trust.logs:
        if trust.require_log:
            raise signature_error(
                "log", f"{where}: a log entry is demanded, and no log is trusted", "give --log-key"
            )
        there = "the signature has an entry, which no trusted log was given for"
        return 0, Check("log", False, there if entries else "the signature has no entry of a log")
    if not entries:
        if trust.require_log:
            raise signature_error("log", f"{where}: the signature has no entry of a log")
        return 0, Check("log", False, "the signature has no entry of a log")
    failed: SignatureError | None = None
    for entry in entries:
        try:
            proof = logs.check_entry(entry, signed, trust.logs, where)
        except SignatureError as trouble:
            failed = failed or trouble
            continue
        when = f" of {_times.rfc3339(proof.time)}" if proof.time else ""
        return proof.time, Check("log", True, f"entry {proof.index}{when}: {proof.how}")
    assert failed is not None
    raise failed


def check_message(
    message: bytes,
    signature: bytes,
    entries: tuple[LogEntry, ...],
    trust: Trust,
    where: str,
    *,
    hint: str = "",
) -> tuple[str, tuple[Check, ...]]:
    """Verify a signature over bytes kept elsewhere: (signer, checks); raises SignatureError.

    `hint` is the ID of the key that made it, where that is told.
    """
    if not trust.keys:
        raise signature_error(
            "identity", f"{where}: signed with a key, and identities alone are trusted"
        )
    for key in trust.keys:
        if _crypto.holds(key, signature, message):
            signed = Signed(signature, message, key.der)
            return key.title, check_key(key, signed, entries, trust, where)
    raise envelopes.unproven((hint,), trust.keys, where)
