"""Which tags of a repository are meant: by name, by version, the newest ones.

A tag is a version where it is numbers with dots, perhaps with a "v" before and a pre-release behind
("1.2.3", "v2.0", "3.13.0-rc.1"; semver.org 2.0.0, missing numbers are zero). What follows a hyphen
is a pre-release also where a publisher means a variant ("3.13-slim"); patterns choose those.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase

from ironhull.ecosystems import ECOSYSTEMS
from ironhull.errors import UsageError
from ironhull.values import dataclass

__all__ = ["TagFilter", "is_companion_tag", "version_range"]

_COMPANION = re.compile(r"sha(?:256-[0-9a-f]{64}|512-[0-9a-f]{64,128})(?:\.[a-z]+)?")
_VERSION = re.compile(r"v?([0-9]{1,12}(?:\.[0-9]{1,12}){0,3})(?:-([0-9A-Za-z.-]+))?", re.ASCII)
_PARTIAL = re.compile(
    r"v?([0-9]{1,12}|[xX*])(?:\.([0-9]{1,12}|[xX*]))?(?:\.([0-9]{1,12}|[xX*]))?"
    r"(?:-([0-9A-Za-z.-]+))?",
    re.ASCII,
)
_COMPARATOR = re.compile(r"(>=|<=|!=|>|<|=|\^|~)?\s*([^\s,<>=!^~|]+)")
_FORM = "such as >=1.2,<2 or ^3.1 or 1.* || 2.*"

Test = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class TagFilter:
    """What is given must hold, all of it: one of the patterns `tags`, none of `exclude`, `semver`.

    Patterns have `*`, `?` and `[…]`. `newest` keeps that many of the highest versions (0: all);
    tags that are no versions are left out then, and pre-releases unless `tags` or `semver` say so.
    """

    tags: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    semver: str = ""
    newest: int = 0

    def __post_init__(self) -> None:
        if self.semver:
            version_range(self.semver)
        if self.newest < 0:
            raise UsageError(f"newest is {self.newest}", "it is a number of tags")

    def choose(self, tags: Iterable[str]) -> tuple[str, ...]:
        """Those of `tags` that are meant, in their order; companions of images are never."""
        within = version_range(self.semver) if self.semver else None
        found = [tag for tag in dict.fromkeys(tags) if self._is_meant(tag, within)]
        if not self.newest:
            return tuple(found)
        chosen = bool(self.tags or self.semver)
        versions = [(key, tag) for tag in found if (key := _key(tag, chosen)) is not None]
        versions.sort(reverse=True)
        kept = {tag for _, tag in versions[: self.newest]}
        return tuple(tag for tag in found if tag in kept)

    def _is_meant(self, tag: str, within: Callable[[str], bool] | None) -> bool:
        if is_companion_tag(tag):
            return False
        if self.tags and not _matches(tag, self.tags):
            return False
        if _matches(tag, self.exclude):
            return False
        return within is None or within(tag)


def is_companion_tag(tag: str) -> bool:
    """Whether `tag` is one that goes with a manifest: cosign's, or a list of referrers."""
    return _COMPANION.fullmatch(tag) is not None


def version_range(text: str) -> Callable[[str], bool]:
    """Whether a tag is a version in the range `text`; raises UsageError for what is no range.

    `||` joins alternatives, commas and blanks comparators that must all hold: `>=`, `>`, `<=`, `<`,
    `=`, `!=`, `^` (changes that leave the first number that is not zero), `~` (patches), `1.2.*`.
    A pre-release is in a range only where a comparator names one of the same version, as in npm.
    """
    alternatives = [_alternative(part.strip(), text) for part in text.split("||")]

    def within(tag: str) -> bool:
        match = _VERSION.fullmatch(tag)
        if match is None:
            return False
        key = _semver(tag.removeprefix("v"))
        core = _core(match[1])
        return any(
            all(test(key) for test in tests) and (match[2] is None or core in named)
            for tests, named in alternatives
        )

    return within


def _matches(tag: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(tag, pattern) for pattern in patterns)


