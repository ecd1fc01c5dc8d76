"""OSV: one folder per ecosystem in a bucket, `all.zip` and `modified_id.csv` in each.

google.github.io/osv.dev/data: `all.zip` holds one `ID.json` per record, `modified_id.csv` lines of
`MODIFIED,ID`, newest first. Records that changed since the zip was taken lie beside it as
`changed/ID.json`; they win. A record that the list no longer names is gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.advisories._row import AdvisorySource, Listing, Tally
from ironhull.ecosystems import ECOSYSTEMS, Ecosystem
from ironhull.errors import AdvisoryError
from ironhull.limits import LIMITS
from ironhull.model import Advisory

if TYPE_CHECKING:
    import zipfile

__all__ = ["BUCKET", "LISTING", "SOURCES", "parse", "read_list"]

BUCKET = "https://osv-vulnerabilities.storage.googleapis.com"
_KEPT = "the old data stays in use"


def read_list(data: bytes) -> dict[str, str]:
    """ID -> modified of a `modified_id.csv`; raises AdvisoryError for anything else."""
    found: dict[str, str] = {}
    try:
        for line in data.decode("ascii").splitlines():
            modified, comma, name = line.partition(",")
            if not comma or not modified[:4].isdigit() or "/" in name or name in ("", "..", "."):
                raise AdvisoryError(f"modified_id.csv: not a line of such a list: {line[:60]!r}")
            found[name] = modified
    except UnicodeDecodeError:
        raise AdvisoryError("modified_id.csv: not text") from None
    if len(found) > LIMITS.advisory_entries:
        raise AdvisoryError(f"modified_id.csv: more than {LIMITS.advisory_entries} records")
    return found


def members(path: Path) -> set[str]:
    """IDs of the records in an `all.zip`; raises AdvisoryError for anything else."""
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError) as trouble:
        raise AdvisoryError(f"all.zip: not a whole zip archive: {trouble}", _KEPT) from trouble
    if len(names) > LIMITS.advisory_entries:
        raise AdvisoryError(f"all.zip: more than {LIMITS.advisory_entries} entries", _KEPT)
    return {name.removesuffix(".json") for name in names if name.endswith(".json")}


def parse(
    directory: Path, tally: Tally, *, ecosystem: Ecosystem, folder: str = ""
) -> Iterator[Advisory]:
    """The claims of one ecosystem's folder, one zip entry in memory at a time.

    Without `folder` those of all the ecosystem's folders.
    """
    from ironhull.advisories._osv_records import claims_of, decode_record

    seen = used = 0
    spoken: dict[str, Counter[bool]] = {}
    for name, read in _entries(directory):
        seen += 1
        try:
            record = decode_record(read())
            if record.id != name:
                raise ValueError(f"is named {name} but holds {record.id[:60]}")
        except (ValueError, RecursionError) as trouble:
            tally.skip(name, str(trouble))
            continue
        used += 1
        tally.saw(record.modified[:19] + "Z")
        for claim in claims_of(record, ecosystem, folder, tally.leave):
            spoken.setdefault(claim.scope, Counter())[_is_complete(record.id)] += 1
            tally.examined.add((claim.scope, claim.package))
            yield claim
    # an archive of other things than records is not believed, one typing error in many is
    if not used or seen - used > max(10, seen // 20):
        raise AdvisoryError(f"{tally.source}: {seen - used} of {seen} records unreadable", _KEPT)
    _judge_scopes(spoken, tally, ecosystem.repairs)


def _is_complete(name: str) -> bool:
    """Whether records of this kind are made of every vulnerability; notices name fixes only."""
    return not name.startswith(("DSA-", "DLA-", "DTSA-", "USN-", "LSN-"))


def _judge_scopes(spoken: dict[str, Counter[bool]], tally: Tally, repairs: frozenset[str]) -> None:
    """A release that is hardly spoken of beside another one is not covered in full.

    Of those whose records are all about repairs every package counts as looked at.
    """
    most = max((count[True] for count in spoken.values()), default=0)
    whole = set()
    for scope, count in spoken.items():
        followed = count[True] * 20 > most
        full = followed and scope.partition(":")[0] not in repairs
        tally.scopes[scope] = "full" if full else "fixed-only"
        if followed:
            whole.add(scope)
    tally.examined = {pair for pair in tally.examined if pair[0] not in whole}
    tally.examined |= {(scope, "*") for scope in whole if tally.scopes[scope] != "full"}


def _entries(directory: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """(ID, reader) of every record that is current: changed ones first, then the zip's."""
    import zipfile
    import zlib

    listed = _listed(directory)
    changed = {path.stem: path for path in sorted((directory / "changed").glob("*.json"))}
    for name, path in changed.items():
        if listed is None or name in listed:
            yield name, path.read_bytes
    archive_path = directory / "all.zip"
    try:
        with zipfile.ZipFile(archive_path) as archive:
            entries = archive.infolist()
            if len(entries) > LIMITS.advisory_entries:
                raise AdvisoryError(f"all.zip: more than {LIMITS.advisory_entries} entries", _KEPT)
            for entry in entries:
                name = entry.filename.removesuffix(".json")
                wanted = entry.filename.endswith(".json") and name not in changed
                if wanted and (listed is None or name in listed):
                    yield name, partial(_read, archive, entry)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as trouble:
        raise AdvisoryError(f"all.zip: not a whole zip archive: {trouble}", _KEPT) from trouble


def _listed(directory: Path) -> dict[str, str] | None:
    path = directory / "modified_id.csv"
    return read_list(path.read_bytes()) if path.exists() else None


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    import zipfile
    import zlib

    limit = LIMITS.advisory_entry_bytes
    try:
        with archive.open(entry) as file:
            data = file.read(limit + 1)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
    ) as trouble:
        raise ValueError(f"a damaged record: {trouble}") from trouble
    if len(data) > limit:
        raise ValueError(f"a record of more than {limit} bytes")
    return data


LISTING = Listing(list="modified_id.csv", archive="all.zip", read=read_list, members=members)
_ELSEWHERE = ("DHI",)  # ecosystems of feeds of their own, not of the bucket
_HEAVY = ("Ubuntu", "Red Hat", "SUSE", "openSUSE")  # more than 50 MB each, of use to few images

SOURCES = tuple(
    AdvisorySource(
        name=f"osv-{folder.lower().replace(' ', '-')}",
        base="osv",
        url=BUCKET,
        fetch="listed",
        gives="claims",
        parse=partial(parse, ecosystem=row, folder=folder),
        folder=folder,
        listing=LISTING,
        serves=(folder,),
        heavy=folder in _HEAVY,
    )
    for row in ECOSYSTEMS.values()
    for folder in row.folders
    if folder not in _ELSEWHERE
)
