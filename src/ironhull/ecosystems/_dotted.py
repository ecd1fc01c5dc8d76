"""The order of versions that look like Semantic Versioning and are not always: bytes.

A version is numbers apart by dots, as many as there are, then a pre-release as in Semantic
Versioning 2.0.0, section 11 (numbers below words, fewer below more); build metadata (+…) and a
revision of the packaging do not count. A key is

    numbers (trailing zeros dropped), pre-release or its absence
"""

from __future__ import annotations

import re

from ironhull.lazy import regex

__all__ = ["dotted_key"]

_VALID = regex(
    r"[vV]?([0-9]+(?:\.[0-9]+)*)(?:-([0-9A-Za-z.~_-]+)|([A-Za-z][0-9A-Za-z.~_-]*))?(?:\+[0-9A-Za-z.~_+-]*)?",
    re.ASCII,
)
_LONGEST = 512
_END, _NUMBER, _WORD, _RELEASED = b"\x00", b"\x01", b"\x02", b"\x7f"


def dotted_key(version: str, *, revisions: bool, kind: str) -> bytes:
    """The key of `version`; memcmp order of keys is the order above.

    With `revisions`, digits alone after a hyphen (1.25.3-4) are the packaging's revision; otherwise
    they are a pre-release. Raises ValueError, naming `kind`, for what is no such version.
    """
    match = _VALID.fullmatch(version) if len(version) <= _LONGEST else None
    if match is None:
        raise ValueError(f"not a {kind} version: {version[:80]!r}")
    numbers, rest, word = match.groups()
    rest = rest or word or ""
    before, _, last = rest.rpartition("-")
    if revisions and last.isdecimal():
        rest = before
    parts = [_number(number) for number in _trimmed(numbers.split("."))]
    return b"".join((*parts, _END, _pre(rest)))


def _trimmed(numbers: list[str]) -> list[str]:
    while numbers and not numbers[-1].strip("0"):
        numbers.pop()
    return numbers


def _number(digits: str) -> bytes:
    digits = digits.lstrip("0")
    return _NUMBER + len(digits).to_bytes(2, "big") + digits.encode("ascii")


def _pre(text: str) -> bytes:
    if not text:
        return _RELEASED
    return b"".join(map(_identifier, text.split("."))) + _END


def _identifier(text: str) -> bytes:
    return _number(text) if text.isdecimal() else _WORD + text.encode("ascii") + _END