def _key(tag: str, pre_releases: bool) -> bytes | None:
    match = _VERSION.fullmatch(tag)
    if match is None or (match[2] and not pre_releases):
        return None
    return _semver(tag.removeprefix("v"))


def _semver(version: str) -> bytes:
    return ECOSYSTEMS["npm"].order(version)


def _core(numbers: str) -> tuple[int, ...]:
    found = [int(part) for part in numbers.split(".")]
    return (*found, *(0,) * (3 - len(found)))


def _alternative(text: str, whole: str) -> tuple[list[Test], set[tuple[int, ...]]]:
    """The tests of one alternative and the versions whose pre-releases it names."""
    at, tests, named = 0, list[Test](), set[tuple[int, ...]]()
    while at < len(text):
        if text[at] in ", ":
            at += 1
            continue
        match = _COMPARATOR.match(text, at)
        partial = _PARTIAL.fullmatch(match[2]) if match else None
        if match is None or partial is None:
            raise UsageError(f"{whole!r} is not a range of versions", _FORM)
        numbers = _numbers(partial, whole)
        tests += _comparator(match[1] or "=", numbers, partial[4] or "")
        if partial[4]:
            named.add(_core(".".join(map(str, numbers))))
        at = match.end()
    if not tests:
        raise UsageError(f"{whole!r} is not a range of versions", _FORM)
    return tests, named


def _numbers(partial: re.Match[str], whole: str) -> tuple[int, ...]:
    """The numbers before the first wildcard; a pre-release needs all three."""
    parts = [part for part in partial.group(1, 2, 3) if part is not None]
    known: list[int] = []
    for part in parts:
        if not part.isdigit():
            break
        known.append(int(part))
    else:
        return tuple(known)
    if partial[4] or any(part.isdigit() for part in parts[len(known) :]):
        raise UsageError(f"{whole!r} is not a range of versions", _FORM)
    return tuple(known)


def _comparator(sign: str, numbers: tuple[int, ...], pre: str) -> list[Test]:
    """What a version has to be; `numbers` may be fewer than three: any further ones are meant."""
    low = _bound(numbers, pre)
    whole = len(numbers) == 3
    if sign == "^":
        return _between(low, _raised(numbers, _first_kept(numbers)))
    if sign == "~":
        return _between(low, _raised(numbers, min(len(numbers), 2)))
    above = low if whole else _raised(numbers, len(numbers))
    if sign == "=":
        return [lambda key: key == low] if whole else _between(low, above)
    if sign == "!=":
        inside = [lambda key: key == low] if whole else _between(low, above)
        return [lambda key: not all(test(key) for test in inside)]
    if sign == ">=":
        return [lambda key: key >= low]
    if sign == "<":
        return [lambda key: key < low]
    return _beyond(sign, low, above)


def _beyond(sign: str, low: bytes, above: bytes | None) -> list[Test]:
    """`>` and `<=`, of which a part of a version means all it stands for: >1.2 is >=1.3.0."""
    if above is None:  # everything
        return [lambda _: sign == "<="]
    if sign == ">":
        return [(lambda key: key > low) if above == low else (lambda key: key >= above)]
    return [(lambda key: key <= low) if above == low else (lambda key: key < above)]


def _between(low: bytes, above: bytes | None) -> list[Test]:
    if above is None:
        return [lambda key: key >= low]
    return [lambda key: low <= key < above]


def _first_kept(numbers: tuple[int, ...]) -> int:
    """How many numbers `^` leaves as they are: up to the first that is not zero."""
    for count, number in enumerate(numbers, 1):
        if number:
            return count
    return len(numbers)


def _raised(numbers: tuple[int, ...], count: int) -> bytes | None:
    """The lowest version whose first `count` numbers are higher; None where there is none."""
    if not count:
        return None
    return _bound((*numbers[: count - 1], numbers[count - 1] + 1), "0")


def _bound(numbers: tuple[int, ...], pre: str) -> bytes:
    text = ".".join(map(str, (*numbers, *(0,) * (3 - len(numbers)))))
    return _semver(f"{text}-{pre}" if pre else text)
