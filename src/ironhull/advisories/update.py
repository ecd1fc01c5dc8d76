"""Updating and opening the advisory data of one directory.

    DIRECTORY/index.sqlite      the index in use
    DIRECTORY/raw/SOURCE/       what was downloaded of each source, with its state.json
    DIRECTORY/update.lock       held while an update runs

A source that cannot be fetched, or sends something else than it should, keeps its old data and is
named in the result; the index is swapped in only when it is whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ironhull.advisories._fetch import State, discard, fetch, read_state, recover, swap
from ironhull.advisories._row import AdvisorySource, Tally
from ironhull.advisories.snapshot import SNAPSHOT
from ironhull.errors import AdvisoryError, Error, StoreError, UsageError
from ironhull.model import Problem
from ironhull.values import dataclass, field, replace

if TYPE_CHECKING:
    from ironhull.store._advisories_build import IndexBuilder
    from ironhull.store.advisories import AdvisoryIndex
    from ironhull.transport import Transport

__all__ = ["Outcome", "Updated", "index_path", "open_index", "update", "urls_of"]

_LOCK_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one source: `state` is "updated", "unchanged" or "failed" (`message` why)."""

    source: str
    state: str
    message: str = ""
    records: int = 0
    skipped: int = 0
    date: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Updated:
    """An update: what became of each source asked for, and the index that is in use now."""

    outcomes: tuple[Outcome, ...]
    digest: str
    rebuilt: bool

    @property
    def ok(self) -> bool:
        """Whether at least one source could be brought up to date."""
        return any(outcome.state != "failed" for outcome in self.outcomes)


def index_path(directory: Path) -> Path:
    """Where the index of an advisory directory is."""
    return directory / "index.sqlite"


def urls_of(sources: Sequence[AdvisorySource], given: Mapping[str, str]) -> dict[str, str]:
    """Source name -> URL: `given` by URL setting ("osv", "debian-tracker", …), else defaults.

    Raises UsageError for a setting no source has.
    """
    bases = {source.base for source in sources if source.base}
    for name in given:
        if name not in bases:
            raise UsageError(
                f"no advisory source {name!r} to give a URL",
                f"there are {', '.join(sorted(bases))}",
            )
    return {source.name: given.get(source.base, source.url) for source in sources if source.base}


def choose(sources: Sequence[AdvisorySource], only: Sequence[str]) -> list[AdvisorySource]:
    """The sources that are downloaded, of them those named; UsageError for an unknown name."""
    online = [source for source in sources if source.base]
    for name in only:
        if not any(name in (source.name, source.base) for source in online):
            names = sorted({word for source in online for word in (source.base, source.name)})
            raise UsageError(f"no advisory source {name!r}", f"there are {', '.join(names)}")
    if not only:
        return online
    return [source for source in online if source.name in only or source.base in only]


@dataclass(slots=True)
class _Run:
    """One update under way."""

    directory: Path
    sources: tuple[AdvisorySource, ...]
    now: str
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    incoming: dict[str, Path] = field(default_factory=dict)

    def current(self, source: AdvisorySource) -> Path:
        return self.directory / "raw" / source.name


def update(
    *,
    directory: Path,
    transport: Transport,
    now: str,
    urls: Mapping[str, str] | None = None,
    only: Sequence[str] = (),
    waiting: Callable[[], None] | None = None,
) -> Updated:
    """Bring the data in `directory` up to date; `now` is RFC 3339 in UTC.

    `urls` overrides defaults by setting, `only` names the sources to fetch, `waiting` is called
    when another update holds the lock. Raises StoreError (disk, lock) and UsageError (names).
    """
    from concurrent.futures import ThreadPoolExecutor

    from ironhull.advisories import SOURCES

    addresses = urls_of(SOURCES, urls or {})
    chosen = choose(SOURCES, only)
    run = _Run(directory, SOURCES, now)
    with _alone(directory, waiting):
        _tidy(directory)
        with ThreadPoolExecutor(len(chosen)) as pool:
            list(pool.map(lambda source: _fetch(run, source, addresses, transport), chosen))
        rebuilt = bool(run.incoming) or not _is_current(run)
        if rebuilt:
            _build(run, addresses)
        with _open(directory) as index:
            dates = {source.name: source for source in index.sources}
            digest = index.digest
    outcomes = tuple(_dated(run.outcomes[source.name], dates) for source in chosen)
    return Updated(outcomes, digest, rebuilt)


def open_index(directory: Path, *, now: str) -> AdvisoryIndex:
    """The index of `directory`, made of the bundled snapshot where nothing was downloaded yet.

    An index of another version of Ironhull, or a damaged one, or one made with another snapshot,
    is rebuilt from what was downloaded.
    """
    try:
        index = _open(directory)
        if _has_this_snapshot(index):
            return index
        index.close()
        raise AdvisoryError("the index was made with another snapshot")
    except AdvisoryError:
        from ironhull.advisories import SOURCES

        with _alone(directory, None):
            _tidy(directory)
            run = _Run(directory, SOURCES, now)
            if not _is_current(run):
                _build(run, urls_of(SOURCES, {}))
        return _open(directory)


def _tidy(directory: Path) -> None:
    """Remove what a killed run left; to be called with the lock held."""
    from ironhull.store._advisories_build import TEMPORARY

    for leftover in directory.glob(f"*{TEMPORARY}"):
        leftover.unlink(missing_ok=True)
    recover(directory / "raw")


