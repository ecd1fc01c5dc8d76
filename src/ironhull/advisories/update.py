"""Updating and opening the advisory data of one directory.

    DIRECTORY/index.sqlite      the index in use
    DIRECTORY/raw/SOURCE/       what was downloaded of each source, with its state.json
    DIRECTORY/needed            the scopes of images seen so far (`needs`)
    DIRECTORY/update.lock       held while an update runs

A source that cannot be fetched, or sends something else than it should, keeps its old data and is
named in the result; the index is swapped in only when it is whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ironhull.advisories._fetch import Errand, State, discard, fetch, read_state, recover, swap
from ironhull.advisories._imported import imported
from ironhull.advisories._polite import Courier
from ironhull.advisories._row import AdvisorySource
from ironhull.advisories._visit import of_http
from ironhull.advisories.needs import Urls, Wanted, choose, urls_of
from ironhull.advisories.opening import SNAPSHOT, current_index, index_path, snapshot_digest
from ironhull.errors import AdvisoryError, Error, StoreError, TransportError
from ironhull.limits import LIMITS
from ironhull.model import Problem, Progress
from ironhull.values import dataclass, field, replace

if TYPE_CHECKING:
    from ironhull.advisories._indexing import Files
    from ironhull.store.advisories import AdvisoryIndex
    from ironhull.transport import Transport

__all__ = [
    "Outcome",
    "Updated",
    "Wanted",
    "Watcher",
    "alone",
    "index_path",
    "open_index",
    "tidy",
    "update",
]

_LOCK_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one source.

    `state` is "updated", "unchanged", "failed" (`message` why) or "absent": no mirror has it.
    `passed` says why mirrors before the one that answered were passed by; `host` is that of the
    last mirror where it could not be reached; `left` counts by reason the records that say nothing
    a version could be compared with.
    """

    source: str
    state: str
    message: str = ""
    records: int = 0
    skipped: int = 0
    date: str = ""
    problems: tuple[Problem, ...] = ()
    passed: tuple[str, ...] = ()
    host: str = ""
    left: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Updated:
    """An update: what became of each source asked for, and the index that is in use now.

    `left` names the sources that were not asked for, since no image needs them.
    """

    outcomes: tuple[Outcome, ...]
    digest: str
    rebuilt: bool
    left: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether at least one source could be brought up to date."""
        return any(outcome.state in ("updated", "unchanged") for outcome in self.outcomes)


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who is told how an update goes.

    `waiting` is called when another update holds the lock, `asking` with the names of the sources
    that are asked and of those that are left out, `progress` while the index is made.
    """

    waiting: Callable[[], None] | None = None
    asking: Callable[[Sequence[str], Sequence[str]], None] | None = None
    progress: Progress | None = None


@dataclass(slots=True)
class _Run:
    """One update under way."""

    directory: Path
    sources: tuple[AdvisorySource, ...]
    now: str
    progress: Progress | None = None
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    incoming: dict[str, Path] = field(default_factory=dict)

    def current(self, source: AdvisorySource) -> Path:
        return self.directory / "raw" / source.name


def update(
    *,
    directory: Path,
    transport: Transport,
    now: str,
    urls: Urls | None = None,
    wanted: Wanted | None = None,
    watcher: Watcher | None = None,
) -> Updated:
    """Bring the data in `directory` up to date; `now` is RFC 3339 in UTC.

    `urls` overrides defaults by setting, each a list of mirrors; `wanted` says what is fetched.
    Raises StoreError (disk, lock) and UsageError (names).
    """
    from concurrent.futures import ThreadPoolExecutor

    from ironhull.advisories import SOURCES

    addresses = urls_of(SOURCES, urls or {})
    wanted = wanted or Wanted()
    choose(SOURCES, wanted, ())  # names are checked before anybody waits
    watcher = watcher or Watcher()
    run = _Run(directory, SOURCES, now, watcher.progress)
    with alone(directory, watcher.waiting):
        tidy(directory)
        chosen = choose(SOURCES, wanted, _held(run))
        names = [source.name for source in chosen]
        left = [name for name in addresses if name not in names]
        if watcher.asking is not None:
            watcher.asking(names, left)
        courier = Courier(transport)
        errand = Errand(now, wanted.scopes, _dated_sources(run))
        pool = ThreadPoolExecutor(LIMITS.advisory_sources_parallel)
        try:
            jobs = [
                pool.submit(_fetch, run, source, addresses[source.name], courier, errand)
                for source in chosen
            ]
            for job in jobs:
                job.result()
        finally:
            # all are done, or the run was interrupted and waits for no download
            pool.shutdown(wait=False, cancel_futures=True)
        rebuilt = bool(run.incoming) or not _is_current(run)
        if rebuilt:
            _build(run, addresses)
        with _open(directory) as index:
            dates = {source.name: source for source in index.sources}
            digest = index.digest
    outcomes = tuple(_dated(run.outcomes[source.name], dates) for source in chosen)
    return Updated(outcomes, digest, rebuilt, tuple(left))


def open_index(directory: Path, *, now: str) -> AdvisoryIndex:
    """The index of `directory`, made of the bundled snapshot where nothing was downloaded yet.

    An index of another version of Ironhull, or a damaged one, or one made with another snapshot,
    is rebuilt from what was downloaded. Raises AdvisoryError where that is not possible: what was
    imported is not there a second time.
    """
    try:
        return current_index(directory)
    except AdvisoryError:
        from ironhull.advisories import SOURCES

        with alone(directory, None):
            tidy(directory)
            run = _Run(directory, SOURCES, now)
            if not _is_current(run):
                _check_import(directory)
                _build(run, urls_of(SOURCES, {}))
        return _open(directory)


