"""FIRST's exploit prediction scores (EPSS), one CSV for all CVEs.

first.org/epss/data_stats: gzip; a comment `#model_version:…,score_date:…`, a header
`cve,epss,percentile`, then one line per CVE, both numbers in 0..1. Files of the first model (2021)
have neither the comment nor percentiles; these are computed as FIRST defines them, the share of
scored CVEs with the same or a lower score.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from ironhull.advisories._row import AdvisorySource, Tally
from ironhull.errors import AdvisoryError
from ironhull.limits import LIMITS

__all__ = ["SOURCES"]

_LINE = 4_096
_HEADERS = ("cve,epss,percentile", "cve,epss")


def parse(directory: Path, tally: Tally) -> Iterator[tuple[str, float, float]]:
    """(CVE, score, percentile) rows."""
    import gzip
    import zlib

    found = 0
    try:
        with gzip.open(directory / "document", "rt", encoding="ascii", newline=None) as file:
            ranked = _head(file, tally)
            rows = _rows(file, tally, ranked=ranked)
            for row in rows if ranked else _ranked(rows):
                found += 1
                yield row
    except (OSError, EOFError, zlib.error, ValueError) as trouble:
        message = f"{tally.source}: not the scores of FIRST: {trouble}"
        raise AdvisoryError(message, "the old data stays in use") from trouble
    if not found or tally.skipped > max(10, found // 20):
        raise AdvisoryError(
            f"{tally.source}: {found} scores, {tally.skipped} unreadable",
            "the old data stays in use",
        )


def _head(file: TextIO, tally: Tally) -> bool:
    """Read up to the header; whether percentiles come with the scores."""
    line = file.readline(_LINE)
    date = ""
    if line.startswith("#"):
        for part in line[1:].strip().split(","):
            key, _, value = part.partition(":")
            if key == "score_date":
                date = value
        line = file.readline(_LINE)
    if line.strip() not in _HEADERS:
        raise ValueError(f"the header is {line[:40]!r}")
    if date:
        tally.saw(date[:19].removesuffix("Z") + "Z")
    return line.strip() == _HEADERS[0]


def _rows(file: TextIO, tally: Tally, *, ranked: bool) -> Iterator[tuple[str, float, float]]:
    read = 0
    while line := file.readline(_LINE):
        read += len(line)
        if read > LIMITS.advisory_document_bytes:
            raise ValueError(f"more than {LIMITS.advisory_document_bytes} bytes")
        cve, *numbers = line.strip().split(",")
        try:
            score, percentile = map(float, numbers if ranked else (*numbers, "0"))
            if not (cve.startswith("CVE-") and 0 <= score <= 1 and 0 <= percentile <= 1):
                raise ValueError("out of range")
        except ValueError:
            what = "score and percentile" if ranked else "score"
            tally.skip(line[:40].strip(), f"not a CVE with {what}")
            continue
        yield cve, score, percentile


def _ranked(rows: Iterable[tuple[str, float, float]]) -> Iterator[tuple[str, float, float]]:
    """The rows with the percentiles they lack."""
    from bisect import bisect_right

    listed = list(rows)
    scores = sorted(score for _, score, _ in listed)
    for cve, score, _ in listed:
        yield cve, score, round(bisect_right(scores, score) / len(scores), 5)


SOURCES = (
    AdvisorySource(
        name="epss",
        base="epss",
        url="https://epss.empiricalsecurity.com/epss_scores-current.csv.gz",
        fetch="document",
        gives="epss",
        parse=parse,
    ),
)
