"""Sources of shape "listed": a list of records with dates, and an archive of all of them.

The list is asked for first. Up to `FEW` changed records are fetched one by one and laid beside the
archive of before (`changed/`); beyond that the archive is fetched whole. An archive is made now and
then, the list whenever a record changes: records the archive lacks, or has older, are fetched, too.
"""

from __future__ import annotations

import hashlib
from urllib.parse import quote, urljoin

from ironhull.advisories._raw import State, keep
from ironhull.advisories._row import Listing, later
from ironhull.advisories._visit import Visit, of_http
from ironhull.errors import AdvisoryError
from ironhull.limits import LIMITS
from ironhull.values import replace

__all__ = ["FEW", "fetch_listed"]

FEW = 200
"""Records: when no more than these changed they are fetched one by one, else the archive."""

_TRIED = 3
_SHORT = 10  # a list that lacks more than a tenth of the records is taken for a cut one
_BEHIND = "behind"  # names of records of which the archive has an older state
_KEPT = "the old data stays in use"


def fetch_listed(visit: Visit) -> State | None:
    """The state of what was put into `incoming`; None where nothing changed.

    A mirror without list is asked for the archive alone.
    """
    from ironhull.transport import MissingError

    listing = visit.source.listing
    assert listing is not None
    etag, modified = visit.validators
    url = f"{visit.place}/{quote(listing.list)}"
    try:
        answer = visit.courier.document(
            url, etag=etag, last_modified=modified, max_bytes=LIMITS.advisory_document_bytes
        )
    except MissingError:
        return visit.fetch_document(_archive_url(visit, listing), listing.archive)
    if answer.not_modified:
        return None
    listed = listing.read(answer.data)
    if not listed:
        raise AdvisoryError(f"{url} is empty", _KEPT)
    state = State(
        url=visit.url,
        etag=answer.etag,
        last_modified=answer.last_modified,
        fetched=visit.now,
        fingerprint=hashlib.sha256(answer.data).hexdigest(),
    )
    if state.fingerprint == visit.held.fingerprint:
        return visit.kept(state)
    have = _have(visit, listing)
    _refuse_older(url, listed, have, visit.now)
    (visit.incoming / listing.list).write_bytes(answer.data)
    if _is_little(listed, have) and _fetch_changed(visit, listing, listed, have):
        return state
    behind = "".join(f"{name}\n" for name in _fetch_archive(visit, listing, listed))
    if not behind:
        return state
    # the next update asks for these again, however little the list changes
    (visit.incoming / _BEHIND).write_text(behind, encoding="utf-8")
    said = hashlib.sha256(answer.data + behind.encode()).hexdigest()
    return replace(state, etag="", last_modified="", fingerprint=said)


def _archive_url(visit: Visit, listing: Listing) -> str:
    if not listing.pointer:
        return f"{visit.place}/{quote(listing.archive)}"
    at = f"{visit.place}/{quote(listing.pointer)}"
    said = visit.courier.document(at, max_bytes=LIMITS.advisory_check_bytes).data
    name = said.decode("utf-8", "replace").strip()
    if not name or len(name.splitlines()) != 1 or name.startswith("/") or ".." in name:
        raise AdvisoryError(f"{at}: does not name an archive: {name[:60]!r}", _KEPT)
    return urljoin(at, quote(name))


def _have(visit: Visit, listing: Listing) -> dict[str, str]:
    """The list of before, where its archive is there, too."""
    try:
        if not visit.held.fingerprint or not (visit.current / listing.archive).is_file():
            return {}
        have = listing.read((visit.current / listing.list).read_bytes())
    except (OSError, AdvisoryError):
        return {}
    behind = visit.current / _BEHIND
    for name in behind.read_text(encoding="utf-8").split("\n") if behind.is_file() else ():
        have.pop(name, None)
    return have


def _refuse_older(url: str, listed: dict[str, str], have: dict[str, str], now: str) -> None:
    """A list that goes back in time is that of a mirror which is behind, or of an attacker."""
    end = later(now)
    newest, known = (
        max((date[:19] for date in dates.values() if date < end), default="")
        for dates in (listed, have)
    )
    back = (name for name, date in have.items() if name in listed and listed[name][:19] < date[:19])
    if newest < known and next(back, None) is not None:
        raise AdvisoryError(
            f"{url} is of {newest}, older than the data there is, of {known}",
            "the mirror is behind; the newer data stays in use",
        )


def _is_little(listed: dict[str, str], have: dict[str, str]) -> bool:
    """Whether what changed since is worth fetching one by one."""
    changed = sum(1 for name, date in listed.items() if have.get(name) != date)
    gone = sum(1 for name in have if name not in listed)
    return bool(have) and changed <= FEW and gone * _SHORT <= len(have) + _SHORT


def _fetch_changed(
    visit: Visit, listing: Listing, listed: dict[str, str], have: dict[str, str]
) -> bool:
    """Lay changed records beside the archive; False where the mirror lacks one of them."""
    changed = [name for name, date in listed.items() if have.get(name) != date]
    before = visit.current / "changed"
    for path in before.rglob(f"*{listing.suffix}") if before.is_dir() else ():
        name = path.relative_to(before).as_posix().removesuffix(listing.suffix)
        if path.is_file() and name in listed and name not in changed:
            keep(f"changed/{name}{listing.suffix}", visit.current, visit.incoming)
    if _fetch_records(visit, listing, changed):
        return False
    return keep(listing.archive, visit.current, visit.incoming)


def _fetch_records(visit: Visit, listing: Listing, names: list[str]) -> list[str]:
    """Get records one by one; the names of those the mirror does not have.

    A mirror that lacks the first few is not asked for more: many hold the archive alone.
    """
    from ironhull.transport import MissingError

    missing: list[str] = []

    def one(name: str) -> None:
        path = f"{name}{listing.suffix}"
        url = f"{visit.place}/{quote(path)}"
        try:
            data = visit.courier.document(url, max_bytes=LIMITS.advisory_entry_bytes).data
        except MissingError:
            missing.append(name)
            return
        kept = visit.incoming / "changed" / path
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(data)

    visit.courier.each(one, names[:_TRIED])
    if len(missing) == _TRIED:
        return names
    visit.courier.each(one, names[_TRIED:])
    return missing


def _fetch_archive(visit: Visit, listing: Listing, listed: dict[str, str]) -> list[str]:
    """The archive, and records that the list knows newer; the names of those left as they are."""
    kept = visit.incoming / listing.archive
    got = visit.courier.file(_archive_url(visit, listing), kept, label=visit.source.name)
    if listing.members is None:
        return []
    there = listing.members(kept)
    unlisted = sum(1 for name in there if name not in listed)
    if unlisted * _SHORT > len(there) + _SHORT:
        raise AdvisoryError(
            f"{visit.place}/{listing.list} names {len(listed)} records, the archive holds"
            f" {len(there)}: the list is cut short",
            _KEPT,
        )
    made = of_http(got.last_modified) or visit.now
    end = later(visit.now)
    behind = [
        name for name, date in listed.items() if name not in there or made[:19] < date[:19] < end
    ]
    if len(behind) > FEW:
        return behind
    _fetch_records(visit, listing, behind)  # what is missing is gone again, or was never there
    return []