def _check_import(directory: Path) -> None:
    """Whether the index can be read, or made anew without what was imported."""
    lost = imported(directory)
    if lost and index_path(directory).exists():
        try:
            _open(directory).close()
        except AdvisoryError as trouble:
            names = f"{', '.join(lost[:3])}{' …' if len(lost) > 3 else ''}"
            raise AdvisoryError(
                f"{trouble.message}; its data of {names} was imported",
                "import it again, exported by this version, or run `ironhull db update`",
            ) from trouble


def tidy(directory: Path) -> None:
    """Remove what a killed run left; to be called with the lock held."""
    from ironhull.store._advisories_build import TEMPORARY

    for leftover in directory.glob(f"*{TEMPORARY}"):
        leftover.unlink(missing_ok=True)
    recover(directory / "raw")


def _open(directory: Path) -> AdvisoryIndex:
    from ironhull.store.advisories import AdvisoryIndex

    return AdvisoryIndex.open(index_path(directory))


@contextmanager
def alone(directory: Path, waiting: Callable[[], None] | None) -> Iterator[None]:
    """Hold the lock of a directory's data; `waiting` is called where another process has it."""
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


def _held(run: _Run) -> set[str]:
    """The sources whose data is there, downloaded or imported."""
    there = {source.name for source in run.sources if _state(run, source).fingerprint}
    return there | set(imported(run.directory))


def _dated_sources(run: _Run) -> frozenset[str]:
    """The sources whose data, as the index holds it, states its date."""
    try:
        with _open(run.directory) as index:
            return frozenset(source.name for source in index.sources if source.dated)
    except AdvisoryError:
        return frozenset()


def _fetch(
    run: _Run,
    source: AdvisorySource,
    urls: Sequence[str],
    courier: Courier,
    errand: Errand,
) -> None:
    from ironhull.transport import MissingError, redact

    current = run.current(source)
    try:
        new = fetch(source, urls, courier=courier, current=current, errand=errand)
    except MissingError as trouble:
        held = read_state(current).fingerprint
        run.outcomes[source.name] = Outcome(
            source.name, "failed" if held else "absent", trouble.message
        )
    except TransportError as trouble:
        host = redact(urls[-1]).partition("://")[2].partition("/")[0]
        run.outcomes[source.name] = Outcome(source.name, "failed", trouble.message, host=host)
    except Error as trouble:
        run.outcomes[source.name] = Outcome(source.name, "failed", trouble.message)
    except OSError as trouble:
        message = f"cannot write below {current}: {trouble.strerror or trouble}"
        run.outcomes[source.name] = Outcome(source.name, "failed", message)
    else:
        state = "updated" if new.directory else "unchanged"
        run.outcomes[source.name] = Outcome(source.name, state, passed=new.passed)
        if new.directory:
            run.incoming[source.name] = new.directory


def _is_current(run: _Run) -> bool:
    """Whether the index was made of the raw files that are there, by the rules of this code."""
    from ironhull.advisories._indexing import rules

    try:
        with _open(run.directory) as index:
            made_of = {source.name: source.state for source in index.sources}
            made_by = index.rules
    except AdvisoryError:
        return False
    states = {source.name: _state(run, source).fingerprint for source in run.sources}
    there = {name: print_ for name, print_ in states.items() if print_}
    # of what was imported there may be no raw files
    same = {**made_of, **there} == made_of and made_of.keys() <= states.keys()
    return same and made_by == rules()


def _state(run: _Run, source: AdvisorySource) -> State:
    if source.fetch != "bundled":
        return read_state(run.current(source))
    if not SNAPSHOT.exists():
        return State()
    return State(fingerprint=snapshot_digest())


def _build(run: _Run, addresses: Mapping[str, Sequence[str]]) -> None:
    """Index what is new; a source whose new files are no good stays at the old ones."""
    from ironhull.advisories._indexing import Raw, indexing

    raw = [Raw(source, _files(run, source, addresses)) for source in run.sources]
    with indexing(index_path(run.directory), raw, now=run.now, progress=run.progress) as read:
        for name, found in read.items():
            if found.failed:
                run.outcomes[name] = Outcome(name, "failed", found.failed)
            elif name in run.outcomes:
                run.outcomes[name] = replace(
                    run.outcomes[name], problems=found.problems, left=found.left
                )
            new = run.incoming.get(name)
            if new is not None and found.used is not None and found.used.directory == new:
                swap(run.directory / "raw" / name, new)
            elif new is not None:
                discard(run.incoming.pop(name))


def _files(
    run: _Run, source: AdvisorySource, addresses: Mapping[str, Sequence[str]]
) -> tuple[Files, ...]:
    """The raw files of a source, the new ones first."""
    from ironhull.advisories._indexing import Files

    if source.fetch == "bundled":
        places = [(SNAPSHOT.parent, _state(run, source))]
    else:
        new = run.incoming.get(source.name)
        directories = [run.current(source)] if new is None else [new, run.current(source)]
        places = [(directory, read_state(directory)) for directory in directories]
    return tuple(
        Files(
            directory=directory,
            fingerprint=state.fingerprint,
            url=state.url or (addresses.get(source.name) or ("",))[0],
            fetched=state.fetched,
            modified=of_http(state.last_modified),
        )
        for directory, state in places
        if state.fingerprint
    )


def _dated(outcome: Outcome, sources: Mapping[str, Any]) -> Outcome:
    source = sources.get(outcome.source)
    if source is None:
        return outcome
    return replace(outcome, records=source.records, skipped=source.skipped, date=source.date)


def days_between(date: str, now: str) -> int | None:
    """Whole days from `date` to `now`, both RFC 3339; None where `date` is none."""
    try:
        then, today = (datetime.fromisoformat(text) for text in (date, now))
    except ValueError:
        return None
    return (today - then).days
