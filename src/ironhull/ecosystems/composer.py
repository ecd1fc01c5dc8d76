"""Composer (Packagist): versions as composer/semver normalises and PHP compares them.

Sources: composer/semver, `VersionParser::normalize` and `normalizeBranch` (four numbers or a date,
then a stability with its numbers, then "-dev"; "1.2.x-dev" is a branch that is newer than its
releases); php.net, `version_compare`. A key is numbers, then words with their numbers:

    1 to 4  a word before the release: dev, alpha, beta, RC
    5       the end
    6       a further number follows
    7       a word behind the release: patch

Bounds of advisories that Composer refuses ("1.5.7c", "6.0.0-GM", "3.20-test2") are read as their
authors meant them: words for a release count for nothing, words for tests come before it, others,
like a letter behind the numbers, come after it.
"""

from __future__ import annotations

import re

from ironhull.ecosystems._numbers import bounded, number
from ironhull.ecosystems._plain import named, only
from ironhull.ecosystems._row import Ecosystem
from ironhull.lazy import regex

__all__ = ["ROW", "claimed", "sort_key"]

_STABILITY = r"[._-]?(?:(stable|beta|b|rc|alpha|a|patch|pl|p)((?:[.-]?[0-9]+)*+)?)?([.-]?dev)?"
_FLAGS = re.IGNORECASE | re.ASCII
_PLAIN = regex(r"v?([0-9]{1,5}(?:\.[0-9]+){0,3})")
_CLASSICAL = regex(rf"v?([0-9]{{1,5}})(\.[0-9]+)?(\.[0-9]+)?(\.[0-9]+)?{_STABILITY}", _FLAGS)
_DATE = regex(
    rf"v?([0-9]{{4}}(?:[.:-]?[0-9]{{2}}){{1,6}}(?:[.:-]?[0-9]{{1,3}})?){_STABILITY}", _FLAGS
)
_OPEN = r"(\.(?:[0-9]+|[x*]))?"
_BRANCH = regex(rf"v?([0-9]+){_OPEN}{_OPEN}{_OPEN}[.-]?dev", _FLAGS)
_ALIAS = regex(r"([^,\s]+) +as +[^,\s]+", re.ASCII)
_STABILITY_FLAG = regex(r"@(?:stable|rc|beta|alpha|dev)\Z", _FLAGS)
_BUILD = regex(r"([^,\s+]+)\+\S+", re.ASCII)
_LOOSE = regex(r"v?([0-9]+(?:\.[0-9]+){0,3})[._-]?([a-z]+)[.-]?([0-9]*)", _FLAGS)
_DIGITS = regex(r"[0-9]+")
_NEWEST = "9999999"  # stands for what a branch leaves open
_DEV, _END, _MORE, _LATER = "\x01", "\x05", "\x06", "\x07"
_RELEASED = frozenset({"final", "ga", "gm", "release"})
_TESTS = frozenset({"dev", "m", "milestone", "pre", "preview", "snapshot", "test", "unstable"})
_WORDS = {"a": "\x02", "alpha": "\x02", "b": "\x03", "beta": "\x03", "rc": "\x04"} | dict.fromkeys(
    ("p", "pl", "patch"), _LATER
)


def sort_key(version: str) -> bytes:
    """The key of `version`; raises ValueError for branches ("dev-main") and what is no version."""
    bounded(version, "a Composer version")
    if plain := _PLAIN.fullmatch(version):
        return _key((plain[1] + ".0.0.0").split(".")[:4], None, None, None)
    text = version
    match = _CLASSICAL.fullmatch(text)
    if match is None:
        text = _bare(version)
        match = _CLASSICAL.fullmatch(text)
    if match is not None:
        *core, word, count, dev = match.groups()
        return _key([part.lstrip(".") if part else "" for part in core], word, count, dev)
    if match := _DATE.fullmatch(text):
        date, word, count, dev = match.groups()
        return _key(_DIGITS.findall(date), word, count, dev)
    if match := _BRANCH.fullmatch(text):
        parts = [(part or "x").lstrip(".") for part in match.groups()]
        return _key([part if part.isdigit() else _NEWEST for part in parts], None, None, "dev")
    if match := _LOOSE.fullmatch(text):
        return _meant(match[1].split("."), match[2].lower(), match[3])
    raise ValueError(f"not a Composer version: {version!r}")


def _bare(version: str) -> str:
    """Without "as ALIAS", "@STABILITY" and build metadata."""
    text = version.strip()
    if match := _ALIAS.fullmatch(text):
        text = match[1]
    text = _STABILITY_FLAG.sub("", text)
    match = _BUILD.fullmatch(text)
    return match[1] if match else text


def _key(core: list[str], word: str | None, count: str | None, dev: str | None) -> bytes:
    key = [_MORE + number(part) for part in core]
    if word and word.lower() != "stable":
        key.append(_WORDS[word.lower()])
        key += [_MORE + number(part) for part in _DIGITS.findall(count or "")]
    if dev and not (word and word.lower() == "stable"):
        key.append(_DEV)
    key.append(_END)
    return "".join(key).encode("latin-1")


def _meant(core: list[str], word: str, count: str) -> bytes:
    """What Composer refuses: words for a release, for tests, and words behind a release."""
    head = "".join(_MORE + number(part) for part in core + [""] * (4 - len(core)))
    counted = _MORE + number(count) if count else ""
    if word in _RELEASED:
        return (head + _END).encode("latin-1")
    kind = _DEV if word in _TESTS else f"{_LATER}{_LATER}{word}\x00"
    return f"{head}{kind}{counted}{_END}".encode("latin-1")


def claimed(ecosystem: str) -> str:
    """Every repository's packages are one scope: installed ones do not tell where they are from.

    Drupal's records name theirs ("Packagist:https://packages.drupal.org/8").
    """
    return ecosystem.split(":", 1)[0]


ROW = Ecosystem(
    "composer",
    ("Packagist",),
    only("Packagist"),
    sort_key,
    named(str.lower),
    "Composer order",
    claimed=claimed,
    canonical=str.lower,
)
