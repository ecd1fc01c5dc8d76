"""CVE records: what the CNAs, and CISA beside them, say of each CVE.

github.com/CVEProject/cvelistV5: one JSON file per CVE, downloaded as an archive of the repository
(https://github.com/CVEProject/cvelistV5/archive/refs/heads/main.zip). CISA's Vulnrichment
(github.com/cisagov/vulnrichment) has the same files with its own container alone, and its archive
can be given instead. They enrich findings and make none, as NVD's do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from ironhull.advisories._row import AdvisorySource, Tally
from ironhull.errors import AdvisoryError
from ironhull.limits import LIMITS

if TYPE_CHECKING:
    import zipfile

    from ironhull.advisories._nvd_records import Fact

__all__ = ["SOURCES"]

_RECORD = re.compile(r"(?:^|/)CVE-\d{4}-\d{4,19}\.json", re.ASCII)
_KEPT = "the old data stays in use"


def parse(directory: Path, tally: Tally) -> Iterator[Fact]:
    """Facts of every CVE, one file of the archive in memory at a time."""
    import zipfile
    import zlib

    try:
        with (directory / "document").open("rb") as file, zipfile.ZipFile(file) as archive:
            yield from _facts(archive, tally, inner=True)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as trouble:
        message = f"{tally.source}: not a whole zip archive: {trouble}"
        raise AdvisoryError(message, _KEPT) from trouble


def _facts(archive: zipfile.ZipFile, tally: Tally, *, inner: bool) -> Iterator[Fact]:
    """The daily releases of the list are an archive in an archive."""
    import zipfile

    entries = archive.infolist()
    if len(entries) > LIMITS.advisory_entries:
        raise AdvisoryError(f"{tally.source}: more than {LIMITS.advisory_entries} entries", _KEPT)
    if inner and len(entries) == 1 and entries[0].filename.endswith(".zip"):
        if entries[0].file_size > LIMITS.advisory_zip_bytes:
            limit = LIMITS.advisory_zip_bytes
            raise AdvisoryError(f"{tally.source}: more than {limit} bytes", _KEPT)
        with archive.open(entries[0]) as file, zipfile.ZipFile(file) as within:
            yield from _facts(within, tally, inner=False)
        return
    wanted = [entry for entry in entries if _RECORD.search(entry.filename)]
    yield from _records(archive, wanted, tally)


def _records(
    archive: zipfile.ZipFile, wanted: list[zipfile.ZipInfo], tally: Tally
) -> Iterator[Fact]:
    from ironhull.advisories._cve_records import facts_of, read_record
    from ironhull.advisories._nvd_records import MOMENT

    used = 0
    for entry in wanted:
        try:
            with archive.open(entry) as file:
                record = read_record(_read(file))
        except (ValueError, RecursionError, RuntimeError) as trouble:
            tally.skip(entry.filename.rpartition("/")[2], str(trouble))
            continue
        used += 1
        if MOMENT.match(record.cveMetadata.dateUpdated):
            tally.saw(f"{record.cveMetadata.dateUpdated[:19]}Z")
        yield from facts_of(record)
    if not used or tally.skipped > max(10, len(wanted) // 20):
        read = f"{tally.skipped} of {len(wanted)} records unreadable"
        raise AdvisoryError(f"{tally.source}: {read}", _KEPT)


def _read(file: IO[bytes]) -> bytes:
    limit = LIMITS.advisory_entry_bytes
    data = file.read(limit + 1)
    if len(data) > limit:
        raise ValueError(f"a record of more than {limit} bytes")
    return data


SOURCES = (
    AdvisorySource(
        name="cve",
        base="cve",
        url="https://github.com/CVEProject/cvelistV5/archive/refs/heads/main.zip",
        fetch="document",
        gives="facts",
        parse=parse,
        heavy=True,
    ),
)
