"""What an entry of a log is about (sigstore/rekor pkg/types: hashedrekord, dsse, intoto)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from ironhull.errors import SignatureError
from ironhull.limits import LIMITS
from ironhull.signing import keys
from ironhull.signing._json import decoded, json_object, mapping, rows, text
from ironhull.values import dataclass

__all__ = ["Signed", "body_difference"]


@dataclass(frozen=True, slots=True)
class Signed:
    """What an entry has to be about: `signature` over `message` by the key `verifier` (SPKI, DER).

    For an envelope `payload` is what is in it and `message` its pre-authentication encoding. With a
    `certificate` (DER) it has to be that one, not just its key.
    """

    signature: bytes
    message: bytes
    verifier: bytes
    payload: bytes | None = None
    certificate: bytes = b""


def body_difference(body: bytes, signed: Signed, where: str) -> str:
    """In what an entry differs from what was signed; "" where it does not.

    Raises SignatureError for an entry that cannot be read.
    """
    found = json_object(body, f"{where}: the log's entry", LIMITS.attestation_bytes)
    kind = f"{found.get('kind')} {found.get('apiVersion')}"
    compare = _KINDS.get(kind)
    if compare is None:
        return f"its kind {kind[:60]!r} is not one that shows signatures"
    return compare(mapping(found.get("spec"), f"{where}: spec"), signed)


def _hashed(spec: Mapping[str, Any], signed: Signed) -> str:
    said = _at(spec, "data", "hash")
    if text(said.get("algorithm"), "hash.algorithm") != "sha256":
        return "its hash is not SHA-256"
    made = _at(spec, "signature")
    return _first(
        (said.get("value") != _sha256(signed.message).hex(), "the content"),
        (decoded(made.get("content"), "signature.content") != signed.signature, "the signature"),
        (not _is_key(_at(made, "publicKey").get("content"), signed), "the key"),
    )


def _dsse(spec: Mapping[str, Any], signed: Signed) -> str:
    said = _at(spec, "payloadHash")
    made = rows(spec.get("signatures"), "signatures", LIMITS.signatures)
    mine = [item for item in made if _b64_is(item.get("signature"), signed.signature)]
    return _first(
        (said.get("algorithm") != "sha256" or said.get("value") != _payload(signed), "the payload"),
        (not mine, "the signature"),
        (not any(_is_key(item.get("verifier"), signed) for item in mine), "the key"),
    )


def _intoto1(spec: Mapping[str, Any], signed: Signed) -> str:
    said = _at(spec, "content", "payloadHash")
    return _first(
        (said.get("algorithm") != "sha256" or said.get("value") != _payload(signed), "the payload"),
        (not _is_key(spec.get("publicKey"), signed), "the key"),
    )


def _intoto2(spec: Mapping[str, Any], signed: Signed) -> str:
    said = _at(spec, "content", "payloadHash")
    made = rows(_at(spec, "content", "envelope").get("signatures"), "signatures", LIMITS.signatures)
    twice = base64.b64encode(signed.signature)  # encoded once more than elsewhere
    mine = [item for item in made if _b64_is(item.get("sig"), twice)]
    return _first(
        (said.get("algorithm") != "sha256" or said.get("value") != _payload(signed), "the payload"),
        (not mine, "the signature"),
        (not any(_is_key(item.get("publicKey"), signed) for item in mine), "the key"),
    )


def _hashed2(spec: Mapping[str, Any], signed: Signed) -> str:
    inner = _at(spec, "hashedRekordV002")
    said, made = _at(inner, "data"), _at(inner, "signature")
    return _first(
        (said.get("algorithm") != "SHA2_256", "its hash is not SHA-256"),
        (not _b64_is(said.get("digest"), _sha256(signed.message)), "the content"),
        (not _b64_is(made.get("content"), signed.signature), "the signature"),
        (not _is_raw(_at(made, "verifier"), signed), "the key"),
    )


def _dsse2(spec: Mapping[str, Any], signed: Signed) -> str:
    inner = _at(spec, "dsseV002")
    said = _at(inner, "payloadHash")
    made = rows(inner.get("signatures"), "signatures", LIMITS.signatures)
    mine = [item for item in made if _b64_is(item.get("content"), signed.signature)]
    wrong = signed.payload is None or not _b64_is(said.get("digest"), _sha256(signed.payload))
    return _first(
        (said.get("algorithm") != "SHA2_256" or wrong, "the payload"),
        (not mine, "the signature"),
        (not any(_is_raw(_at(item, "verifier"), signed) for item in mine), "the key"),
    )


_KINDS: Mapping[str, Callable[[Mapping[str, Any], Signed], str]] = {
    "hashedrekord 0.0.1": _hashed,
    "hashedrekord 0.0.2": _hashed2,
    "dsse 0.0.1": _dsse,
    "dsse 0.0.2": _dsse2,
    "intoto 0.0.1": _intoto1,
    "intoto 0.0.2": _intoto2,
}


# ── inside ───────────────────────────────────────────────────────────────────────────────────────


def _first(*facts: tuple[bool, str]) -> str:
    return next((what for wrong, what in facts if wrong), "")


def _at(found: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    for name in path:
        found = mapping(found.get(name), f"the log's entry: {name}")
    return found


def _sha256(data: bytes) -> bytes:
    import hashlib

    return hashlib.sha256(data).digest()


def _payload(signed: Signed) -> str:
    """The hash of the payload; what no entry holds where there is none."""
    return "(none)" if signed.payload is None else _sha256(signed.payload).hex()


def _b64_is(value: Any, data: bytes) -> bool:
    try:
        return decoded(value, "") == data
    except SignatureError:
        return False


def _is_key(value: Any, signed: Signed) -> bool:
    """Whether base64 of PEM (a key, or a certificate of it) is the verifier's."""
    try:
        pem = decoded(value, "")
        if signed.certificate:
            return keys.certificate_of_pem(pem, "") == signed.certificate
        return keys.key_of_pem(pem, "") == signed.verifier
    except SignatureError:
        return False


def _is_raw(found: Mapping[str, Any], signed: Signed) -> bool:
    """The same of Rekor 2's verifiers, which hold DER."""
    name, wanted = "publicKey", signed.verifier
    if signed.certificate:
        name, wanted = "x509Certificate", signed.certificate
    said = found.get(name)
    return isinstance(said, dict) and _b64_is(said.get("rawBytes"), wanted)
