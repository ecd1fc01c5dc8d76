"""Red Hat: what it says of every CVE in Enterprise Linux, one CSAF VEX document per CVE.

security.access.redhat.com/data/csaf/v2/vex: `changes.csv` lists all documents with the date of
each, `archive_latest.txt` names the archive (tar.zst) of all of them. A document says of each
package and release whether it is fixed (and in which version), affected (and whether a fix is
planned), not affected or looked into (redhatproductsecurity.github.io/security-data-guidelines,
CSAF-VEX).

Matched are the main streams ("Red Hat:9") and, of releases that ended, extended support (ELS): what
it repairs nobody else does. What is sold apart (EUS, AUS, other products) is not, as no image tells
whether it follows one. Source packages are held under "NAME.src", packages of a
module under "STREAM/NAME".
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.advisories._archives import members
from ironhull.advisories._row import AdvisorySource, Listing, Tally
from ironhull.errors import AdvisoryError
from ironhull.limits import LIMITS
from ironhull.model import Advisory

if TYPE_CHECKING:
    from ironhull.advisories._redhat_records import Document

__all__ = ["SOURCES", "parse", "read_changes"]

_KEPT = "the old data stays in use"
_ARCHIVE = "all.tar.zst"
_LIST = "changes.csv"
_HINTS = (b"redhat:enterprise_linux:", b"redhat:rhel_els:")
"""One of them is in every document that speaks of a main stream."""


def read_changes(data: bytes) -> dict[str, str]:
    """Path of a document ("2024/cve-2024-24786.json") -> date of its last change.

    Raises AdvisoryError for what is no such list.
    """
    found: dict[str, str] = {}
    try:
        for row in csv.reader(data.decode("ascii").splitlines()):
            path, date = row
            year, slash, name = path.partition("/")
            if not (slash and year.isdigit() and _is_name(name) and date[:4].isdigit()):
                raise ValueError(path[:60])
            found[path] = date
    except (ValueError, csv.Error) as trouble:
        raise AdvisoryError(f"{_LIST}: not a list of VEX documents: {trouble}", _KEPT) from trouble
    if len(found) > LIMITS.advisory_entries:
        raise AdvisoryError(f"{_LIST}: more than {LIMITS.advisory_entries} documents", _KEPT)
    return found


def _members(archive: Path) -> set[str]:
    """The documents an archive is taken to hold: those of the list it was fetched with.

    Looking into it would mean to unpack all of it. Documents that changed after it was made, new
    ones among them, are fetched one by one.
    """
    return set(read_changes(archive.with_name(_LIST).read_bytes()))


def _is_name(name: str) -> bool:
    return name.endswith(".json") and "/" not in name and not name.startswith(".")


def parse(directory: Path, tally: Tally) -> Iterator[Advisory]:
    """One claim per (release, package, CVE), one document in memory at a time."""
    from ironhull.advisories._redhat_claims import claims_of
    from ironhull.advisories._redhat_records import decode

    seen = used = 0
    spoken: Counter[str] = Counter()
    for name, read in _documents(directory, tally):
        seen += 1
        try:
            data = read()
            if not any(hint in data for hint in _HINTS):
                used += 1
                tally.leave("documents on other products")
                continue
            document = decode(data)
        except (ValueError, RecursionError) as trouble:
            tally.skip(name, str(trouble))
            continue
        used += 1
        tally.saw(_moment(document))
        if document.document.tracking.status == "deleted":
            tally.leave("deleted")
            continue
        for claim in claims_of(document, tally.skip):
            spoken[claim.scope] += 1
            yield claim
    if not used or seen - used > max(10, seen // 20):
        raise AdvisoryError(f"{tally.source}: {seen - used} of {seen} documents unreadable", _KEPT)
    most = max(spoken.values(), default=0)
    for scope, count in spoken.items():
        tally.scopes[scope] = "full" if count * 20 > most else "fixed-only"


def _moment(document: Document) -> str:
    return document.document.tracking.current_release_date[:19] + "Z"


def _documents(directory: Path, tally: Tally) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """(path, reader) of every document that is current: changed ones first, then the archive's."""
    listed = _listed(directory)
    changed = directory / "changed"
    there: set[str] = set()
    for path in sorted(changed.rglob("*.json")) if changed.is_dir() else ():
        name = path.relative_to(changed).as_posix()
        there.add(name)
        if listed is None or name in listed:
            yield name, path.read_bytes

    def wanted(name: str) -> bool:
        path = _path(name)
        return bool(path) and path not in there and (listed is None or path in listed)

    yield from members(directory / _ARCHIVE, wanted, tally.source)


def _path(name: str) -> str:
    """The path of a document as the list has it; "" for another file of the archive."""
    folder, _, file = name.rpartition("/")
    year = folder.rpartition("/")[2]
    return f"{year}/{file}" if year.isdigit() and _is_name(file) else ""


def _listed(directory: Path) -> dict[str, str] | None:
    path = directory / _LIST
    return read_changes(path.read_bytes()) if path.exists() else None


SOURCES = (
    AdvisorySource(
        name="redhat-vex",
        base="redhat-vex",
        url="https://security.access.redhat.com/data/csaf/v2/vex",
        fetch="listed",
        gives="claims",
        parse=parse,
        listing=Listing(
            list=_LIST,
            archive=_ARCHIVE,
            read=read_changes,
            pointer="archive_latest.txt",
            suffix="",
            members=_members,
        ),
        serves=("Red Hat",),
        heavy=True,
    ),
)
