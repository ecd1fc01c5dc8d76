"""How old the advisory data of a directory is, and what it covers."""

from __future__ import annotations

from pathlib import Path

from ironhull.advisories.update import days_between, open_index
from ironhull.values import dataclass

__all__ = ["ScopeStatus", "SourceStatus", "Status", "status"]


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One source: dates are RFC 3339, `age_days` whole days since `date`, None where unknown.

    `state` is "current", "stale", "bundled" or "missing" (never downloaded).
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
    """The data in use: the index file, its size in bytes and its contents."""

    path: str
    size: int
    built: str
    digest: str
    date: str
    sources: tuple[SourceStatus, ...]
    scopes: tuple[ScopeStatus, ...]


def status(directory: Path, *, now: str) -> Status:
    """The status of `directory` at `now` (RFC 3339); raises as `open_index` does."""
    from ironhull.advisories import SOURCES

    with open_index(directory, now=now) as index:
        held = {source.name: source for source in index.sources}
        sources = []
        for row in SOURCES:
            source = held.get(row.name)
            if source is None:
                sources.append(SourceStatus(row.name, row.url, "", "", None, 0, 0, "missing"))
                continue
            age = days_between(source.date, now)
            state = "stale" if age is None or age > row.stale_days else "current"
            sources.append(
                SourceStatus(
                    name=row.name,
                    url=source.url,
                    date=source.date,
                    fetched=source.fetched,
                    age_days=age,
                    records=source.records,
                    skipped=source.skipped,
                    state="bundled" if row.fetch == "bundled" and state != "stale" else state,
                )
            )
        scopes = []
        for scope, count in index.counts().items():
            covering = index.covering(scope)
            words = {checked for _, checked in covering}
            checked = "full" if "full" in words else "fixed-only"
            names = tuple(source.name for source, _ in covering)
            scopes.append(ScopeStatus(scope, checked, count, names))
        return Status(
            path=str(index.path),
            size=index.path.stat().st_size,
            built=index.built,
            digest=index.digest,
            date=index.date,
            sources=tuple(sources),
            scopes=tuple(scopes),
        )
