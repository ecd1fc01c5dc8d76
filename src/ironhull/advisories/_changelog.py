"""Debian changelogs: out of a .deb, and which version first names which CVE.

deb(5), deb-changelog(5); policy 12.7 puts the file at usr/share/doc/PACKAGE/changelog.Debian.gz
(changelog.gz for native packages).
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterable
from pathlib import Path

from ironhull.debian.model import Deb
from ironhull.debian.package import read_data
from ironhull.ecosystems.deb import sort_key
from ironhull.errors import RepositoryError

__all__ = ["first_named", "newest", "read_changelog"]

_TOP = re.compile(r"(\S+) \(([^()\s]+)\) [^;\n]+;[^\n]*=", re.ASCII)
_CVE = re.compile(r"\bCVE-(?:1999|2\d{3})-\d{4,7}\b", re.ASCII)
_DOUBT = re.compile(
    r"\b(revert\w*|not[ -](?:affected|vulnerable|fixed)|unaffected|does(?: not|n't) affect"
    r"|still (?:affected|vulnerable)|regression|re-?open\w*|to be fixed)\b",
    re.IGNORECASE,
)
_CHANGELOG_BYTES = 32 * 1024 * 1024
_DEBIAN = "changelog.Debian.gz"
_WHERE = re.compile(r"usr/share/doc/[^/]+/changelog(?:\.Debian)?\.gz")


def first_named(text: str, source: str, *, newer_than: str = "") -> dict[str, str]:
    """CVE -> the lowest version that has the fix, of the versions the changelog lists.

    Every entry above the one that names a CVE has its fix too. A backport is a lower version that
    stands above: 2.9.0-1~deb13u1 holds what 2.9.0-1 repaired, so it is the version that counts.
    Entries of other sources are left out; so are lines that speak of a CVE without fixing it
    (reverts, "not affected", regressions). Reading stops at the version `newer_than`, as the
    newest entry comes first.
    """
    found: dict[str, str] = {}
    lowest = ""
    ours = False
    for line in text.splitlines():
        top = _TOP.match(line)
        if top:
            ours = top[1] == source
            if newer_than and top[2] == newer_than:
                break
            if ours:
                lowest = _lower(top[2], lowest)
        elif ours and lowest and line.startswith(" ") and not _DOUBT.search(line):
            for cve in _CVE.findall(line):
                found[cve] = lowest
    return found


def _lower(version: str, lowest: str) -> str:
    """The lower of two versions; one that is no version does not count."""
    try:
        return version if not lowest or sort_key(version) < sort_key(lowest) else lowest
    except ValueError:
        return lowest


def newest(debs: Iterable[Deb]) -> tuple[Deb, ...]:
    """Those built from the newest version of their source, smallest first: any has the changelog.

    The versions are such as can be compared.
    """
    offers = sorted(debs, key=lambda deb: (deb.size, deb.name))
    highest = max(offers, key=lambda deb: sort_key(deb.source.version)).source.version
    return tuple({deb.sha256: deb for deb in offers if deb.source.version == highest}.values())


def read_changelog(deb: Path) -> str:
    """The Debian changelog in a .deb, "" where it has none (its documents may be a link).

    Raises RepositoryError for what is no .deb.
    """
    found: dict[str, bytes] = {}
    for entry, content in read_data(deb):
        name = entry.path.rpartition("/")[2]
        if content is None or not _WHERE.fullmatch(entry.path):
            continue
        if entry.size <= _CHANGELOG_BYTES:
            found[name] = content.read()
        if name == _DEBIAN:
            break
    packed = found.get(_DEBIAN) or next(iter(found.values()), b"")
    try:
        with gzip.open(io.BytesIO(packed)) as file:
            return file.read(_CHANGELOG_BYTES).decode("utf-8", "replace")
    except (OSError, EOFError, zlib.error) as trouble:
        raise RepositoryError(f"{deb.name}: its changelog is damaged: {trouble}") from trouble
