"""Writing an advisory index: claims are staged, merged package by package, swapped in whole.

Sources hand in claims (an `Advisory` each, saying what that one source says). They are staged in a
scratch database, so memory does not grow with their number, and are read back grouped by (scope,
package), where `merge` (the caller's rules) makes one advisory per vulnerability of them.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from ironhull.errors import StoreError
from ironhull.model import Advisory, Range
from ironhull.store._advisories_schema import APPLICATION_ID, INDEXES, SCHEMA_VERSION, TABLES
from ironhull.store.advisories import IndexSource
from ironhull.store.files import sync_directory

__all__ = ["TEMPORARY", "IndexBuilder", "Order", "building"]

TEMPORARY = ".building"
"""The suffix of files that a killed run may leave; the next run under the lock removes them."""

Order = Callable[[str], bytes]
Facts = Callable[[str], list[tuple[str, str]]]
Merge = Callable[[list[Advisory], Facts], Iterable[Advisory]]

_STAGING = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
CREATE TABLE claim (scope TEXT, package TEXT, source TEXT, body BLOB);
CREATE TABLE fact (
    cve TEXT, kind TEXT, value TEXT, source TEXT, PRIMARY KEY (cve, kind, value)
) WITHOUT ROWID;
CREATE TABLE kev (cve TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE epss (cve TEXT PRIMARY KEY, score REAL, percentile REAL) WITHOUT ROWID;
"""
_PRAGMAS = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA page_size = 8192;"
_BATCH = 2_000

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Advisory).decode
_encode_json = msgspec.json.Encoder().encode


@contextmanager
def building(path: Path) -> Iterator[IndexBuilder]:
    """A builder whose index becomes `path` when `finish` was called and the block ends well.

    The caller holds the lock. Raises StoreError for a full or read-only disk.
    """
    index, staging = (path.with_name(path.name + end + TEMPORARY) for end in ("", ".claims"))
    builder = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for leftover in (index, staging):
            leftover.unlink(missing_ok=True)
        builder = IndexBuilder(index, staging)
        yield builder
        builder.close()
        index.replace(path)
        sync_directory(path.parent)
    except sqlite3.Error as trouble:
        message = f"cannot write the advisory index {path}: {trouble}"
        raise StoreError(message, "check free space and rights") from trouble
    except OSError as trouble:
        message = f"cannot write the advisory index {path}: {trouble.strerror or trouble}"
        raise StoreError(message, "check free space and rights") from trouble
    finally:
        if builder is not None:
            builder.close()
        for leftover in (index, staging):
            with suppress(OSError):
                leftover.unlink(missing_ok=True)


