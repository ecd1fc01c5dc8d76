"""CISA's catalogue of known exploited vulnerabilities.

cisa.gov/known-exploited-vulnerabilities-catalog, JSON schema 1.0: `dateReleased`, `count` and
`vulnerabilities[].cveID`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ironhull.advisories._row import AdvisorySource, Tally
from ironhull.errors import AdvisoryError
from ironhull.limits import LIMITS

__all__ = ["SOURCES"]

_CVE = re.compile(r"CVE-\d{4}-\d{4,19}", re.ASCII)


def parse(directory: Path, tally: Tally) -> Iterator[str]:
    """The CVE ids of the catalogue."""
    import json

    path = directory / "document"
    try:
        with path.open("rb") as file:
            catalogue = json.loads(file.read(LIMITS.http_document_bytes))
        entries = catalogue["vulnerabilities"]
        cves = [entry["cveID"] for entry in entries]
        released = str(catalogue["dateReleased"])[:19] + "Z"
        if not cves or len(cves) != catalogue.get("count", len(cves)):
            raise ValueError(f"{len(cves)} entries, {catalogue.get('count')} announced")
    except (ValueError, KeyError, TypeError, RecursionError) as trouble:
        message = f"{tally.source}: not CISA's catalogue: {trouble}"
        raise AdvisoryError(message, "the old data stays in use") from trouble
    tally.saw(released)
    for cve in cves:
        if isinstance(cve, str) and _CVE.fullmatch(cve):
            yield cve
        else:
            tally.skip(str(cve)[:40], "not a CVE id")


SOURCES = (
    AdvisorySource(
        name="kev",
        base="kev",
        url="https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json",
        fetch="document",
        gives="kev",
        parse=parse,
        stale_days=30,
    ),
)
