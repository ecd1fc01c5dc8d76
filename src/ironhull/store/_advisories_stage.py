"""What one source says, put into a scratch file and grouped by package on its way into the index.

Memory does not grow with the number of claims. A stage is written by whoever reads the source, if
need be in another process, and taken in by `_advisories_build.IndexBuilder.take`.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from ironhull.model import Advisory
from ironhull.store._advisories_forms import pack
from ironhull.store._advisories_schema import STAGE

__all__ = ["FactsOf", "Stage"]

FactsOf = Callable[[Advisory], Iterable[tuple[str, str, str, str]]]
"""(name, kind, value, whose) that a claim says of a CVE, or another name, whatever the package."""

_PRAGMAS = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
PRAGMA cache_size = -32000;
"""
_CONTENT = (("fact", "name"), ("kev", "cve"), ("epss", "cve"), ("examined", "scope, package"))
_DIGEST = 16

_encode = msgspec.msgpack.Encoder().encode


class Stage:
    """A scratch file that takes what one source says; whole when `finish` was called."""

    def __init__(self, path: Path, facts_of: FactsOf) -> None:
        self._facts_of = facts_of
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(_PRAGMAS + STAGE)
        self._db.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    def add_claims(self, claims: Iterable[Advisory]) -> int:
        """What the source says of packages; returns how many claims it were."""
        return self._insert("raw", 4, map(self._row, claims))

    def add_facts(self, facts: Iterable[tuple[str, str, str, str]]) -> int:
        """What it says of CVEs whatever the package, as (CVE, kind, value, whose); how many.

        Kinds are "cvss 2.0" to "cvss 4.0" (a vector), "word" (one of SEVERITIES), "cwe", "summary"
        and "published"; `whose` names who says so ("NVD").
        """
        return self._insert("raw_fact", 4, facts)

    def add_kev(self, cves: Iterable[str]) -> int:
        """The CVEs known as exploited; returns how many."""
        return self._insert("kev", 1, ((cve,) for cve in cves))

    def add_epss(self, scores: Iterable[tuple[str, float, float]]) -> int:
        """(CVE, score, percentile) rows; returns how many."""
        return self._insert("epss", 3, scores)

    def add_examined(self, pairs: Iterable[tuple[str, str]]) -> None:
        """The (scope, package) pairs that a source which knows only some has looked at."""
        self._insert("examined", 2, pairs)

    def finish(self) -> None:
        """Group what was added."""
        self._db.execute("CREATE INDEX raw_of_package ON raw (scope, package)")
        self._db.executemany("INSERT INTO said VALUES (?, ?, ?, ?, ?)", self._groups())
        self._db.execute("CREATE UNIQUE INDEX said_of_package ON said (scope, package, digest)")
        self._db.executemany("INSERT INTO fact VALUES (?, ?)", self._facts())
        self._db.execute("INSERT INTO content VALUES (?)", (self._content(),))
        self._db.execute("DROP TABLE raw")
        self._db.execute("COMMIT")

    def _insert(self, table: str, columns: int, rows: Iterable[tuple[Any, ...]]) -> int:
        marks = ", ".join("?" * columns)
        cursor = self._db.cursor()
        before = self._db.total_changes
        cursor.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", rows)  # noqa: S608 - constants
        return self._db.total_changes - before

    def _row(self, claim: Advisory) -> tuple[str, str, bytes, str | None]:
        facts = sorted({*self._facts_of(claim)})
        text = json.dumps(facts) if facts else None
        return claim.scope, claim.package, _encode(claim), text

    def _groups(self) -> Iterator[tuple[str, str, bytes, bytes, str | None]]:
        rows = self._db.execute(
            "SELECT scope, package, body, facts FROM raw ORDER BY scope, package"
        )
        for (scope, package), group in groupby(rows, key=lambda row: (row[0], row[1])):
            bodies: set[bytes] = set()
            facts: set[tuple[str, ...]] = set()
            for _, _, body, said in group:
                bodies.add(body)
                if said:
                    facts.update(map(tuple, json.loads(said)))
            claims = sorted(bodies)  # whatever the order in which they were read
            digest = hashlib.sha256(b"".join(claims)).digest()[:_DIGEST]
            text = json.dumps(sorted(facts)) if facts else None
            yield scope, package, digest, pack(claims), text

    def _facts(self) -> Iterator[tuple[str, str]]:
        rows = self._db.execute(
            "SELECT DISTINCT name, kind, value, whose FROM raw_fact ORDER BY 1, 2, 3, 4"
        )
        for name, group in groupby(rows, key=lambda row: row[0]):
            yield name, json.dumps([row[1:] for row in group], ensure_ascii=False)

    def _content(self) -> bytes:
        """A digest of what belongs to no package."""
        found = hashlib.sha256()
        for table, key in _CONTENT:
            found.update(table.encode())
            for row in self._db.execute(f"SELECT * FROM {table} ORDER BY {key}"):  # noqa: S608 - constants
                found.update(repr(row).encode())
        return found.digest()[:_DIGEST]
