"""The advisory index: one read-only SQLite file, looked up by (scope, package).

Versions are stored as the sortable bytes of `ecosystems`, so SQLite's `<` is the matcher. The file
is written by `store._advisories_build` beside the old one and swapped in whole; a reader opens it
immutable and keeps what it opened even when a newer one takes its place.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ironhull.errors import AdvisoryError
from ironhull.limits import LIMITS
from ironhull.model import Advisory
from ironhull.store._advisories_forms import advisory_of, shared_of, unpack
from ironhull.store._advisories_schema import (
    ADVISORY_BITS,
    APPLICATION_ID,
    SCHEMA_VERSION,
    SOURCE_BITS,
)
from ironhull.values import dataclass, replace

__all__ = ["AdvisoryIndex", "IndexSource"]

_HINT = "run `ironhull db update`"
_BODY = (
    "SELECT a.id, a.name, a.body, a.common, c.body FROM advisory a JOIN common c ON c.id = a.common"
)
_AT_ONCE = 500  # values in one query
_SOURCE = "name, url, date, fetched, records, skipped, state, scopes, dated"

Affecting = tuple[tuple[Advisory, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class IndexSource:
    """One source as the index holds it.

    `scopes` are the scopes it speaks of with how much it knows of each ("full", "fixed-only"),
    `date` that of its newest statement (RFC 3339), `fetched` when it was downloaded, `records` how
    many statements it gave, `skipped` how many could not be used, `state` the fingerprint of the
    raw files it was read from, `dated` the date it states itself ("": `date` is that of the files).
    """

    name: str
    url: str
    date: str
    fetched: str
    records: int
    skipped: int
    state: str
    scopes: tuple[tuple[str, str], ...]
    dated: str = ""


class AdvisoryIndex:
    """A reader of one index file. Open it once per run; not to be shared between threads."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._db = connection
        self._meta: dict[str, str] = dict(connection.execute("SELECT key, value FROM meta"))
        self.sources: tuple[IndexSource, ...] = tuple(
            _source_of(row)
            for row in connection.execute(f"SELECT {_SOURCE} FROM source ORDER BY name")  # noqa: S608 - constants
        )
        self._covering: dict[str, tuple[tuple[IndexSource, str], ...]] = {}
        self._packages: dict[tuple[str, str], int] = {}
        self._decoded: dict[int, Advisory] = {}
        self._shared: dict[int, dict[str, Any]] = {}
        self._kev: frozenset[str] | None = None
        self._affecting: dict[tuple[int, bytes], Affecting] = {}

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

    @property
    def rules(self) -> str:
        """What stands for the code that read and merged, "" where that is not known."""
        return self._meta.get("rules", "")

    def counts(self) -> dict[str, int]:
        """How many advisories each scope has."""
        return dict(
            self._run(
                "SELECT scope, sum(advisories) FROM package WHERE advisories"
                " GROUP BY scope ORDER BY scope"
            )
        )

    def covering(self, scope: str) -> tuple[tuple[IndexSource, str], ...]:
        """The sources that speak of `scope`, each with how much it knows."""
        if not self._covering:
            found: dict[str, list[tuple[IndexSource, str]]] = {}
            for source in self.sources:
                for name, checked in source.scopes:
                    found.setdefault(name, []).append((source, checked))
            self._covering = {name: tuple(pairs) for name, pairs in found.items()}
        return self._covering.get(scope, ())

    def examined(self, scope: str, package: str) -> bool:
        """Whether a source that knows only some packages of `scope` ("fixed-only") knows this."""
        return bool(
            self._run("SELECT 1 FROM examined WHERE scope = ? AND package = ?", scope, package)
        )

    # ── matching ─────────────────────────────────────────────────────────────────────────────────

    def lookup(self, scope: str, package: str) -> tuple[Advisory, ...]:
        """Every advisory of a package by id; one without ranges and versions: not affected."""
        number = self._package(scope, package)
        if not number:
            return ()
        return self._advisories(
            (scope, package),
            f"{_BODY} WHERE a.id >= ? AND a.id < ? ORDER BY a.id",
            number << ADVISORY_BITS,
            (number + 1) << ADVISORY_BITS,
        )

    def affecting(self, scope: str, package: str, key: bytes) -> Affecting:
        """The advisories a version is affected by, by id, with the numbers of its ranges.

        No number: the version is one of those the advisory lists. Answers are remembered (up to
        `LIMITS.advisory_memo`), so that many images of one run share them.
        """
        number = self._package(scope, package)
        if not number:
            return ()
        known = self._affecting.get((number, key))
        if known is None:
            known = self._find((scope, package), number, key)
            _remember(self._affecting, (number, key), known)
        return known

    def _find(self, place: tuple[str, str], number: int, key: bytes) -> Affecting:
        found: dict[int, list[int]] = {}
        for advisory, span in self._run(
            "SELECT advisory, range FROM affected WHERE package = ?1 AND low <= ?2"
            " AND (high IS NULL OR ?2 < high OR (closed AND ?2 = high))"
            " UNION ALL SELECT advisory, -1 FROM exact WHERE package = ?1 AND version = ?2",
            number,
            key,
        ):
            ranges = found.setdefault(advisory, [])
            if span >= 0:
                ranges.append(span)
        first = number << ADVISORY_BITS
        said = self._numbered(place, [first | advisory for advisory in sorted(found)])
        return tuple(
            (advisory, tuple(sorted(found[at])))
            for at, advisory in zip(sorted(found), said, strict=True)
        )

    def _numbered(self, place: tuple[str, str], numbers: list[int]) -> list[Advisory]:
        """The advisories of a package with these numbers, read together where not yet known."""
        unknown = [number for number in numbers if number not in self._decoded]
        fresh: dict[int, Advisory] = {}
        for start in range(0, len(unknown), _AT_ONCE):
            part = unknown[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(part))
            found = self._advisories(place, f"{_BODY} WHERE a.id IN ({marks}) ORDER BY a.id", *part)
            fresh.update(zip(part, found, strict=True))
        said = [fresh.get(number) or self._decoded[number] for number in numbers]
        for number, advisory in fresh.items():
            _remember(self._decoded, number, advisory)
        return said

    def _advisories(
        self, place: tuple[str, str], sql: str, *values: object
    ) -> tuple[Advisory, ...]:
        rows = self._run(sql, *values)
        try:
            return tuple(
                advisory_of((*place, name), own, self._shared_of(common, shared))
                for _, name, own, common, shared in rows
            )
        except (ValueError, TypeError, AttributeError) as trouble:
            raise self._damaged(trouble) from trouble

    def _shared_of(self, number: int, text: str) -> dict[str, Any]:
        known = self._shared.get(number)
        if known is None:
            known = shared_of(text)
            _remember(self._shared, number, known)
        return known

    def _package(self, scope: str, package: str) -> int:
        number = self._packages.get((scope, package))
        if number is None:
            rows = self._run("SELECT id FROM package WHERE scope = ? AND name = ?", scope, package)
            number = rows[0][0] if rows else 0
            _remember(self._packages, (scope, package), number)
        return number

    # ── explaining ───────────────────────────────────────────────────────────────────────────────

    def about(self, identifier: str) -> tuple[Advisory, ...]:
        """The advisories of every scope and package that an identifier leads to.

        It may be an alias or the id of any record they were made of, in any case (of letters).
        """
        for name in dict.fromkeys((identifier, identifier.upper(), _ghsa(identifier))):
            rows = self._run(
                "SELECT p.scope, p.name, a.id FROM alias l JOIN advisory a ON a.id = l.advisory"
                " JOIN package p ON p.id = a.id >> ? WHERE l.name = ?"
                " ORDER BY p.scope, p.name, a.id",
                ADVISORY_BITS,
                name,
            )
            if rows:
                return tuple(
                    advisory
                    for scope, package, number in rows
                    for advisory in self._numbered((scope, package), [number])
                )
        return ()

    def identifiers(self, beginning: str, *, limit: int) -> tuple[str, ...]:
        """Up to `limit` identifiers that begin so, in order; capitals matter."""
        end = f"{beginning}\U0010ffff"
        rows = self._run(
            "SELECT DISTINCT name FROM alias WHERE name >= ? AND name < ? ORDER BY name LIMIT ?",
            beginning,
            end,
            limit,
        )
        return tuple(name for (name,) in rows)

    def claims(self, scope: str, package: str, name: str = "") -> tuple[Advisory, ...]:
        """What each source says of a package: its own ranges and words, `sources` just that one.

        With `name` (any identifier) only what was made into the advisory it leads to, or into any
        of them where it is not an advisory's own.
        """
        number = self._package(scope, package)
        found: list[Advisory] = []
        for source, body in self._run(
            "SELECT s.name, c.body FROM claim c JOIN source s ON s.number = c.source"
            " WHERE c.id >= ? AND c.id < ? ORDER BY s.name",
            number << SOURCE_BITS,
            (number + 1) << SOURCE_BITS,
        ):
            try:
                claims = unpack(body)
            except ValueError as trouble:
                raise self._damaged(trouble) from trouble
            found += (_of_one(claim, source) for claim in claims)
        if not name:
            return tuple(found)
        names = {name}
        for advisory in self.about(name):
            if (advisory.scope, advisory.package) == (scope, package):
                names |= {advisory.id, *advisory.aliases}
        return tuple(claim for claim in found if not names.isdisjoint((claim.id, *claim.aliases)))

    def facts(self, name: str) -> tuple[tuple[str, str, str], ...]:
        """What any source says of a CVE, or of another name, as (kind, value, whose).

        Kinds are "cvss 2.0" to "cvss 4.0" (a vector), "word" (one of SEVERITIES), "cwe", "summary",
        "published" and "alias".
        """
        rows = self._run("SELECT body FROM fact WHERE name = ?", name)
        try:
            found = {
                (kind, value, whose) for (body,) in rows for kind, value, whose in json.loads(body)
            }
        except (ValueError, TypeError) as trouble:
            raise self._damaged(trouble) from trouble
        return tuple(sorted(found))

    def kev(self, cve: str) -> bool:
        """Whether CISA lists the CVE as exploited."""
        if self._kev is None:
            self._kev = frozenset(name for (name,) in self._run("SELECT cve FROM kev"))
        return cve in self._kev

    def epss(self, cve: str) -> tuple[float, float] | None:
        """FIRST's score and percentile, both in 0..1; None where the CVE has none."""
        return self.epss_of((cve,)).get(cve)

    def epss_of(self, cves: Iterable[str]) -> dict[str, tuple[float, float]]:
        """FIRST's score and percentile of each of the CVEs that has them, both in 0..1."""
        names = list(cves)
        found: dict[str, tuple[float, float]] = {}
        for start in range(0, len(names), _AT_ONCE):
            part = names[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(part))
            rows = self._run(
                f"SELECT cve, score, percentile FROM epss WHERE cve IN ({marks})",  # noqa: S608 - marks
                *part,
            )
            found |= {cve: (float(score), float(percentile)) for cve, score, percentile in rows}
        return found

    def _run(self, sql: str, *values: object) -> list[Any]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as trouble:
            raise self._damaged(trouble) from trouble

    def _damaged(self, trouble: Exception) -> AdvisoryError:
        return AdvisoryError(f"{self.path}: damaged advisory index: {trouble}", _HINT)


def _remember(memory: dict[Any, Any], key: object, value: object) -> None:
    if len(memory) >= LIMITS.advisory_memo:
        del memory[next(iter(memory))]  # the oldest
    memory[key] = value


def _ghsa(identifier: str) -> str:
    """GitHub's identifiers are in small letters but for the beginning."""
    return f"GHSA-{identifier[5:].lower()}" if identifier[:5].upper() == "GHSA-" else identifier


def _of_one(claim: Advisory, source: str) -> Advisory:
    return claim if len(claim.sources) == 1 else replace(claim, sources=(source,))


def _source_of(row: tuple[Any, ...]) -> IndexSource:
    name, url, date, fetched, records, skipped, state, scopes, dated = row
    pairs = tuple((scope, checked) for scope, checked in json.loads(scopes))
    return IndexSource(name, url, date, fetched, records, skipped, state, pairs, dated)


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
