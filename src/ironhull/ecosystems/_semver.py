"""Semantic Versioning 2.0.0 (semver.org, section 11) as bytes, lenient in what it reads.

A key is three numbers, further ones if a version has them, then

    release:      2
    pre-release:  1, identifier..., 1      numeric: 2 number    other: 3 text 0

so a pre-release comes before its release, fewer identifiers before more, numbers before words. No
key is the beginning of another. Read besides what the specification allows, because tools and
advisories have such: a leading "v" or "=", missing minor or patch numbers (zero), leading zeros,
more than three numbers and a pre-release without its hyphen ("1.2.3beta").
"""

from __future__ import annotations

from ironhull.ecosystems._numbers import bounded, number, numbers
from ironhull.lazy import regex

__all__ = ["identifiers", "semver_key", "semver_text"]

_MORE = r"(?:\.[0-9A-Za-z_-]+)*"
_VERSION = regex(
    rf"[v=\s]*([0-9]+(?:\.[0-9]+)*)"
    rf"(?:-([0-9A-Za-z_-]+{_MORE})|\.?([A-Za-z_][0-9A-Za-z_-]*{_MORE}))?"
    rf"(?:\+([0-9A-Za-z_-]+{_MORE}))?\s*"
)


def semver_key(version: str) -> bytes:
    """The key of `version`; build metadata has no part in it.

    Raises ValueError for what has no numbers in front, foreign characters or empty identifiers.
    """
    return semver_text(version)[0].encode("latin-1")


def semver_text(version: str) -> tuple[str, str]:
    """The key as text of the characters 0 to 255, and the build metadata; raises ValueError."""
    bounded(version, "a semantic version")
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ValueError(f"not a semantic version: {version!r}")
    core, dashed, bare, build = match.groups()
    head = numbers(core.split("."), 3)
    words = dashed or bare
    if words is None:
        return head + "\x02", build or ""
    return f"{head}\x01{identifiers(words)}", build or ""


def identifiers(text: str) -> str:
    """The key of dot-separated identifiers, its end included."""
    return (
        "".join(
            f"\x02{number(word)}" if word.isdigit() else f"\x03{word}\x00"
            for word in text.split(".")
        )
        + "\x01"
    )
