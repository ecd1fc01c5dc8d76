"""Alpine's packages and those made like them: apk's version order as bytes, and their scopes.

apk-tools (`src/version.c` of version 3, doc/apk-package.5) reads a version as tokens:

    number (.number)* letter? (_suffix number?)* (~commit)? (-rnumber)?

and compares token by token. The first number compares as a number; a later one too, unless either
of both begins with 0: then as text, so that 1.05 < 1.5. Suffixes alpha < beta < pre < rc stand
before the version without one, cvs < svn < git < hg < p after it. Where the kinds of token differ,
the one that comes later in a version is the lower, the end of the version the lowest but for a
pre-release suffix. A key writes the kind of each token before its value, so that memcmp order of
keys is that order. Digits after a letter (6.6.2p1) are read as apk-tools 2 read them.
"""

from __future__ import annotations

import re

from ironhull.ecosystems._hardened import hardened
from ironhull.ecosystems._row import Ecosystem
from ironhull.lazy import regex
from ironhull.model import Distro, Package

__all__ = ["ROW", "names", "scopes", "sort_key"]

_SUFFIXES = ("alpha", "beta", "pre", "rc", "cvs", "svn", "git", "hg", "p")
_VALID = regex(
    r"([0-9]+)((?:\.[0-9]+)*(?:[a-z][0-9]+(?:\.[0-9]+)*)*[a-z]?)"
    r"((?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*)(?:~([0-9a-f]+))?(?:-r([0-9]+))?",
    re.ASCII,
)
_LATER = regex(r"\.?([0-9]+)|([a-z])", re.ASCII)
_SUFFIX = regex(r"_([a-z]+)([0-9]*)", re.ASCII)
_LONGEST = 512

_PRE, _END, _REVISION, _COMMIT, _SUFFIX_NUMBER, _POST, _LETTER, _NUMBER = (
    b"\x01 \x02 \x03 \x04 \x05 \x06 \x07 \x08".split()
)
"""Kinds of token, lowest first."""
_KIND = {word: (_PRE if place < 4 else _POST) + bytes((place,)) for place, word in
         enumerate(_SUFFIXES)}  # fmt: skip


def sort_key(version: str) -> bytes:
    """The key of `version`: memcmp order of keys is apk's order of versions.

    Raises ValueError for what apk does not take for a version.
    """
    match = _VALID.fullmatch(version) if len(version) <= _LONGEST else None
    if match is None:
        raise ValueError(f"not an apk version: {version[:80]!r}")
    first, later, suffixes, commit, revision = match.groups()
    parts = [_number(first)]
    for digits, letter in _LATER.findall(later):
        parts.append(_later(digits) if digits else _LETTER + letter.encode("ascii"))
    for word, digits in _SUFFIX.findall(suffixes):
        parts.append(_KIND[word])
        if digits:
            parts.append(_SUFFIX_NUMBER + _number(digits))
    if commit:
        parts.append(_COMMIT + commit.encode("ascii") + b"\x00")
    if revision:
        parts.append(_REVISION + _number(revision))
    parts.append(_END)
    return b"".join(parts)


def _number(digits: str) -> bytes:
    digits = digits.lstrip("0")
    return len(digits).to_bytes(2, "big") + digits.encode("ascii")


def _later(digits: str) -> bytes:
    """Text where it begins with 0, which is less than any number that does not."""
    if digits[0] == "0":
        return _NUMBER + b"\x00" + digits.encode("ascii") + b"\x00"
    return _NUMBER + b"\x01" + _number(digits)


_ROLLING = {
    "wolfi": ("Wolfi",),
    "chainguard": ("Chainguard", "Wolfi"),
    "minimos": ("MinimOS",),
}
"""Scopes of distributions without releases, by the ID of os-release."""
_RELEASED = {
    "alpaquita": "Alpaquita",
    "bellsoft-hardened-containers": "BellSoft Hardened Containers",
}
_FOLDERS = ("Alpine", "Wolfi", "Chainguard", "MinimOS", *_RELEASED.values())


def scopes(package: Package, distro: Distro | None) -> tuple[str, ...]:
    """The scopes of an apk package: "Alpine:v3.20", "Alpine:edge", "Wolfi".

    Chainguard's images are judged by Chainguard's records, or by Wolfi's where there are none.
    """
    if distro is None:
        return ("apk (unknown distribution)",)
    if distro.id in _ROLLING:
        return _ROLLING[distro.id]
    if not distro.version:
        return (f"{distro.id.capitalize()} (unknown release)",)
    if distro.id == "alpine":
        return (_branch(distro.version),)
    if distro.id == "dhi":
        return hardened(package, _branch(distro.version))
    if distro.id in _RELEASED:
        return (f"{_RELEASED[distro.id]}:{distro.version}",)
    return (f"{distro.id.capitalize()}:{distro.version}",)


def _branch(version: str) -> str:
    """The scope of a branch: secdb and OSV write v3.20, and edge without a v."""
    return f"Alpine:{version}" if not version[:1].isdigit() else f"Alpine:v{version}"


def names(package: Package) -> tuple[str, ...]:
    """The origin: advisories speak of what packages are built from."""
    return (package.source.name,)


def claimed(ecosystem: str) -> str:
    """The scope a record means; Alpine without a branch is not matched."""
    return "" if ecosystem in ("Alpine", *_RELEASED.values()) else ecosystem


ROW = Ecosystem(
    "apk",
    _FOLDERS,
    scopes,
    sort_key,
    names,
    "apk order",
    claimed=claimed,
    repairs=frozenset({"Alpine", "Alpaquita", "BellSoft Hardened Containers"}),
)
