"""Packages whose security support Debian ended before that of their release.

The package debian-security-support (salsa.debian.org/debian/debian-security-support) keeps one list
a release, of lines

    SOURCE non-supported LAST-VERSION DATE REASON       support ended, or will, on DATE
    SOURCE limited REASON                               see REASON; nothing follows from it here
    SOURCE supported REASON                             an exception from a pattern

in `security-support.deb13`; older releases had `security-support-ended.deb12`, whose lines leave
out the second column. SOURCE may be a regular expression (php-horde.*). What is listed and over
turns the open vulnerabilities of a package into those of a package at its end of life.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from ironhull.advisories._row import AdvisorySource, RemoteFile, Tally
from ironhull.errors import AdvisoryError
from ironhull.limits import LIMITS
from ironhull.model import Advisory, Range
from ironhull.values import replace

__all__ = ["IDENTIFIER", "SOURCES", "parse", "settled", "without_support"]

IDENTIFIER = "DEBIAN-SUPPORT"
"""The id of the one statement on a package; it is no vulnerability."""

_NAME = "debian-support"
_KEPT = "the old data stays in use"
_OLDEST = 10  # the releases for which lists exist
_FILE = re.compile(r"security-support(-ended)?\.deb([0-9]+)", re.ASCII)
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_KINDS = ("non-supported", "limited", "supported")
_REASON = 400


def _files(scopes: frozenset[str], now: str) -> Sequence[RemoteFile]:
    """The lists of the releases that are needed, or of all there can be (one every second year)."""
    wanted = {scope.removeprefix("Debian:") for scope in scopes if scope.startswith("Debian:")}
    if not scopes:
        newest = 13 + (int(now[:4]) - 2025) // 2
        wanted = {str(number) for number in range(_OLDEST, newest + 1)}
    return [
        RemoteFile(f"{name}.deb{release}", optional=True)
        for release in sorted(wanted)
        if release.isdigit()
        for name in ("security-support", "security-support-ended")
    ]


def parse(directory: Path, tally: Tally) -> Iterator[Advisory]:
    """One claim per package whose support is over; raises AdvisoryError for what is no list."""
    lines = 0
    for path in sorted(directory.iterdir()):
        match = _FILE.fullmatch(path.name)
        if match is None:
            continue
        older, release = match.groups()
        newer = path.with_name(f"security-support.deb{release}")
        if older and newer.exists():
            continue
        for line in _lines(path):
            lines += 1
            claim = _claim(line, f"Debian:{release}", bool(older), tally)
            if claim is not None:
                yield claim
    if not lines or tally.skipped > max(3, lines // 10):
        raise AdvisoryError(f"{tally.source}: {lines} lines, {tally.skipped} unreadable", _KEPT)


def _lines(path: Path) -> Iterator[str]:
    if path.stat().st_size > LIMITS.advisory_check_bytes:
        raise AdvisoryError(f"{path.name}: too long for a list of packages", _KEPT)
    text = path.read_text("utf-8", "replace")
    if text.lstrip().startswith("<"):
        raise AdvisoryError(f"{path.name}: a web page, not a list of packages", _KEPT)
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            yield line


def _claim(line: str, scope: str, older: bool, tally: Tally) -> Advisory | None:
    name, kind, rest = (*line.split(None, 2), "", "")[:3]
    if older:
        kind, rest = "non-supported", line.split(None, 1)[1] if kind else ""
    if kind not in _KINDS:
        tally.skip(f"{scope}: {name[:60]}", f"not a line of such a list: {line[:60]!r}")
        return None
    if kind != "non-supported":
        tally.leave("packages with limited support")
        return None
    version, date, reason = (*rest.split(None, 2), "", "", "")[:3]
    if not version or not _DATE.fullmatch(date):
        tally.skip(f"{scope}: {name[:60]}", f"no date on which support ends: {line[:60]!r}")
        return None
    if not _PACKAGE.fullmatch(name):
        tally.leave("patterns of package names")
        return None
    if date > tally.now[:10]:
        tally.leave("packages whose support ends later")
        return None
    return Advisory(
        id=IDENTIFIER,
        scope=scope,
        package=name,
        ranges=(Range(),),
        status="end-of-life",
        reason=f"security support ended on {date}: {reason}"[:_REASON].removesuffix(": "),
        url="https://tracker.debian.org/pkg/debian-security-support",
        sources=(_NAME,),
    )


# ── what follows ─────────────────────────────────────────────────────────────────────────────────


def without_support(claims: list[Advisory]) -> tuple[list[Advisory], Advisory | None]:
    """The claims on vulnerabilities, and the statement on the package's support if there is one."""
    support = next((claim for claim in claims if claim.id == IDENTIFIER), None)
    if support is None:
        return claims, None
    return [claim for claim in claims if claim.id != IDENTIFIER], support


def settled(advisory: Advisory, support: Advisory | None) -> Advisory:
    """`advisory` with what the end of its package's support makes of it: nobody will repair it."""
    if support is None or advisory.status in ("fixed", "end-of-life") or not advisory.ranges:
        return advisory
    return replace(
        advisory,
        status=support.status,
        reason=support.reason,
        sources=(*advisory.sources, *support.sources),
    )


SOURCES = (
    AdvisorySource(
        name=_NAME,
        base=_NAME,
        url="https://salsa.debian.org/debian/debian-security-support/-/raw/master",
        fetch="files",
        gives="claims",
        parse=parse,
        files=_files,
        serves=("Debian",),
        stale_days=30,
    ),
)
