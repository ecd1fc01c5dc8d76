"""CISA's catalogue of known exploited vulnerabilities.

cisa.gov/known-exploited-vulnerabilities-catalog, JSON schema 1.0: `dateReleased`, `count` and
`vulnerabilities[]` with `cveID`, `dateAdded`, `dueDate` and `knownRansomwareCampaignUse`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ironhull.advisories._row import AdvisorySource, Tally
from ironhull.errors import AdvisoryError
from ironhull.limits import LIMITS

__all__ = ["SOURCES"]

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CVE = re.compile(r"CVE-\d{4}-\d{4,19}", re.ASCII)


def parse(directory: Path, tally: Tally) -> Iterator[tuple[str, str]]:
    """(CVE, what the catalogue says of it in words) of each entry."""
    import json

    path = directory / "document"
    try:
        with path.open("rb") as file:
            catalogue = json.loads(file.read(LIMITS.http_document_bytes))
        entries = catalogue["vulnerabilities"]
        cves = [entry["cveID"] for entry in entries]
        words = [_words(entry) for entry in entries]
        released = str(catalogue["dateReleased"])[:19] + "Z"
        if not _DATE.match(released):
            raise ValueError(f"dateReleased is {released!r}")
        if not cves or len(cves) != catalogue.get("count", len(cves)):
            raise ValueError(f"{len(cves)} entries, {catalogue.get('count')} announced")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as trouble:
        message = f"{tally.source}: not CISA's catalogue: {trouble}"
        raise AdvisoryError(message, "the old data stays in use") from trouble
    tally.saw(released)
    for cve, said in zip(cves, words, strict=True):
        if isinstance(cve, str) and _CVE.fullmatch(cve):
            yield cve, said
        else:
            tally.skip(str(cve)[:40], "not a CVE id")


def _words(entry: Mapping[str, object]) -> str:
    """`listed 2026-01-26, to be repaired by 2026-02-16, used by ransomware`, as far as it says."""
    parts = []
    for key, words in (("dateAdded", "listed"), ("dueDate", "to be repaired by")):
        date = entry.get(key)
        if isinstance(date, str) and _DATE.fullmatch(date):
            parts.append(f"{words} {date}")
    if entry.get("knownRansomwareCampaignUse") == "Known":
        parts.append("used by ransomware")
    return ", ".join(parts)


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
