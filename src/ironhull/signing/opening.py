"""A document out of its wrapping: bare, in a DSSE envelope, in a Sigstore bundle; and verified."""

from __future__ import annotations

from collections.abc import Mapping

from ironhull.errors import SignatureError
from ironhull.model import Envelope
from ironhull.signing import _crypto, _times, envelopes, logs
from ironhull.signing._json import json_object
from ironhull.signing._log_bodies import Signed
from ironhull.signing._nouns import Check, Opened, PublicKey, Trust, signature_error
from ironhull.signing.annotations import Beside, read_annotations
from ironhull.signing.bundles import Bundle, bundle_in, is_bundle
from ironhull.signing.logs import LogEntry

__all__ = ["check_message", "open_document", "verify_document"]

_MARKS = (b'"payloadType"', b"vnd.dev.sigstore.bundle")


def open_document(
    data: bytes,
    trust: Trust | None = None,
    where: str = "document",
    annotations: Mapping[str, str] | None = None,
) -> Opened:
    """What `data` holds, and what is known of its signature.

    A document without a wrapping is given as it is, "unsigned". What is wrapped is "unchecked"
    where `trust` names nobody, else verified: raises SignatureError where it does not hold. Whether
    what is inside is about the right thing is for the caller to see. `annotations` of the layer it
    came from hold the certificate and the log's entry where cosign put it there.
    """
    if not any(mark in data for mark in _MARKS):
        return Opened(data)
    found = json_object(data, where)
    if is_bundle(found):
        bundle = bundle_in(found, data, where)
        if bundle.envelope is None:
            raise SignatureError(
                f"{where}: a bundle that signs a file which is not in it", "it holds no document"
            )
        return _of_bundle(bundle, bundle.envelope, trust, where)
    if not envelopes.is_envelope(found):
        return Opened(data)
    envelope = envelopes.envelope_in(found, where)
    if not trust:
        return _unchecked(envelope)
    beside = read_annotations(annotations or {}, where)
    if beside.certificate and trust.identities:
        message = envelopes.pae(envelope.payload_type, envelope.payload)
        made = tuple(sig for _, sig in envelope.signatures)
        signer, checks = _by_certificate(beside, made, message, envelope.payload, trust, where)
        return _verified(envelope, signer, checks)
    return _by_key(envelope, beside.entries, trust, where)


def verify_document(
    data: bytes,
    trust: Trust,
    where: str = "document",
    annotations: Mapping[str, str] | None = None,
) -> Opened:
    """As `open_document`, for who needs a signature: what has none raises SignatureError too."""
    if not trust:
        raise signature_error("unsigned", f"{where}: nobody is trusted", "give a key")
    opened = open_document(data, trust, where, annotations)
    if opened.state != "verified":
        raise signature_error(
            "unsigned", f"{where}: it is not signed: neither an envelope nor a bundle"
        )
    return opened


def _unchecked(envelope: Envelope) -> Opened:
    return Opened(envelope.payload, envelope.payload_type, "unchecked", envelope=envelope)


def _of_bundle(bundle: Bundle, envelope: Envelope, trust: Trust | None, where: str) -> Opened:
    if not trust:
        return _unchecked(envelope)
    if bundle.certificate:
        signer, checks = _bundled_certificate(bundle, envelope, trust, where)
        return _verified(envelope, signer, checks)
    hinted = Envelope(
        envelope.payload_type,
        envelope.payload,
        tuple((bundle.hint or keyid, made) for keyid, made in envelope.signatures),
    )
    return _by_key(hinted, bundle.entries, trust, where)


def _bundled_certificate(
    bundle: Bundle, envelope: Envelope, trust: Trust, where: str
) -> tuple[str, tuple[Check, ...]]:
    from ironhull.signing.certificates import is_ours
    from ironhull.signing.keyless import check_certificate
    from ironhull.signing.keys import write_certificate

    if not is_ours(bundle.entries, where):
        return check_certificate(bundle, trust, where)
    beside = Beside(certificate=write_certificate(bundle.certificate), entries=bundle.entries)
    message = envelopes.pae(envelope.payload_type, envelope.payload)
    made = tuple(sig for _, sig in envelope.signatures)
    return _by_certificate(beside, made, message, envelope.payload, trust, where)


def _by_key(envelope: Envelope, entries: tuple[LogEntry, ...], trust: Trust, where: str) -> Opened:
    _need_keys(trust, where)
    key, made = envelopes.envelope_signer(envelope, trust.keys, where)
    message = envelopes.pae(envelope.payload_type, envelope.payload)
    signed = Signed(made, message, key.der, envelope.payload)
    return _verified(envelope, key.title, _check_key(key, signed, entries, trust, where))


def _verified(envelope: Envelope, signer: str, checks: tuple[Check, ...]) -> Opened:
    return Opened(
        envelope.payload, envelope.payload_type, "verified", signer, checks, envelope=envelope
    )


def check_message(
    message: bytes, annotations: Mapping[str, str], trust: Trust, where: str
) -> tuple[str, tuple[Check, ...]]:
    """Verify the signature that `annotations` hold over `message`: (signer, what was checked).

    Raises SignatureError. What the message says is for the caller to see.
    """
    beside = read_annotations(annotations, where)
    if not beside.signature:
        raise signature_error("unsigned", f"{where}: a payload without a signature")
    if beside.certificate and trust.identities:
        return _by_certificate(beside, (beside.signature,), message, None, trust, where)
    return _by_key_beside(message, beside, trust, where)


def _by_certificate(
    beside: Beside,
    signatures: tuple[bytes, ...],
    message: bytes,
    payload: bytes | None,
    trust: Trust,
    where: str,
) -> tuple[str, tuple[Check, ...]]:
    from ironhull.signing._identities import need_identities
    from ironhull.signing.certificates import check_promised

    need_identities(trust, where)
    return check_promised(beside, signatures, message, payload, trust, where)


def _by_key_beside(
    message: bytes, beside: Beside, trust: Trust, where: str
) -> tuple[str, tuple[Check, ...]]:
    _need_keys(trust, where)
    for key in trust.keys:
        if _crypto.holds(key, beside.signature, message):
            signed = Signed(beside.signature, message, key.der)
            return key.title, _check_key(key, signed, beside.entries, trust, where)
    raise envelopes.unproven((beside.hint,), trust.keys, where)


def _need_keys(trust: Trust, where: str) -> None:
    if not trust.keys:
        raise signature_error(
            "identity",
            f"{where}: signed with a key, and identities alone are trusted",
            "give the key that signed it",
        )


def _check_key(
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
        there = "the signature has an entry; no log is trusted to check it by"
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
