"""The advisory index: one read-only SQLite file, looked up by (scope, package).

Versions are stored as the sortable bytes of `ecosystems`, so SQLite's `<` is the matcher. The file
is written by `store._advisories_build` beside the old one and swapped in whole; a reader opens it
immutable and keeps what it opened even when a newer one takes its place.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ironhull.errors import AdvisoryError
from ironhull.model import Advisory, Cvss, Range
from ironhull.store._advisories_schema import APPLICATION_ID, SCHEMA_VERSION
from ironhull.values import dataclass

__all__ = ["AdvisoryIndex", "IndexSource", "advisory_of"]

_HINT = "run `ironhull db update`"


@dataclass(frozen=True, slots=True)
class IndexSource:
    """One source as the index holds it.

    `scopes` are the scopes it speaks of with how much it knows of each ("full", "fixed-only"),
    `date` that of its newest statement (RFC 3339), `fetched` when it was downloaded, `records` how
    many statements it gave, `skipped` how many could not be used, `state` the fingerprint of the
    raw files it was read from.
    """

    name: str
    url: str
    date: str
    fetched: str
    records: int
    skipped: int
    state: str
    scopes: tuple[tuple[str, str], ...]


class AdvisoryIndex:
    """A reader of one index file. Open it once per run; not to be shared between threads."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._db = connection
        self._meta: dict[str, str] = dict(connection.execute("SELECT key, value FROM meta"))
        self.sources: tuple[IndexSource, ...] = tuple(
            _source_of(row)
            for row in connection.execute(
                "SELECT name, url, date, fetched, records, skipped, state, scopes"
                " FROM source ORDER BY name"
            )
        )

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the index at `path`.

        Raises AdvisoryError where there is none, where it is damaged and where it was written for
        another version of Ironhull.
        """
        if not path.is_file():
            raise AdvisoryError(f"no advisory index at {path}", _HINT)
        # URI escapes: a path may hold ?, # and %
        quoted = str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
        connection = None
        try:
            connection = sqlite3.connect(f"file:{quoted}?mode=ro&immutable=1", uri=True)
            _check(connection, path)
            return cls(path, connection)
        except sqlite3.Error as trouble:
            _close(connection)
            raise AdvisoryError(f"{path}: damaged advisory index: {trouble}", _HINT) from trouble
        except AdvisoryError:
            _close(connection)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back."""
        self._db.close()

    @property
    def digest(self) -> str:
        """`sha256:…` over what the index says (not over when it was made)."""
        return self._meta["digest"]

    @property
    def date(self) -> str:
        """The newest date of its sources (RFC 3339), "" for an empty index."""
        return max((source.date for source in self.sources), default="")

    @property
    def built(self) -> str:
        """When it was built (RFC 3339)."""
        return self._meta["built"]

    def counts(self) -> dict[str, int]:
        """How many advisories each scope has."""
        return dict(self._run("SELECT scope, count(*) FROM advisory GROUP BY scope ORDER BY scope"))

    def covering(self, scope: str) -> tuple[tuple[IndexSource, str], ...]:
        """The sources that speak of `scope`, each with how much it knows."""
        return tuple(
            (source, checked)
            for source in self.sources
            for name, checked in source.scopes
            if name == scope
        )

    def examined(self, scope: str, package: str) -> bool:
        """Whether a source that knows only some packages of `scope` ("fixed-only") knows this."""
        return bool(
            self._run("SELECT 1 FROM examined WHERE scope = ? AND package = ?", scope, package)
        )

    def lookup(self, scope: str, package: str) -> tuple[Advisory, ...]:
        """Every advisory of a package by id; one without ranges and versions: not affected."""
        rows = self._run(
            "SELECT body FROM advisory WHERE scope = ? AND package = ? ORDER BY name",
            scope,
            package,
        )
        return tuple(advisory_of(scope, package, body) for (body,) in rows)

    def affecting(
        self, scope: str, package: str, key: bytes
    ) -> Iterator[tuple[Advisory, tuple[int, ...]]]:
        """The advisories a version is affected by, by id, with the numbers of its ranges.

        No number: the version is one of those the advisory lists.
        """
        rows = self._run(
            "SELECT a.body, group_concat(m.range) FROM ("
            " SELECT advisory, range FROM affected WHERE scope = ?1 AND package = ?2"
            "  AND low <= ?3 AND (high IS NULL OR ?3 < high OR (closed AND ?3 = high))"
            " UNION ALL"
            " SELECT advisory, NULL FROM exact WHERE scope = ?1 AND package = ?2 AND version = ?3"
            ") m JOIN advisory a ON a.id = m.advisory GROUP BY a.id ORDER BY a.name",
            scope,
            package,
            key,
        )
        for body, ranges in rows:
            numbers = sorted(int(number) for number in ranges.split(",")) if ranges else ()
            yield advisory_of(scope, package, body), tuple(numbers)

    def kev(self, cve: str) -> bool:
        """Whether CISA lists the CVE as exploited."""
        return bool(self._run("SELECT 1 FROM kev WHERE cve = ?", cve))

    def epss(self, cve: str) -> tuple[float, float] | None:
        """FIRST's score and percentile, both in 0..1; None where the CVE has none."""
        rows = self._run("SELECT score, percentile FROM epss WHERE cve = ?", cve)
        return (float(rows[0][0]), float(rows[0][1])) if rows else None

    def _run(self, sql: str, *values: object) -> list[Any]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as trouble:
            message = f"{self.path}: damaged advisory index: {trouble}"
            raise AdvisoryError(message, _HINT) from trouble


def advisory_of(scope: str, package: str, body: str) -> Advisory:
    """An advisory from its stored form (JSON, empty fields left out)."""
    values = json.loads(body)
    values["ranges"] = tuple(Range(*ends) for ends in values.get("ranges", ()))
    values["cvss"] = tuple(Cvss(*parts) for parts in values.get("cvss", ()))
    for name in ("versions", "aliases", "cwes", "sources"):
        values[name] = tuple(values.get(name, ()))
    return Advisory(scope=scope, package=package, **values)


def _source_of(row: tuple[Any, ...]) -> IndexSource:
    name, url, date, fetched, records, skipped, state, scopes = row
    pairs = tuple((scope, checked) for scope, checked in json.loads(scopes))
    return IndexSource(name, url, date, fetched, records, skipped, state, pairs)


def _check(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise AdvisoryError(f"{path} is not an advisory index", _HINT)
    if version != SCHEMA_VERSION:
        raise AdvisoryError(
            f"{path} is an advisory index of version {version}, this Ironhull reads"
            f" {SCHEMA_VERSION}",
            f"{_HINT}; it is rebuilt from what was downloaded",
        )


def _close(connection: sqlite3.Connection | None) -> None:
    if connection is not None:
        with suppress(sqlite3.Error):
            connection.close()
