"""Orders of versions for tests that must not ask our own: other projects' libraries, and what is
written here straight from the specifications."""

import re
from collections.abc import Callable
from functools import cmp_to_key
from typing import Any

import univers.versions as univers
from debian.debian_support import Version as DebianVersion
from packaging.version import Version as PythonVersion

Key = Callable[[str], Any]
"""What sorts versions; ValueError for what is none."""


def debian(text: str) -> Any:
    return DebianVersion(text)


def python(text: str) -> Any:
    return PythonVersion(text)


def _univers(kind: Any) -> Key:
    def key(text: str) -> Any:
        try:
            return kind(text)
        except univers.InvalidVersion as fault:
            raise ValueError(text) from fault

    return key


def maven(text: str) -> Any:
    """Maven's order as of 3.9.1: .RC1 and -RC1 are the same (MNG-7644), RELEASE means nothing."""
    text = re.sub(r"\.(?=[A-Za-z])", "-", text)
    return _maven(re.sub(r"-release$", "", text, flags=re.IGNORECASE))


_maven = _univers(univers.MavenVersion)
rubygems = _univers(univers.RubygemsVersion)
nuget = _univers(univers.NugetVersion)


# ── Semantic Versioning 2.0.0, section 11 ────────────────────────────────────────────────────────

_SEMVER = re.compile(
    r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?"
)


def semver(text: str) -> Any:
    match = _SEMVER.fullmatch(text)
    if match is None:
        raise ValueError(text)
    numbers = tuple(int(part or 0) for part in match.groups()[:3])
    if match[4] is None:
        return (*numbers, (1,))
    # numeric identifiers are lower than others; a longer list of the same beginning is higher
    words = tuple(
        (0, int(word), "") if word.isdigit() else (1, 0, word) for word in match[4].split(".")
    )
    return (*numbers, (0, words))


# ── Composer: its VersionParser normalises, PHP's version_compare compares ───────────────────────

_COMPOSER = re.compile(
    r"v?(\d{1,5})((?:\.\d+){0,3})"
    r"(?:[._-]?(stable|beta|b|rc|alpha|a|patch|pl|p)((?:[.-]?\d+)*))?(?:[.-]?(dev))?(?:\+.*)?",
    re.IGNORECASE,
)
_STABILITIES = {"a": 1, "alpha": 1, "b": 2, "beta": 2, "rc": 3, "stable": 4} | dict.fromkeys(
    ("p", "pl", "patch"), 5
)


def composer(text: str) -> Any:
    match = _COMPOSER.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    numbers = [int(match[1]), *(int(part) for part in match[2].split(".")[1:])]
    numbers += [0] * (4 - len(numbers))
    stability = _STABILITIES[(match[3] or "stable").lower()]
    counts = tuple(int(part) for part in re.findall(r"\d+", match[4] or ""))
    return (*numbers, stability, counts, not match[5])


# ── apk-tools, doc of apk-package(5) and what `apk version -t` does ──────────────────────────────

_BEFORE = ("alpha", "beta", "pre", "rc")
_AFTER = ("cvs", "svn", "git", "hg", "p")
_APK = re.compile(
    r"(?P<numbers>\d+(?:\.\d+)*)(?P<letter>[a-z]?)"
    r"(?P<suffixes>(?:_[a-z]+\d*)*)(?:~[0-9a-f]+)?(?:-r(?P<build>\d+))?"
)


def apk_compare(ours: str, theirs: str) -> int:
    """Below, at or above zero as `ours` is older than, equal to or newer than `theirs`."""
    left, right = (_apk_parts(text) for text in (ours, theirs))
    for place in range(max(len(left[0]), len(right[0]))):
        if place >= len(left[0]) or place >= len(right[0]):
            # 1.2.1 is above 1.2, also above 1.2b and 1.2_p1, but for a suffix that comes before
            return 1 if place < len(left[0]) else -1
        if outcome := _apk_number(left[0][place], right[0][place], first=place == 0):
            return outcome
    if left[1] != right[1]:
        return 1 if left[1] > right[1] else -1
    if outcome := _apk_suffixes(left[2], right[2]):
        return outcome
    return (left[3] > right[3]) - (left[3] < right[3])


def _apk_parts(text: str) -> tuple[list[str], str, list[tuple[int, int]], int]:
    match = _APK.fullmatch(text)
    if match is None:
        raise ValueError(text)
    suffixes = []
    for word, digits in re.findall(r"_([a-z]+)(\d*)", match["suffixes"]):
        if word in _BEFORE:
            suffixes.append((_BEFORE.index(word) - len(_BEFORE), int(digits or 0)))
        elif word in _AFTER:
            suffixes.append((_AFTER.index(word) + 1, int(digits or 0)))
        else:
            raise ValueError(text)
    return match["numbers"].split("."), match["letter"], suffixes, int(match["build"] or 0)


def _apk_number(ours: str, theirs: str, *, first: bool) -> int:
    if not first and (ours[0] == "0" or theirs[0] == "0"):
        return (ours > theirs) - (ours < theirs)
    return (int(ours) > int(theirs)) - (int(ours) < int(theirs))


def _apk_suffixes(ours: list[tuple[int, int]], theirs: list[tuple[int, int]]) -> int:
    for place in range(max(len(ours), len(theirs))):
        left = ours[place] if place < len(ours) else (0, 0)
        right = theirs[place] if place < len(theirs) else (0, 0)
        if left != right:
            return 1 if left > right else -1
    return 0


_apk_key = cmp_to_key(apk_compare)


def apk(text: str) -> Any:
    _apk_parts(text)
    return _apk_key(text)