class IndexBuilder:
    """Takes claims source by source, then `finish` merges and writes. Used through `building`."""

    def __init__(self, path: Path, staging: Path) -> None:
        self._path = path
        self._staging = sqlite3.connect(staging, isolation_level=None)
        self._staging.executescript(_STAGING)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(_PRAGMAS)
        self._sources: list[IndexSource] = []
        self._examined: set[tuple[str, str]] = set()
        self._hash = hashlib.sha256()

    def close(self) -> None:
        """Close both files; harmless twice."""
        self._staging.close()
        self._db.close()

    @contextmanager
    def source(self, name: str) -> Iterator[None]:
        """What is added inside counts as a whole: an exception takes back all of source `name`."""
        self._staging.execute("BEGIN")
        try:
            yield
        except BaseException:
            # journal_mode OFF cannot roll back, and claims are cheap to delete by name
            self._staging.execute("COMMIT")
            for table in ("claim", "fact"):
                self._staging.execute(f"DELETE FROM {table} WHERE source = ?", (name,))  # noqa: S608 - constants
            raise
        self._staging.execute("COMMIT")

    def add_claims(self, name: str, claims: Iterable[Advisory]) -> int:
        """Stage what source `name` says; returns how many claims it were."""
        count = 0
        batch: list[Advisory] = []
        for claim in claims:
            batch.append(claim)
            count += 1
            if len(batch) >= _BATCH:
                self._stage(name, batch)
                batch.clear()
        self._stage(name, batch)
        return count

    def _stage(self, name: str, batch: list[Advisory]) -> None:
        self._staging.executemany(
            "INSERT INTO claim VALUES (?, ?, ?, ?)",
            [(claim.scope, claim.package, name, _encode(claim)) for claim in batch],
        )
        self._staging.executemany(
            "INSERT OR IGNORE INTO fact VALUES (?, ?, ?, ?)",
            [(*fact, name) for claim in batch for fact in _facts(claim)],
        )

    def add_kev(self, cves: Iterable[str]) -> int:
        """Stage the CVEs known as exploited; returns how many."""
        self._staging.execute("DELETE FROM kev")
        return self._staging.executemany(
            "INSERT OR IGNORE INTO kev VALUES (?)", [(cve,) for cve in cves]
        ).rowcount

    def add_epss(self, scores: Iterable[tuple[str, float, float]]) -> int:
        """Stage (CVE, score, percentile) rows; returns how many."""
        self._staging.execute("DELETE FROM epss")
        return self._staging.executemany(
            "INSERT OR REPLACE INTO epss VALUES (?, ?, ?)", scores
        ).rowcount

    def add_examined(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Note the (scope, package) pairs that a source which knows only some has looked at."""
        self._examined.update(pairs)

    def add_source(self, source: IndexSource) -> None:
        """Note a source that was read whole."""
        self._sources.append(source)

    def finish(self, *, merge: Merge, orders: Callable[[str], Order | None], built: str) -> int:
        """Merge and write everything; `orders` gives a scope's version order.

        Returns how many ranges or versions could not be ordered and were left out.
        """
        self._staging.execute("CREATE INDEX claims ON claim (scope, package)")
        self._db.execute("BEGIN")
        for statement in filter(str.strip, TABLES.split(";")):
            self._db.execute(statement)
        unordered = self._write_advisories(merge, orders)
        self._copy("kev", "INSERT INTO kev VALUES (?)")
        self._copy("epss", "INSERT INTO epss VALUES (?, ?, ?)")
        self._db.executemany("INSERT INTO examined VALUES (?, ?)", sorted(self._examined))
        for source in self._sources:
            # what a source says is hashed above; of the source itself its date counts
            self._hash.update(repr((source.name, source.date, source.scopes)).encode())
            self._db.execute(
                "INSERT INTO source VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*_columns(source), json.dumps(source.scopes)),
            )
        self._db.executemany(
            "INSERT INTO meta VALUES (?, ?)",
            [("digest", f"sha256:{self._hash.hexdigest()}"), ("built", built)],
        )
        self._db.execute(INDEXES)
        self._db.execute("COMMIT")
        self._db.execute("ANALYZE")
        # last of all: before this, no reader takes the file for an index
        self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        self._db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        return unordered

    def _write_advisories(self, merge: Merge, orders: Callable[[str], Order | None]) -> int:
        rows = self._staging.execute(
            "SELECT scope, package, body FROM claim ORDER BY scope, package, rowid"
        )
        number = unordered = 0
        caches: dict[str, dict[str, bytes | None]] = {}
        for (scope, package), group in groupby(rows, key=lambda row: (row[0], row[1])):
            order = orders(scope)
            if order is None:
                continue
            cache = caches.setdefault(scope.split(":")[0], {})
            if len(cache) > 500_000:
                cache.clear()
            claims = [_decode(body) for _, _, body in group]
            for advisory in merge(claims, self._facts_of):
                number += 1
                unordered += self._write(number, scope, package, advisory, _Keys(order, cache))
        return unordered

    def _write(self, number: int, scope: str, package: str, advisory: Advisory, keys: _Keys) -> int:
        body = _encode_json(_slim(advisory)).decode()
        self._hash.update(f"{scope}\0{package}\0{body}\n".encode())
        self._db.execute(
            "INSERT INTO advisory VALUES (?, ?, ?, ?, ?)",
            (number, scope, package, advisory.id, body),
        )
        unordered = 0
        spans: list[tuple[bytes, bytes | None, bool]] = []
        for place, wanted in enumerate(advisory.ranges):
            span = keys.span(wanted)
            if span is None:
                unordered += 1
                continue
            spans.append(span)
            self._db.execute(
                "INSERT INTO affected VALUES (?, ?, ?, ?, ?, ?, ?)",
                (scope, package, span[0], number, place, span[1], span[2]),
            )
        for version in advisory.versions:
            key = keys.key(version)
            if key is None:
                unordered += 1
            elif not any(_inside(key, span) for span in spans):
                self._db.execute(
                    "INSERT OR IGNORE INTO exact VALUES (?, ?, ?, ?)",
                    (scope, package, key, number),
                )
        return unordered

    def _facts_of(self, cve: str) -> list[tuple[str, str]]:
        """What any source said of a CVE's severity, as (kind, value)."""
        return self._staging.execute(
            "SELECT kind, value FROM fact WHERE cve = ? ORDER BY kind, value", (cve,)
        ).fetchall()

    def _copy(self, table: str, insert: str) -> None:
        for row in self._staging.execute(f"SELECT * FROM {table} ORDER BY cve"):  # noqa: S608 - constants
            self._hash.update(repr(row).encode())
            self._db.execute(insert, row)


class _Keys:
    """A version order with a memory; None for what cannot be ordered."""

    __slots__ = ("_cache", "_order")

    def __init__(self, order: Order, cache: dict[str, bytes | None]) -> None:
        self._order = order
        self._cache = cache

    def key(self, version: str) -> bytes | None:
        try:
            return self._cache[version]
        except KeyError:
            pass
        try:
            key = self._order(version)
        except ValueError:
            key = None
        self._cache[version] = key
        return key

    def span(self, wanted: Range) -> tuple[bytes, bytes | None, bool] | None:
        low = b"" if wanted.introduced in ("", "0") else self.key(wanted.introduced)
        end = wanted.fixed or wanted.last_affected
        high = self.key(end) if end else None
        if low is None or (end and high is None):
            return None
        return low, high, not wanted.fixed and bool(end)


def _inside(key: bytes, span: tuple[bytes, bytes | None, bool]) -> bool:
    low, high, closed = span
    return low <= key and (high is None or key < high or (closed and key == high))


def _facts(claim: Advisory) -> Iterator[tuple[str, str, str]]:
    cves = {name for name in (claim.id, *claim.aliases) if name.startswith("CVE-")}
    if len(cves) != 1:
        return  # several at once: whose severity it is cannot be told
    (cve,) = cves
    for cvss in claim.cvss:
        yield cve, f"cvss {cvss.version}", cvss.vector
    if claim.severity != "unspecified" and claim.severity_source:
        yield cve, f"word {claim.severity_source}", claim.severity


def _columns(source: IndexSource) -> tuple[Any, ...]:
    return (
        *(source.name, source.url, source.date, source.fetched),
        *(source.records, source.skipped, source.state),
    )


def _slim(advisory: Advisory) -> dict[str, Any]:
    """The stored form: ends of ranges and parts of scores as lists, empty fields left out."""
    values: dict[str, Any] = {
        "ranges": [_trimmed([r.introduced, r.fixed, r.last_affected]) for r in advisory.ranges],
        "cvss": [[c.version, c.vector, c.score] for c in advisory.cvss],
    }
    for name in ("id", "aliases", "status", "urgency", "reason", "severity", "severity_source"):
        values[name] = getattr(advisory, name)
    for name in ("cwes", "summary", "published", "modified", "url", "sources"):
        values[name] = getattr(advisory, name)
    return {name: value for name, value in values.items() if value}


def _trimmed(ends: list[str]) -> list[str]:
    while ends and not ends[-1]:
        ends.pop()
    return ends
