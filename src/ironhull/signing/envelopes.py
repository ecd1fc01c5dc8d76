"""DSSE envelopes (secure-systems-lab/dsse, envelope.md and protocol.md, version 1.0)."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from ironhull.errors import SignatureError
from ironhull.limits import LIMITS
from ironhull.model import Envelope
from ironhull.signing import _crypto
from ironhull.signing._json import decoded, encoded, json_object, rows, text
from ironhull.signing._nouns import PrivateKey, PublicKey, signature_error

__all__ = [
    "envelope_in",
    "envelope_json",
    "envelope_signer",
    "is_envelope",
    "pae",
    "read_envelope",
    "sign_envelope",
    "write_envelope",
]


def pae(payload_type: str, payload: bytes) -> bytes:
    """What is signed: the pre-authentication encoding (protocol.md, "Signature Definition")."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign_envelope(payload: bytes, payload_type: str, key: PrivateKey) -> Envelope:
    """`payload` signed by `key`."""
    made = _crypto.sign(key, pae(payload_type, payload))
    return Envelope(payload_type, payload, ((key.public.id, made),))


# ── bytes ────────────────────────────────────────────────────────────────────────────────────────


def is_envelope(document: Mapping[str, Any]) -> bool:
    """Whether a JSON object has the shape of an envelope."""
    return "payloadType" in document and "payload" in document


def read_envelope(data: bytes, where: str = "envelope") -> Envelope:
    """The envelope in `data`; raises SignatureError (malformed)."""
    return envelope_in(json_object(data, where), where)


def envelope_in(found: Mapping[str, Any], where: str) -> Envelope:
    """The envelope that the JSON object `found` is; raises SignatureError (malformed)."""
    kind = text(found.get("payloadType"), f"{where}: payloadType")
    payload = decoded(found.get("payload"), f"{where}: payload")
    listed = rows(found.get("signatures"), f"{where}: signatures", LIMITS.signatures)
    signatures = []
    for number, item in enumerate(listed):
        name = f"{where}: signatures[{number}]"
        keyid = item.get("keyid")
        signatures.append(
            (
                "" if keyid is None else text(keyid, f"{name}.keyid"),
                decoded(item.get("sig"), f"{name}.sig"),
            )
        )
    return Envelope(kind, payload, tuple(signatures))


def envelope_json(envelope: Envelope) -> dict[str, Any]:
    """The envelope as a JSON object."""
    return {
        "payloadType": envelope.payload_type,
        "payload": base64.b64encode(envelope.payload).decode("ascii"),
        "signatures": [
            ({"keyid": keyid} if keyid else {}) | {"sig": base64.b64encode(made).decode("ascii")}
            for keyid, made in envelope.signatures
        ],
    }


def write_envelope(envelope: Envelope) -> bytes:
    """The envelope's bytes; equal envelopes give equal bytes."""
    return encoded(envelope_json(envelope))


# ── verification ─────────────────────────────────────────────────────────────────────────────────


def envelope_signer(
    envelope: Envelope, keys: Sequence[PublicKey], where: str
) -> tuple[PublicKey, bytes]:
    """The first of `keys` that signed the envelope, and its signature; raises SignatureError."""
    if not envelope.signatures:
        raise signature_error("unsigned", f"{where}: the envelope holds no signature")
    message = pae(envelope.payload_type, envelope.payload)
    for _, made in envelope.signatures:
        for key in keys:
            if _crypto.holds(key, made, message):
                return key, made
    raise unproven(tuple(name for name, _ in envelope.signatures), keys, where)


def unproven(hints: Sequence[str], keys: Sequence[PublicKey], where: str) -> SignatureError:
    """Why none of `keys` made a signature, so far as the names of keys beside it (`hints`) tell."""
    ours = {key.id: key for key in keys}
    known = [ours[hint] for hint in hints if hint in ours]
    given = ", ".join(key.title for key in keys)
    if known:
        return signature_error(
            "wrong-payload",
            f"{where}: the signature of key {known[0].title} is over other content",
            "it was altered after it was signed, or the signature belongs to something else",
        )
    named = [hint for hint in hints if hint]
    if named:
        return signature_error(
            "wrong-key",
            f"{where}: signed by another key ({_short(named[0])}) than {given}",
            "check which key should have signed it",
        )
    return signature_error(
        "mismatch",
        f"{where}: no signature of key {given} over this content",
        "another key made it, or the content was altered: the signature does not tell which",
    )


def _short(hint: str) -> str:
    plain = len(hint) == 64 and not set(hint) - set("0123456789abcdef")
    return f"sha256:{hint[:16]}" if plain else hint[:60]
