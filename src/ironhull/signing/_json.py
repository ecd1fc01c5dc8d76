"""JSON of signatures: read strictly, with the place of what is wrong, and written."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from ironhull.errors import SignatureError
from ironhull.limits import LIMITS

__all__ = ["decoded", "encoded", "json_object", "mapping", "number", "rows", "text"]

_URL_SAFE = str.maketrans("-_", "+/")


def json_object(data: bytes, where: str, limit: int = LIMITS.attestation_bytes) -> dict[str, Any]:
    """The JSON object in `data`; raises SignatureError."""
    import json

    if len(data) > limit:
        raise SignatureError(f"{where}: {len(data)} bytes, more than the {limit} allowed")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as trouble:
        raise SignatureError(f"{where}: not JSON: {trouble}") from None
    return mapping(found, where)


def encoded(value: Any) -> bytes:
    """JSON with sorted keys and no spaces (RFC 8785 for what is written here)."""
    import json

    said = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return said.encode("utf-8", "backslashreplace")


def mapping(value: Any, where: str) -> dict[str, Any]:
    """`value` if it is an object; raises SignatureError."""
    if not isinstance(value, dict):
        raise SignatureError(f"{where}: a JSON object is expected")
    return value


def rows(value: Any, where: str, limit: int) -> list[dict[str, Any]]:
    """`value` if it is a list of at most `limit` objects; raises SignatureError."""
    if not isinstance(value, list):
        raise SignatureError(f"{where}: a list is expected")
    if len(value) > limit:
        raise SignatureError(f"{where}: {len(value)} of them, more than the {limit} allowed")
    return [mapping(item, f"{where}[{place}]") for place, item in enumerate(value)]


def text(value: Any, where: str) -> str:
    """`value` if it is a string; raises SignatureError."""
    if not isinstance(value, str):
        raise SignatureError(f"{where}: text is expected")
    return value


def number(found: Mapping[str, Any], key: str, where: str) -> int:
    """A whole number from 0 on, also written as text (protobuf's JSON mapping); 0 without one."""
    value = found.get(key, 0)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if type(value) is not int or value < 0:
        raise SignatureError(f"{where}: {key} is {str(value)[:40]!r}, not a number")
    return value


def decoded(value: Any, where: str) -> bytes:
    """Base64 undone, of either alphabet; raises SignatureError."""
    said = text(value, where)
    try:
        return base64.b64decode(said.translate(_URL_SAFE), validate=True)
    except (binascii.Error, ValueError):
        raise SignatureError(f"{where}: not base64") from None
