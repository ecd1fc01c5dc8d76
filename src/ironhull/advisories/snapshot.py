"""The bundled snapshot: fixed CVEs of Debian's releases, learnt from the archive's changelogs.

`data/debian-fixed.txt.gz`, written by `scripts/make_snapshot.py`, is text:

    ironhull-fixed-cves 1 DATE            the first line; DATE is that of the archive
    = RELEASE                             "12", "13": lines below are about it
    SOURCE                                a source package that was examined, then its facts
     VERSION CVE-… CVE-…                  the version whose changelog names these CVEs first

It knows what a newer package repairs, never what is still open: its scopes are "fixed-only".
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from ironhull.advisories._fixed import fixed_in
from ironhull.advisories._row import AdvisorySource, Tally
from ironhull.advisories.opening import SNAPSHOT
from ironhull.errors import AdvisoryError
from ironhull.limits import LIMITS
from ironhull.model import Advisory

__all__ = ["SNAPSHOT", "SOURCES"]

_TITLE = "ironhull-fixed-cves 1 "
_LINE = 65_536


def parse(directory: Path, tally: Tally) -> Iterator[Advisory]:
    """One claim per (release, source, CVE)."""
    import gzip
    import zlib

    try:
        with gzip.open(directory / SNAPSHOT.name, "rt", encoding="ascii") as file:
            title = file.readline(_LINE)
            if not title.startswith(_TITLE):
                raise ValueError(f"begins with {title[:40]!r}")
            tally.date = title.removeprefix(_TITLE).strip()
            yield from _claims(file, tally)
    except (OSError, EOFError, zlib.error, ValueError) as trouble:
        raise AdvisoryError(f"the bundled snapshot is damaged: {trouble}", "reinstall") from trouble


def _claims(file: TextIO, tally: Tally) -> Iterator[Advisory]:
    scope = package = ""
    read = 0
    while line := file.readline(_LINE):
        read += len(line)
        if read > LIMITS.advisory_document_bytes:
            raise ValueError("too long")
        if line.startswith("= "):
            scope = f"Debian:{line[2:].strip()}"
            tally.scopes[scope] = "fixed-only"
        elif not line.startswith(" "):
            package = line.strip()
            tally.examined.add((scope, package))
        else:
            version, *cves = line.split()
            for cve in cves:
                yield fixed_in(version, cve, package=package, scope=scope, source="snapshot")


SOURCES = (
    AdvisorySource(
        name="snapshot",
        base="",
        url="",
        fetch="bundled",
        gives="claims",
        parse=parse,
        stale_days=60,
    ),
)
