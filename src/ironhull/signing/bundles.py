"""Sigstore bundles (sigstore/protobuf-specs, sigstore_bundle.proto, as JSON): 0.1 to 0.3 are read,
0.3 is written."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ironhull.errors import SignatureError
from ironhull.limits import LIMITS
from ironhull.model import Envelope
from ironhull.signing._json import decoded, encoded, json_object, mapping, rows, text
from ironhull.signing._nouns import PublicKey
from ironhull.signing.envelopes import envelope_in, envelope_json
from ironhull.signing.logs import LogEntry, entry_in
from ironhull.values import dataclass, replace

__all__ = ["BUNDLE", "Bundle", "bundle_in", "is_bundle", "read_bundle", "write_bundle"]

BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
_TYPE = re.compile(
    r"application/vnd\.dev\.sigstore\.bundle(?:\+json;version=0\.[123]|\.v0\.3(?:\.\d+)?\+json)"
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle read: an `envelope`, or a `signature` over something kept elsewhere.

    `hint` names the key ("" without one), `certificate` is the signer's (DER). `data` are the
    bytes as they were.
    """

    media_type: str
    data: bytes
    envelope: Envelope | None = None
    signature: bytes = b""
    hint: str = ""
    certificate: bytes = b""
    entries: tuple[LogEntry, ...] = ()
    timestamps: int = 0


def is_bundle(document: Mapping[str, Any]) -> bool:
    """Whether a JSON object says that it is a bundle, of whatever version."""
    kind = document.get("mediaType")
    return isinstance(kind, str) and kind.startswith("application/vnd.dev.sigstore.bundle")


def read_bundle(data: bytes, where: str = "bundle") -> Bundle:
    """The bundle in `data`; raises SignatureError (malformed)."""
    return bundle_in(json_object(data, where), data, where)


def bundle_in(found: Mapping[str, Any], data: bytes, where: str) -> Bundle:
    """The bundle that the JSON object `found`, read from `data`, is; raises SignatureError."""
    kind = text(found.get("mediaType", ""), f"{where}: mediaType")
    if not _TYPE.fullmatch(kind):
        raise SignatureError(
            f"{where}: {kind[:80] or '(none)'!r} is no bundle that is known here",
            "Sigstore bundles 0.1 to 0.3 are",
        )
    material = mapping(found.get("verificationMaterial"), f"{where}: verificationMaterial")
    entries = _rows(material, "tlogEntries", where)
    envelope, signature = _content(found, where)
    return Bundle(
        media_type=kind,
        data=data,
        envelope=envelope,
        signature=signature,
        hint=_hint(material, where),
        certificate=_certificate(material, where),
        entries=tuple(
            entry_in(item, f"{where}: tlogEntries[{place}]") for place, item in enumerate(entries)
        ),
        timestamps=_timestamps(material, where),
    )


def _content(found: Mapping[str, Any], where: str) -> tuple[Envelope | None, bytes]:
    if "dsseEnvelope" in found:
        name = f"{where}: dsseEnvelope"
        envelope = envelope_in(mapping(found["dsseEnvelope"], name), name)
        if len(envelope.signatures) != 1:
            raise SignatureError(f"{name}: one signature is expected, not {_count(envelope)}")
        return envelope, envelope.signatures[0][1]
    said = mapping(found.get("messageSignature"), f"{where}: messageSignature")
    return None, decoded(said.get("signature"), f"{where}: messageSignature.signature")


def _count(envelope: Envelope) -> int:
    return len(envelope.signatures)


def _hint(material: Mapping[str, Any], where: str) -> str:
    """The key's name: Sigstore's is base64 of the SHA-256, told in hexadecimal as ours are."""
    if "publicKey" not in material:
        return ""
    said = mapping(material["publicKey"], f"{where}: publicKey")
    hint = text(said.get("hint", ""), f"{where}: publicKey.hint")
    try:
        raw = decoded(hint, "")
    except SignatureError:
        return hint
    return raw.hex() if len(raw) == 32 else hint


def _certificate(material: Mapping[str, Any], where: str) -> bytes:
    """The signer's certificate, first of a chain in older bundles."""
    if "certificate" in material:
        name = f"{where}: certificate"
        return decoded(mapping(material["certificate"], name).get("rawBytes"), name)
    if "x509CertificateChain" in material:
        name = f"{where}: x509CertificateChain"
        said = mapping(material["x509CertificateChain"], name)
        chain = rows(said.get("certificates"), name, LIMITS.keys)
        return decoded(chain[0].get("rawBytes"), name) if chain else b""
    return b""


def _timestamps(material: Mapping[str, Any], where: str) -> int:
    said = material.get("timestampVerificationData")
    if said is None:
        return 0
    return len(_rows(mapping(said, f"{where}: timestamps"), "rfc3161Timestamps", where))


def _rows(found: Mapping[str, Any], key: str, where: str) -> list[dict[str, Any]]:
    """A list that may be left out (protobuf's JSON mapping)."""
    said = found.get(key)
    return [] if said is None else rows(said, f"{where}: {key}", LIMITS.signatures)


def write_bundle(
    envelope: Envelope, key: PublicKey, entries: Sequence[Mapping[str, Any]] = ()
) -> bytes:
    """A bundle 0.3 of an envelope with one signature, by `key`; `entries` of a log as JSON.

    The key is named by the hint alone: sigstore-go refuses an envelope that names it once more.
    """
    if len(envelope.signatures) != 1:
        raise SignatureError(f"a bundle holds one signature, not {_count(envelope)}")
    made = envelope.signatures[0][1]
    hint = base64.b64encode(bytes.fromhex(key.id)).decode("ascii")
    return encoded(
        {
            "mediaType": BUNDLE,
            "verificationMaterial": {
                "publicKey": {"hint": hint},
                "tlogEntries": list(entries),
                "timestampVerificationData": {},
            },
            "dsseEnvelope": envelope_json(replace(envelope, signatures=(("", made),))),
        }
    )
