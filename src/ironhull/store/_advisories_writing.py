"""Merging the claims of packages and writing what comes of it.

`merge` (the caller's rules) makes one advisory per vulnerability of the claims on a package; here
they become rows: bodies, ranges and versions as sortable bytes, identifiers that lead to them.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ironhull.model import Advisory, Range
from ironhull.store._advisories_forms import store_form, unpack
from ironhull.store._advisories_schema import ADVISORY_BITS, SOURCE_BITS
from ironhull.store._advisories_stage import FactsOf
from ironhull.values import dataclass, field

__all__ = ["Facts", "Merge", "Order", "Rules", "Writer"]

Order = Callable[[str], bytes]
Facts = Callable[[str], Iterable[tuple[str, ...]]]
Merge = Callable[[list[Advisory], Facts], Iterable[Advisory]]

_DIGEST = 16
_CHUNK = 1_000
_REMEMBERED = 500_000  # sort keys of one packaging system
_KNOWN_NAMES = 20_000
_ASKED = (1 << ADVISORY_BITS) - 1  # no advisory: of a name whose facts a package depends on
_DERIVED = ("advisory", "common", "affected", "exact", "alias")

Span = tuple[bytes, bytes | None, bool]


@dataclass(frozen=True, slots=True)
class Rules:
    """How claims become advisories.

    `facts_of` gives what a claim says that holds beyond its package, `merge(claims, facts)` the
    advisories of one package, where `facts(name)` are (kind, value, whose); `order` gives the
    version order of a scope. Two rules of one `name` are the same: an index made by others is
    merged anew.
    """

    name: str
    merge: Merge
    facts_of: FactsOf
    order: Callable[[str], Order | None]


@dataclass(slots=True)
class _Rows:
    """What one package puts into each table."""

    advisory: list[tuple[Any, ...]] = field(default_factory=list)
    common: dict[int, str] = field(default_factory=dict)
    affected: list[tuple[Any, ...]] = field(default_factory=list)
    exact: list[tuple[Any, ...]] = field(default_factory=list)
    alias: set[tuple[str, int]] = field(default_factory=set)
    unordered: int = 0


class Writer:
    """Merges the packages in `work.dirty` of an index that is being made."""

    def __init__(self, db: sqlite3.Connection, rules: Rules) -> None:
        self._db = db
        self._rules = rules
        self._keys: dict[str, dict[str, bytes | None]] = {}
        self._facts: dict[str, list[tuple[str, ...]]] = {}
        self._asked: set[str] = set()

    def write_dirty(self, *, anew: bool) -> None:
        """Write every package in `work.dirty`; with `anew` these are all there are."""
        if anew:
            for table in _DERIVED:
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - constants
        self._db.execute("CREATE TABLE work.alias (name TEXT, advisory INTEGER)")
        for package, scope, name in self._dirty():
            if not anew:
                self._remove(package)
            self._write(package, scope, name)
        self._db.execute(
            "INSERT OR IGNORE INTO alias SELECT name, advisory FROM work.alias ORDER BY 1, 2"
        )
        if not anew:
            self._db.execute("DELETE FROM common WHERE id NOT IN (SELECT common FROM advisory)")

    def _dirty(self) -> Iterator[tuple[int, str, str]]:
        last = 0
        while rows := self._db.execute(
            "SELECT p.id, p.scope, p.name FROM work.dirty d JOIN package p ON p.id = d.package"
            " WHERE d.package > ? ORDER BY d.package LIMIT ?",
            (last, _CHUNK),
        ).fetchall():
            yield from rows
            last = rows[-1][0]

    def _remove(self, package: int) -> None:
        """What was computed of the claims before."""
        places = (package << ADVISORY_BITS, (package + 1) << ADVISORY_BITS)
        within = "BETWEEN ? AND ? - 1"
        names = []
        rows = self._db.execute(
            f"SELECT id, name, body FROM advisory WHERE id {within}",  # noqa: S608 - constants
            places,
        )
        for number, name, body in rows:
            own = json.loads(body)
            others = {name, *own.get("aliases", ()), *own.get("also", ())}
            names += [(other, number) for other in others]
        self._db.executemany("DELETE FROM alias WHERE name = ? AND advisory = ?", names)
        self._db.execute(f"DELETE FROM advisory WHERE id {within}", places)  # noqa: S608 - constants
        for table in ("affected", "exact"):
            self._db.execute(f"DELETE FROM {table} WHERE package = ?", (package,))  # noqa: S608 - constants

    def _write(self, package: int, scope: str, name: str) -> None:
        claims: list[Advisory] = []
        found = hashlib.sha256(f"{scope}\0{name}\0".encode())
        for source, digest, body in self._db.execute(
            "SELECT s.name, c.digest, c.body FROM claim c JOIN source s ON s.number = c.source"
            " WHERE c.id BETWEEN ? AND ? ORDER BY s.name",
            (package << SOURCE_BITS, (package + 1 << SOURCE_BITS) - 1),
        ):
            found.update(f"{source}\0".encode() + digest)
            claims += unpack(body)
        if not claims:
            self._db.execute("DELETE FROM package WHERE id = ?", (package,))
            return
        rows = _Rows()
        order = self._rules.order(scope)
        if order is not None:
            self._asked.clear()
            merged = sorted(
                self._rules.merge(claims, self._facts_of), key=lambda advisory: advisory.id
            )
            keys = _Keys(order, self._keys.setdefault(scope.partition(":")[0], {}))
            self._fill(rows, package, merged, keys)
            _lead(rows, package, merged, claims)
            named = {alias for alias, _ in rows.alias}
            asked = package << ADVISORY_BITS | _ASKED
            rows.alias |= {(name, asked) for name in self._asked - named}
        for line in (*rows.advisory, *rows.affected, *rows.exact):
            found.update(repr(line[1:]).encode())
        for _, text in sorted(rows.common.items()):
            found.update(text.encode())
        self._insert(package, rows, found.digest()[:_DIGEST])

    def _fill(self, rows: _Rows, package: int, merged: list[Advisory], keys: _Keys) -> None:
        for place, advisory in enumerate(merged):
            number = package << ADVISORY_BITS | place
            own, shared = store_form(advisory)
            common = int.from_bytes(hashlib.sha256(shared.encode()).digest()[:8], "big") >> 1
            rows.common[common] = shared
            rows.advisory.append((number, advisory.id, common, own))
            spans: list[Span] = []
            for at, wanted in enumerate(advisory.ranges):
                span = keys.span(wanted)
                if span is None:
                    rows.unordered += 1
                    continue
                spans.append(span)
                rows.affected.append((package, span[0], place, at, span[1], span[2]))
            listed = [keys.key(version) for version in advisory.versions]
            rows.unordered += listed.count(None)
            apart = {key for key in listed if key is not None and not _inside(key, spans)}
            rows.exact += [(package, key, place) for key in sorted(apart)]

    def _insert(self, package: int, rows: _Rows, digest: bytes) -> None:
        db = self._db
        db.executemany("INSERT INTO advisory VALUES (?, ?, ?, ?)", rows.advisory)
        db.executemany("INSERT OR IGNORE INTO common VALUES (?, ?)", rows.common.items())
        db.executemany("INSERT INTO affected VALUES (?, ?, ?, ?, ?, ?)", rows.affected)
        db.executemany("INSERT INTO exact VALUES (?, ?, ?)", rows.exact)
        db.executemany("INSERT INTO work.alias VALUES (?, ?)", rows.alias)
        db.execute(
            "UPDATE package SET advisories = ?, unordered = ?, digest = ? WHERE id = ?",
            (len(rows.advisory), rows.unordered, digest, package),
        )

    def _facts_of(self, name: str) -> list[tuple[str, ...]]:
        """What any source says of a CVE or another name, in one order."""
        self._asked.add(name)
        known = self._facts.get(name)
        if known is None:
            if len(self._facts) >= _KNOWN_NAMES:
                self._facts.clear()
            rows = self._db.execute("SELECT body FROM fact WHERE name = ?", (name,))
            known = sorted({tuple(fact) for (body,) in rows for fact in json.loads(body)})
            self._facts[name] = known
        return known


def _lead(rows: _Rows, package: int, merged: list[Advisory], claims: list[Advisory]) -> None:
    """The identifiers that lead to each advisory: its own, and those of the claims made it of."""
    by_name: dict[str, list[int]] = {}
    known: list[set[str]] = []
    for place, advisory in enumerate(merged):
        known.append({advisory.id, *advisory.aliases})
        for name in known[place]:
            by_name.setdefault(name, []).append(place)
    also: dict[int, set[str]] = {}
    for claim in claims:
        for name in (claim.id, *claim.aliases):
            for place in by_name.get(name, ()):
                if claim.id not in known[place]:
                    also.setdefault(place, set()).add(claim.id)
    for place, more in also.items():
        number, name, common, _ = rows.advisory[place]
        rows.advisory[place] = (number, name, common, store_form(merged[place], more)[0])
        known[place] |= more
    first = package << ADVISORY_BITS
    rows.alias = {(name, first | place) for place, names in enumerate(known) for name in names}


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
        if len(self._cache) >= _REMEMBERED:
            self._cache.clear()
        try:
            key = self._order(version)
        except ValueError:
            key = None
        self._cache[version] = key
        return key

    def span(self, wanted: Range) -> Span | None:
        low = b"" if wanted.introduced in ("", "0") else self.key(wanted.introduced)
        end = wanted.fixed or wanted.last_affected or wanted.limit
        high = self.key(end) if end else None
        if low is None or (end and high is None):
            return None
        return low, high, bool(wanted.last_affected and not wanted.fixed)


def _inside(key: bytes, spans: list[Span]) -> bool:
    for low, high, closed in spans:
        if low <= key and (high is None or key < high or (closed and key == high)):
            return True
    return False
