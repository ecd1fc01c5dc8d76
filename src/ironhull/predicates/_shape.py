"""Looking at a predicate's fields without trusting their types; what is wrong, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ironhull.errors import FormatError
from ironhull.limits import LIMITS

__all__ = [
    "at",
    "count",
    "items",
    "mapping",
    "missing",
    "parsed",
    "text",
    "wrong_digests",
    "wrong_times",
]

_TIME = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)"
    r"(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII | re.IGNORECASE,
)
"""RFC 3339, section 5.6."""
_HEX = re.compile(r"[0-9a-fA-F]+", re.ASCII)


def mapping(value: object) -> Mapping[str, Any]:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def items(value: object) -> list[Any]:
    """`value` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """`value` if it is text, else ""."""
    return value if isinstance(value, str) else ""


def at(value: object, path: str) -> Any:
    """What is in an object under "a.b.c"; None where nothing is."""
    for part in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def missing(value: object, paths: Iterable[str], kind: type[Any] = str) -> list[str]:
    """A line for each of `paths` that is not there, is empty text or of another type."""
    words: dict[type[Any], str] = {str: "text", list: "a list", dict: "an object"}
    found = []
    for path in paths:
        there = at(value, path)
        if there is None:
            found.append(f"{path} is missing")
        elif not isinstance(there, kind) or there == "":
            found.append(f"{path} is not {words[kind]}")
    return found


def wrong_times(value: object, paths: Iterable[str]) -> list[str]:
    """A line for each of `paths` that is there and no RFC 3339 time."""
    found = []
    for path in paths:
        there = at(value, path)
        if there is not None and not (isinstance(there, str) and _TIME.fullmatch(there)):
            found.append(f"{path} is {str(there)[:40]!r}, not a time (RFC 3339)")
    return found


def wrong_digests(value: object, where: str) -> list[str]:
    """What is wrong with a set of digests ("sha256": hex)."""
    if not isinstance(value, Mapping) or not value:
        return [f"{where} holds no digest"]
    return [
        f"{where}.{name} is not hexadecimal"
        for name, digest in value.items()
        if name.startswith("sha") and not (isinstance(digest, str) and _HEX.fullmatch(digest))
    ]


def count(number: int, noun: str) -> str:
    """ "1 package", "2 packages"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def parsed(data: bytes, what: str, hint: str) -> Any:
    """The JSON value in `data` (RFC 8259: UTF-8, no NaN); raises FormatError naming `what` it is.

    `hint` says what is to be given.
    """
    import msgspec

    if len(data) > LIMITS.attestation_bytes:
        raise FormatError(
            f"{what}: {len(data)} bytes, more than the {LIMITS.attestation_bytes} allowed"
        )
    try:
        return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as trouble:
        reason = " ".join(str(trouble).split())
        raise FormatError(f"{what}: not JSON: {reason[:200]}", hint) from None
