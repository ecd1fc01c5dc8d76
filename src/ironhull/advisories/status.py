"""How old the advisory data of a directory is, what it covers and what to do about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.advisories._row import AdvisorySource
from ironhull.advisories.needs import Wanted, choose, needed
from ironhull.advisories.update import days_between, open_index
from ironhull.values import dataclass

if TYPE_CHECKING:
    from ironhull.store.advisories import AdvisoryIndex, IndexSource

__all__ = ["ScopeStatus", "SourceStatus", "Status", "status"]

_NAMED = 8
_BUSY = 1_000  # records: a source of that many says something new every few days
_SILENT_DAYS = 60


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One source: dates are RFC 3339, `age_days` whole days since `date`, None where unknown.

    `state` is "current", "stale", "bundled", "missing" (images need it, it was never downloaded) or
    "not needed".
    """

    name: str
    url: str
    date: str
    fetched: str
    age_days: int | None
    records: int
    skipped: int
    state: str


@dataclass(frozen=True, slots=True)
class ScopeStatus:
    """One scope ("Debian:13"): how much is known of it ("full" or "fixed-only"), how many."""

    name: str
    checked: str
    advisories: int
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """The data in use: the index file, its size in bytes, its contents, `advice` line by line."""

    path: str
    size: int
    built: str
    digest: str
    date: str
    sources: tuple[SourceStatus, ...]
    scopes: tuple[ScopeStatus, ...]
    advice: tuple[str, ...] = ()


def status(directory: Path, *, now: str) -> Status:
    """The status of `directory` at `now` (RFC 3339); raises as `open_index` does."""
    from ironhull.advisories import SOURCES

    with open_index(directory, now=now) as index:
        held = {source.name: source for source in index.sources}
        wanted = choose(SOURCES, Wanted(scopes=needed(directory)), held.keys())
        names = {source.name for source in wanted}
        sources = tuple(_source(row, held, names, now) for row in SOURCES)
        return Status(
            path=str(index.path),
            size=index.path.stat().st_size,
            built=index.built,
            digest=index.digest,
            date=index.date,
            sources=sources,
            scopes=tuple(_scopes(index)),
            advice=tuple(_advice(sources)),
        )


def _source(
    row: AdvisorySource, held: Mapping[str, IndexSource], wanted: Collection[str], now: str
) -> SourceStatus:
    source = held.get(row.name)
    if source is None:
        state = "missing" if row.name in wanted else "not needed"
        return SourceStatus(row.name, row.url, "", "", None, 0, 0, state)
    # what was fetched today is as new as the source has it, though it may have said nothing lately
    age, since = days_between(source.date, now), days_between(source.fetched, now)
    ages = [days for days in (age, since) if days is not None]
    state = "current" if ages and min(ages) <= row.stale_days else "stale"
    if row.fetch == "bundled" and state != "stale":
        state = "bundled"
    return SourceStatus(
        name=row.name,
        url=source.url,
        date=source.date,
        fetched=source.fetched,
        age_days=age,
        records=source.records,
        skipped=source.skipped,
        state=state,
    )


def _scopes(index: AdvisoryIndex) -> list[ScopeStatus]:
    found = []
    for scope, count in index.counts().items():
        covering = index.covering(scope)
        words = {checked for _, checked in covering}
        checked = "full" if "full" in words else "fixed-only"
        found.append(ScopeStatus(scope, checked, count, tuple(s.name for s, _ in covering)))
    return found


def _advice(sources: Sequence[SourceStatus]) -> list[str]:
    """What to do, a line for each kind of trouble."""
    advice = []
    stale = [source.name for source in sources if source.state == "stale"]
    online = [name for name in stale if name != "snapshot"]
    missing = [source.name for source in sources if source.state == "missing"]
    if online:
        advice.append(f"stale: {_few(online)}: run `ironhull db update`, or import newer data")
    silent = [source.name for source in sources if _is_silent(source)]
    if silent:
        advice.append(
            f"silent: {_few(silent)}: fetched lately, but with no statement of the last"
            f" {_SILENT_DAYS} days: see that the mirror they come from still follows its source"
        )
    if missing:
        advice.append(f"missing: {_few(missing)}: run `ironhull db update`")
    if len(stale) > len(online):
        advice.append("the bundled snapshot is old: use a newer Ironhull, or `ironhull db update`")
    return advice or ["all of it is current"]


def _is_silent(source: SourceStatus) -> bool:
    """Whether a busy source has nothing new, as a mirror that stopped has."""
    age = source.age_days
    return source.state == "current" and source.records >= _BUSY and (age or 0) > _SILENT_DAYS


def _few(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