def _has_this_snapshot(index: AdvisoryIndex) -> bool:
    made_with = {source.state for source in index.sources if source.name == "snapshot"}
    return made_with == ({_snapshot_digest()} if SNAPSHOT.exists() else set())


def _snapshot_digest() -> str:
    return hashlib.sha256(SNAPSHOT.read_bytes()).hexdigest()


def _open(directory: Path) -> AdvisoryIndex:
    from ironhull.store.advisories import AdvisoryIndex

    return AdvisoryIndex.open(index_path(directory))


@contextmanager
def _alone(directory: Path, waiting: Callable[[], None] | None) -> Iterator[None]:
    from ironhull.store.files import locked

    lock = directory / "update.lock"
    first = locked(lock, seconds=0)
    try:
        first.__enter__()
    except StoreError as trouble:
        if "locked" not in trouble.message:
            raise
        if waiting is not None:
            waiting()
        with locked(lock, seconds=_LOCK_SECONDS):
            yield
        return
    try:
        yield
    finally:
        first.__exit__(None, None, None)


def _fetch(
    run: _Run, source: AdvisorySource, addresses: Mapping[str, str], transport: Transport
) -> None:
    current = run.current(source)
    try:
        new = fetch(
            source, addresses[source.name], transport=transport, current=current, now=run.now
        )
    except Error as trouble:
        run.outcomes[source.name] = Outcome(source.name, "failed", trouble.message)
    except OSError as trouble:
        message = f"cannot write below {current}: {trouble.strerror or trouble}"
        run.outcomes[source.name] = Outcome(source.name, "failed", message)
    else:
        run.outcomes[source.name] = Outcome(source.name, "updated" if new else "unchanged")
        if new:
            run.incoming[source.name] = new


def _is_current(run: _Run) -> bool:
    """Whether the index was made of the raw files that are there."""
    try:
        with _open(run.directory) as index:
            made_of = {source.name: source.state for source in index.sources}
    except AdvisoryError:
        return False
    there = {source.name: _state(run, source).fingerprint for source in run.sources}
    return made_of == {name: print_ for name, print_ in there.items() if print_}


def _state(run: _Run, source: AdvisorySource) -> State:
    if source.fetch != "bundled":
        return read_state(run.current(source))
    if not SNAPSHOT.exists():
        return State()
    return State(fingerprint=_snapshot_digest())


def _build(run: _Run, addresses: Mapping[str, str]) -> None:
    from ironhull.advisories._merge import merge
    from ironhull.ecosystems import ecosystem_of_scope
    from ironhull.store._advisories_build import building

    with building(index_path(run.directory)) as builder:
        for source in run.sources:
            _read(run, source, builder, addresses.get(source.name, ""))
        builder.finish(
            merge=merge,
            orders=lambda scope: row.order if (row := ecosystem_of_scope(scope)) else None,
            built=run.now,
        )
        for name, new in run.incoming.items():
            swap(run.directory / "raw" / name, new)


def _read(run: _Run, source: AdvisorySource, builder: IndexBuilder, url: str) -> None:
    """Read a source's new files, or the old ones where the new ones are no good."""
    new = run.incoming.get(source.name)
    if new is not None:
        try:
            _read_from(run, source, builder, url, new)
        except AdvisoryError as trouble:
            run.outcomes[source.name] = Outcome(source.name, "failed", trouble.message)
            del run.incoming[source.name]
            discard(new)
        else:
            return
    state = _state(run, source)
    if state.fingerprint:
        where = SNAPSHOT.parent if source.fetch == "bundled" else run.current(source)
        try:
            _read_from(run, source, builder, url, where)
        except AdvisoryError as trouble:
            run.outcomes[source.name] = Outcome(source.name, "failed", trouble.message)


def _read_from(
    run: _Run, source: AdvisorySource, builder: IndexBuilder, url: str, where: Path
) -> None:
    from ironhull.store.advisories import IndexSource

    tally = Tally(source.name, run.now)
    state = read_state(where) if source.fetch != "bundled" else _state(run, source)
    with builder.source(source.name):
        records = _add(builder, source, source.parse(where, tally))
    builder.add_examined(tally.examined)
    builder.add_source(
        IndexSource(
            name=source.name,
            url=state.url or url,
            date=tally.date or _of_http(state.last_modified) or state.fetched,
            fetched=state.fetched,
            records=records,
            skipped=tally.skipped,
            state=state.fingerprint,
            scopes=tuple(sorted(tally.scopes.items())),
        )
    )
    outcome = run.outcomes.get(source.name)
    if outcome is not None:
        run.outcomes[source.name] = replace(outcome, problems=tuple(tally.problems))


def _add(builder: IndexBuilder, source: AdvisorySource, records: Iterator[Any]) -> int:
    if source.gives == "kev":
        return builder.add_kev(records)
    if source.gives == "epss":
        return builder.add_epss(records)
    return builder.add_claims(source.name, records)


def _dated(outcome: Outcome, sources: Mapping[str, Any]) -> Outcome:
    source = sources.get(outcome.source)
    if source is None:
        return outcome
    return replace(outcome, records=source.records, skipped=source.skipped, date=source.date)


def _of_http(date: str) -> str:
    """An HTTP date (RFC 9110, 5.6.7) as RFC 3339; "" for anything else."""
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError):
        return ""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def days_between(date: str, now: str) -> int | None:
    """Whole days from `date` to `now`, both RFC 3339; None where `date` is none."""
    try:
        then, today = (datetime.fromisoformat(text) for text in (date, now))
    except ValueError:
        return None
    return (today - then).days
