"""How advisories and claims are stored.

A merged advisory is two JSON texts: what is about the package, and what is about the vulnerability
(scores, words, weaknesses, summary), which many packages share. The claims of a source on a package
are one piece: MessagePack, compressed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ironhull.limits import LIMITS
from ironhull.model import Advisory, Cvss, Range

__all__ = ["advisory_of", "pack", "shared_of", "store_form", "unpack"]

_OWN = ("aliases", "status", "urgency", "reason", "severity", "severity_source", "kind")
_SOURCES = ("modified", "withdrawn", "url", "sources")
_SHARED = ("cwes", "summary", "published", "words")
_DEFAULTS = {"status": "unfixed", "severity": "unspecified", "kind": "vulnerability"}
_LEVEL = 3  # of isal: four times as fast as zlib's 6, a twentieth larger


def store_form(advisory: Advisory, also: Iterable[str] = ()) -> tuple[str, str]:
    """The two texts of an advisory; fields that are empty or as usual are left out.

    `also` are further identifiers that lead to it. Versions that are listed one by one are not
    kept: the index holds their keys.
    """
    own: dict[str, Any] = {}
    if advisory.ranges:
        own["ranges"] = [_ends(span) for span in advisory.ranges]
    for name in (*_OWN, *_SOURCES):
        value = getattr(advisory, name)
        if value and value != _DEFAULTS.get(name):
            own[name] = value
    if more := sorted(also):
        own["also"] = more
    shared: dict[str, Any] = {}
    if advisory.cvss:
        shared["cvss"] = [_score(cvss) for cvss in advisory.cvss]
    for name in _SHARED:
        if value := getattr(advisory, name):
            shared[name] = value
    return _json(own), _json(shared)


def shared_of(text: str) -> dict[str, Any]:
    """The fields of an advisory that are in its second text."""
    values: dict[str, Any] = json.loads(text)
    if "cvss" in values:
        values["cvss"] = tuple(Cvss(*parts) for parts in values["cvss"])
    if "words" in values:
        values["words"] = tuple((whose, word) for whose, word in values["words"])
    if "cwes" in values:
        values["cwes"] = tuple(values["cwes"])
    return values


def advisory_of(place: tuple[str, str, str], own: str, shared: Mapping[str, Any]) -> Advisory:
    """The advisory of `place` (scope, package, id) from its first text and what it shares."""
    values: dict[str, Any] = json.loads(own)
    values.pop("also", None)
    scope, package, name = place
    if "ranges" in values:
        values["ranges"] = tuple(Range(*ends) for ends in values["ranges"])
    for key in ("aliases", "sources"):
        if key in values:
            values[key] = tuple(values[key])
    return Advisory(id=name, scope=scope, package=package, **values, **shared)


def pack(claims: Iterable[bytes]) -> bytes:
    """Claims, each as MessagePack, as one compressed array."""
    import msgspec
    from isal import isal_zlib

    array = msgspec.msgpack.encode([msgspec.Raw(claim) for claim in claims])
    return isal_zlib.compress(array, _LEVEL)


def unpack(body: bytes) -> list[Advisory]:
    """What `pack` made; raises ValueError for anything else."""
    import zlib

    import msgspec

    try:
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(body, LIMITS.advisory_claims_bytes)
    except zlib.error as trouble:
        raise ValueError(str(trouble)) from trouble
    if not unpacker.eof:
        raise ValueError("claims that are cut or too long")
    return msgspec.msgpack.decode(data, type=list[Advisory])


def _ends(span: Range) -> list[str]:
    ends = [span.introduced, span.fixed, span.last_affected, span.limit]
    while ends and not ends[-1]:
        ends.pop()
    return ends


def _score(cvss: Cvss) -> list[Any]:
    parts = [cvss.version, cvss.vector, cvss.score]
    return [*parts, cvss.source] if cvss.source else parts


def _json(values: dict[str, Any]) -> str:
    import msgspec

    return msgspec.json.encode(values).decode()
