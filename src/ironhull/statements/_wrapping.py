"""What VEX documents come in: in-toto statements, DSSE envelopes, sigstore bundles.

in-toto/attestation spec/v1 and v0.1; secure-systems-lab/dsse protocol.md; sigstore bundle v0.3;
`cosign attest --type custom`. No signature is verified here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ironhull.errors import FormatError
from ironhull.limits import LIMITS
from ironhull.model import Component
from ironhull.statements._decode import decode
from ironhull.statements._reading import Reading, text, utc

__all__ = ["about", "unwrapped"]

_STATEMENT = re.compile(r"https://in-toto\.io/Statement/v(?:0\.1|1(?:\.\d+)?)")
_HEX = re.compile(r"[0-9a-f]{32,256}")
_URL_SAFE = str.maketrans("-_", "+/")


def unwrapped(document: Mapping[str, Any], reading: Reading) -> Mapping[str, Any]:
    """The innermost document; what is around it tells `reading` subject, time and signature.

    Raises FormatError for a wrapping that is damaged or holds no document.
    """
    for _ in range(LIMITS.vex_depth):
        if isinstance(bundled := document.get("dsseEnvelope"), dict):
            document = bundled
        elif isinstance(document.get("payload"), str) and "payloadType" in document:
            document = _payload(document, reading)
        elif "predicateType" in document and "predicate" in document:
            document = _predicate(document, reading)
        else:
            return document
    raise FormatError(f"{reading.document}: is wrapped too often", "give the document itself")


def _payload(document: Mapping[str, Any], reading: Reading) -> Mapping[str, Any]:
    import binascii
    from base64 import b64decode

    payload = "".join(text(document.get("payload")).split()).translate(_URL_SAFE)
    try:
        data = b64decode(payload.encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        raise FormatError(
            f"{reading.document}: the payload of the DSSE envelope is not base64", "fetch it again"
        ) from None
    if document.get("signatures"):
        reading.signature = "unchecked"
    return _one(data, reading)


def _predicate(document: Mapping[str, Any], reading: Reading) -> Mapping[str, Any]:
    kind = text(document.get("_type"))
    if not _STATEMENT.fullmatch(kind):
        raise FormatError(
            f"{reading.document}: a statement of type {kind[:60] or '(none)'!r} is not known",
            "in-toto Statement v0.1 and v1 are",
        )
    reading.subjects = about(document.get("subject")) or reading.subjects
    inner = document.get("predicate")
    if isinstance(inner, dict) and "Data" in inner and inner.keys() <= {"Data", "Timestamp"}:
        with suppress(ValueError):  # a time that nobody can read is none
            reading.issued = utc(text(inner.get("Timestamp")))
        inner = inner["Data"]
    if isinstance(inner, str):
        inner = _one(inner.encode("utf-8", "replace"), reading)
    if not isinstance(inner, dict):
        raise FormatError(f"{reading.document}: the statement holds no document", "fetch it again")
    return inner


def _one(data: bytes, reading: Reading) -> Mapping[str, Any]:
    found = decode(data, reading.document)
    if len(found) != 1 or not isinstance(found[0], dict):
        raise FormatError(f"{reading.document}: what is inside is no document", "fetch it again")
    return found[0]


def about(subjects: object) -> tuple[Component, ...]:
    """The subjects of an in-toto statement as products.

    They are content, not names (spec/v1, "subject"): a name counts only where there is no digest.
    """
    found = []
    for subject in subjects if isinstance(subjects, list) else ():
        if not isinstance(subject, dict):
            continue
        name, digest = text(subject.get("name")), subject.get("digest")
        hashes = tuple(
            (algorithm.lower().replace("-", ""), text(value).lower())
            for algorithm, value in (digest.items() if isinstance(digest, dict) else ())
            if _HEX.fullmatch(text(value).lower())
        )
        ids = (name,) if name and name != "_" and not hashes else ()
        if ids or hashes:
            found.append(Component(ids, hashes))
    return tuple(dict.fromkeys(found))
