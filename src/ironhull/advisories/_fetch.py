"""Bringing a source's raw files up to date: only what changed is downloaded, mirrors in turn.

`fetch` leads to the shapes that `_row` describes; "listed" has a module of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from ironhull.advisories._listed import FEW, fetch_listed
from ironhull.advisories._polite import Courier
from ironhull.advisories._raw import (
    State,
    adopt,
    discard,
    incoming_of,
    keep,
    read_state,
    recover,
    swap,
)
from ironhull.advisories._row import AdvisorySource, RemoteFile
from ironhull.advisories._visit import Visit
from ironhull.errors import AdvisoryError, TransportError
from ironhull.limits import LIMITS
from ironhull.values import dataclass

__all__ = [
    "FEW",
    "Arrived",
    "Errand",
    "State",
    "adopt",
    "discard",
    "fetch",
    "read_state",
    "recover",
    "swap",
]


@dataclass(frozen=True, slots=True)
class Errand:
    """What all sources of an update are fetched for.

    `now` is RFC 3339, `needed` the scopes that are needed (none: all), `dated` the sources whose
    data states its date.
    """

    now: str
    needed: frozenset[str] = frozenset()
    dated: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Arrived:
    """What a fetch brought: the directory of new files (None: nothing changed), and why mirrors
    before the one that answered were passed by."""

    directory: Path | None
    passed: tuple[str, ...] = ()


def fetch(
    source: AdvisorySource,
    urls: Sequence[str],
    *,
    courier: Courier,
    current: Path,
    errand: Errand,
) -> Arrived:
    """Get what changed from the first of `urls` that has it.

    Raises TransportError or AdvisoryError where no mirror has it, StoreError and OSError for a
    disk that cannot be written to.
    """
    held = read_state(current)
    incoming = incoming_of(current)
    troubles: list[TransportError | AdvisoryError] = []
    for url in courier.in_turn(urls):
        discard(incoming)
        incoming.mkdir(parents=True, exist_ok=True)
        visit = Visit(
            source=source,
            place=_place(url, source.folder),
            url=url,
            courier=courier,
            current=current,
            incoming=incoming,
            held=held,
            now=errand.now,
            dated=source.name in errand.dated,
        )
        try:
            new = _ask(visit, errand.needed)
        except (TransportError, AdvisoryError) as trouble:
            if isinstance(trouble, TransportError):
                courier.note_down(url)
            troubles.append(trouble)
            continue
        passed = tuple(trouble.message for trouble in troubles)
        if new is None:
            discard(incoming, wholly=True)
            return Arrived(None, passed)
        adopt(incoming, new)
        return Arrived(incoming, passed)
    discard(incoming)
    if len(troubles) == 1:
        raise troubles[0]
    raise AdvisoryError("; ".join(trouble.message for trouble in troubles), troubles[-1].hint)


def _place(url: str, folder: str) -> str:
    return f"{url.rstrip('/')}/{quote(folder)}" if folder else url


def _ask(visit: Visit, needed: frozenset[str]) -> State | None:
    if visit.source.fetch == "listed":
        return fetch_listed(visit)
    if visit.source.fetch == "files":
        return _fetch_files(visit, needed)
    return visit.fetch_document(visit.place, "document")


# ── several files ────────────────────────────────────────────────────────────────────────────────


def _fetch_files(visit: Visit, needed: frozenset[str]) -> State | None:
    """The files for the scopes that are needed, and those that were fetched before."""
    source = visit.source
    assert source.files is not None
    planned = {file.path: file for file in source.files(needed, visit.now)}
    for file in source.files(frozenset(), visit.now):
        if file.path in visit.held.files:
            planned.setdefault(file.path, file)
    found: dict[str, tuple[str, str, str]] = {}
    missing: list[TransportError] = []

    def one(path: str) -> None:
        from ironhull.transport import MissingError

        try:
            found[path] = _fetch_file(visit, planned[path])
        except MissingError as trouble:
            if not planned[path].optional:
                raise
            missing.append(trouble)

    visit.courier.each(one, list(planned))
    if not found:
        raise missing[0] if missing else AdvisoryError(f"{source.name}: no files to ask for")
    return visit.settled(
        State(url=visit.url, fetched=visit.now, files=dict(sorted(found.items()))),
        said="".join(f"{path} {found[path][2]}\n" for path in sorted(found)),
    )


def _fetch_file(visit: Visit, file: RemoteFile) -> tuple[str, str, str]:
    """(etag, last modified, sha256) of one file that is in `incoming` now."""
    from ironhull.transport import file_sha256

    url = f"{visit.place.rstrip('/')}/{quote(file.path)}"
    held = visit.held.files.get(file.path, ("", "", ""))
    check = b""
    if file.check:
        check = _fetch_check(visit, file)
        unchanged = check and held[2] and _same(visit.current / file.check, check)
        if unchanged and keep(file.path, visit.current, visit.incoming):
            return held
    there = held[2] and (visit.current / file.path).is_file() and visit.held.url == visit.url
    got = visit.courier.file(
        url,
        visit.incoming / file.path,
        label=visit.source.name,
        etag=held[0] if there else "",
        last_modified=held[1] if there else "",
    )
    if got.not_modified:
        keep(file.path, visit.current, visit.incoming)
        return held
    if file.verify is not None and check:
        file.verify(visit.incoming / file.path, check)
    return got.etag, got.last_modified, file_sha256(visit.incoming / file.path)


def _fetch_check(visit: Visit, file: RemoteFile) -> bytes:
    """The bytes of a file's check, kept; none where the mirror has no such file."""
    from ironhull.transport import MissingError

    url = f"{visit.place.rstrip('/')}/{quote(file.check)}"
    try:
        check = visit.courier.document(url, max_bytes=LIMITS.advisory_check_bytes).data
    except MissingError:
        return b""
    kept = visit.incoming / file.check
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(check)
    return check


def _same(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except OSError:
        return False
