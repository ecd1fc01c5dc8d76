"""NVD, the National Vulnerability Database: vectors, weaknesses and texts of CVEs.

nvd.nist.gov/vuln/data-feeds, JSON 2.0: `nvdcve-2.0-YEAR.json.gz` for each year since 2002 and
`nvdcve-2.0-modified.json.gz` for what changed in the last eight days, each with a `.meta` file that
holds the date and the SHA-256 of the decompressed feed. NVD enriches findings and makes none: which
package has a CVE is for those who look after the package.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.advisories._row import AdvisorySource, RemoteFile, Tally
from ironhull.errors import AdvisoryError
from ironhull.limits import LIMITS

if TYPE_CHECKING:
    from ironhull.advisories._nvd_records import Fact

__all__ = ["SOURCES", "feeds", "verify"]

_FIRST_YEAR = 2002  # earlier CVEs are in this feed, too
_KEPT = "the old data stays in use"
_PIECE = 1 << 20


def feeds(scopes: frozenset[str], now: str) -> list[RemoteFile]:  # noqa: ARG001 - a row's signature
    """The files to fetch at `now` (RFC 3339): what changed last, then each year."""
    names = ["modified", *(str(year) for year in range(_FIRST_YEAR, int(now[:4]) + 1))]
    return [
        RemoteFile(
            f"nvdcve-2.0-{name}.json.gz",
            optional=name == now[:4],  # in the first days of a year there is none yet
            check=f"nvdcve-2.0-{name}.meta",
            verify=verify,
        )
        for name in names
    ]


def verify(path: Path, meta: bytes) -> None:
    """Whether the feed at `path` is the one `meta` tells; raises AdvisoryError if not."""
    lines = meta.decode("ascii", "replace").splitlines()
    said = dict(line.partition(":")[::2] for line in lines)
    wanted = said.get("sha256", "").strip().lower()
    if len(wanted) != 64:
        raise AdvisoryError(f"{path.stem}: its .meta file holds no SHA-256", _KEPT)
    if _digest(path) != wanted:
        raise AdvisoryError(f"{path.name}: not the feed whose SHA-256 its .meta file tells", _KEPT)


def _digest(path: Path) -> str:
    import hashlib

    digest = hashlib.sha256()
    for piece in _pieces(path):
        digest.update(piece)
    return digest.hexdigest()


def parse(directory: Path, tally: Tally) -> Iterator[Fact]:
    """Facts of every CVE, from the feed of changes before that of its year."""
    from ironhull.advisories._nvd_records import MOMENT, facts_of, read_feed, read_item

    seen: set[str] = set()
    paths = sorted(directory.glob("nvdcve-2.0-*.json.gz"), key=lambda path: path.name, reverse=True)
    if not paths:
        raise AdvisoryError(f"{tally.source}: no feed", _KEPT)
    for path in paths:  # "modified" sorts behind every year
        try:
            feed = read_feed(b"".join(_pieces(path)))
            if feed.format != "NVD_CVE" or not feed.version.startswith("2."):
                raise ValueError(f"format {feed.format[:20]} {feed.version[:20]}")
        except (ValueError, RecursionError) as trouble:
            raise AdvisoryError(f"{path.name}: not a feed of NVD: {trouble}", _KEPT) from trouble
        if MOMENT.match(feed.timestamp):
            tally.saw(f"{feed.timestamp[:19]}Z")
        skipped = tally.skipped
        for raw in feed.vulnerabilities:
            try:
                cve = read_item(raw)
            except (ValueError, RecursionError) as trouble:
                tally.skip(path.name, str(trouble))
                continue
            if cve.id not in seen:
                seen.add(cve.id)
                yield from facts_of(cve)
        if tally.skipped - skipped > max(10, len(feed.vulnerabilities) // 20):
            raise AdvisoryError(f"{path.name}: {tally.skipped - skipped} CVEs unreadable", _KEPT)


def _pieces(path: Path) -> Iterator[bytes]:
    """The decompressed feed, bounded."""
    import gzip
    import zlib

    size = 0
    try:
        with gzip.open(path, "rb") as file:
            while piece := file.read(_PIECE):
                size += len(piece)
                if size > LIMITS.advisory_document_bytes:
                    limit = LIMITS.advisory_document_bytes
                    raise AdvisoryError(f"{path.name}: more than {limit} bytes", _KEPT)
                yield piece
    except (OSError, EOFError, zlib.error) as trouble:
        raise AdvisoryError(f"{path.name}: not whole: {trouble}", _KEPT) from trouble


SOURCES = (
    AdvisorySource(
        name="nvd",
        base="nvd",
        url="https://nvd.nist.gov/feeds/json/cve/2.0",
        fetch="files",
        files=feeds,
        gives="facts",
        parse=parse,
        heavy=True,
    ),
)
