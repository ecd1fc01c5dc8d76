"""Writing an advisory index: what changed is read and merged anew, the rest is taken over.

The new index is made beside the one in use, as a copy of it where there is one, and swapped in
whole. Each source comes as a `Stage`: its claims grouped by package. Groups that differ from those
in the index replace them, and the packages they are about, with those that mention a CVE somebody
now says something else of, are merged again; an index made from nothing has the same contents and
the same digest.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ironhull.errors import AdvisoryError, StoreError
from ironhull.oci.storage import storage_error
from ironhull.store._advisories_forms import unpack
from ironhull.store._advisories_schema import (
    ADVISORY_BITS,
    APPLICATION_ID,
    SCHEMA_VERSION,
    SOURCE_BITS,
    TABLES,
)
from ironhull.store._advisories_stage import Stage
from ironhull.store._advisories_writing import Rules, Writer
from ironhull.store.advisories import AdvisoryIndex, IndexSource
from ironhull.store.files import sync_directory

__all__ = ["TEMPORARY", "IndexBuilder", "Rules", "Stage", "building"]

TEMPORARY = ".building"
"""The suffix of files that a killed run may leave; the next run under the lock removes them."""

_PRAGMAS = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
PRAGMA cache_size = -64000;
"""
_ROOM = 3
"""An index of which more than a third is room left by what is gone is written anew."""


@contextmanager
def building(path: Path, rules: Rules, *, upon: Path | None = None) -> Iterator[IndexBuilder]:
    """A builder whose index becomes `path` when `finish` was called and the block ends well.

    It begins with what the index `upon` holds, with nothing where that is none or of another
    version. The caller holds the lock. Raises StoreError for a full or read-only disk.
    """
    new = path.with_name(path.name + TEMPORARY)
    builder = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _clear(path)
        builder = IndexBuilder(new, rules, _held(new, upon))
        yield builder
        builder.close()
        with new.open("rb") as file:
            _sync(file.fileno())
        new.replace(path)
        sync_directory(path.parent)
    except sqlite3.Error as trouble:
        raise _of_sqlite(trouble, path) from trouble
    except OSError as trouble:
        raise storage_error(trouble, f"cannot write the advisory index {path}") from trouble
    finally:
        if builder is not None:
            builder.close()
        with suppress(OSError):
            _clear(path)


def _clear(path: Path) -> None:
    for leftover in path.parent.glob(f"{path.name}*{TEMPORARY}"):
        leftover.unlink(missing_ok=True)


def _sync(handle: int) -> None:
    import os

    os.fsync(handle)


def _of_sqlite(trouble: sqlite3.Error, path: Path) -> StoreError:
    message = f"cannot write the advisory index {path}: {trouble}"
    hint = "check free space and rights; what was in use stays in use"
    if "full" in str(trouble):
        hint = "free some space, or point IRONHULL_HOME to a larger file system"
    return StoreError(message, hint)


def _held(new: Path, upon: Path | None) -> Mapping[str, IndexSource] | None:
    """Make `new` a copy of the index `upon`; gives what it holds, None for no such index."""
    if upon is None:
        return None
    try:
        with AdvisoryIndex.open(upon) as index:
            held = {source.name: source for source in index.sources}
    except AdvisoryError:
        return None
    shutil.copyfile(upon, new)
    return held


class IndexBuilder:
    """Takes or keeps what each source says, then `finish` merges and writes.

    Used through `building`. `held` are the sources of the index it begins with; of these only what
    `keep` or `take` names stays.
    """

    def __init__(
        self, path: Path, rules: Rules, held: Mapping[str, IndexSource] | None = None
    ) -> None:
        self.path = path
        self.rules = rules
        self.held = held or {}
        self._fresh = held is None
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(_PRAGMAS)
        if self._fresh:
            self._db.execute("PRAGMA page_size = 8192")
            self._db.executescript(f"BEGIN;{TABLES}COMMIT;")
        # last of all it becomes an index again
        self._db.execute("PRAGMA user_version = 0")
        self._work = path.with_name(path.name.removesuffix(TEMPORARY) + ".work" + TEMPORARY)
        self._db.execute("ATTACH ? AS work", (str(self._work),))
        self._db.executescript(
            "PRAGMA work.journal_mode = OFF; PRAGMA work.synchronous = OFF;"
            "CREATE TABLE work.dirty (package INTEGER PRIMARY KEY);"
            "CREATE TABLE work.changed (name TEXT PRIMARY KEY) WITHOUT ROWID;"
            "CREATE TABLE work.new (scope TEXT, package TEXT, digest BLOB, body BLOB, facts TEXT);"
        )
        self._numbers: dict[str, int] = dict(self._db.execute("SELECT name, number FROM source"))
        self._sources: dict[str, IndexSource] = {}
        self._taken: set[str] = set()

    def close(self) -> None:
        """Close the files; harmless twice."""
        self._db.close()

    @property
    def same_rules(self) -> bool:
        """Whether the index it begins with was made by these rules."""
        row = self._db.execute("SELECT value FROM meta WHERE key = 'rules'").fetchone()
        return bool(row == (self.rules.name,))

    def scratch(self, name: str) -> Path:
        """Where the stage of a source may be written."""
        base = self.path.name.removesuffix(TEMPORARY)
        return self.path.with_name(f"{base}.{name}{TEMPORARY}")

    @contextmanager
    def source(self, name: str) -> Iterator[Stage]:
        """A stage of source `name` that is taken when the block ends well, else forgotten."""
        path = self.scratch(name)
        try:
            with Stage(path, self.rules.facts_of) as stage:
                yield stage
                stage.finish()
            self.take(name, path)
        finally:
            path.unlink(missing_ok=True)

    def keep(self, source: IndexSource) -> None:
        """What the index it begins with has of a source stays; the row of it becomes `source`."""
        self._sources[source.name] = source

    def take(self, name: str, stage: Path) -> None:
        """What a finished stage holds takes the place of what the index has of the source."""
        number = self._number(name)
        self._taken.add(name)
        self._db.execute("ATTACH ? AS stage", (str(stage),))
        try:
            self._db.execute("BEGIN")
            self._take_claims(number)
            self._take_facts(number)
            self._take_table(number, "kev")
            self._take_table(number, "epss")
            self._db.execute("DELETE FROM examined WHERE source = ?", (number,))
            self._db.execute(
                "INSERT INTO examined SELECT scope, package, ? FROM stage.examined", (number,)
            )
            self._db.execute(
                "UPDATE source SET content = (SELECT digest FROM stage.content) WHERE number = ?",
                (number,),
            )
            self._db.execute("COMMIT")
        finally:
            with suppress(sqlite3.Error):
                self._db.execute("DETACH stage")

    def finish(self, built: str) -> int:
        """Merge what changed and write it; `built` is the moment (RFC 3339).

        Returns how many ranges or versions could not be ordered and were left out.
        """
        if lost := self._taken - self._sources.keys():
            raise ValueError(f"taken, but not described by keep: {', '.join(sorted(lost))}")
        for name in self._numbers.keys() - self._sources.keys():
            self._forget(name)
        anew = self._fresh or not self.same_rules
        self._db.execute("BEGIN")
        if anew and not self._fresh:
            self._facts_anew()
            self._db.execute("INSERT OR IGNORE INTO work.dirty SELECT id FROM package")
        self._dirty_by_facts()
        Writer(self._db, self.rules).write_dirty(anew=anew)
        self._describe(built)
        self._db.execute("COMMIT")
        self._db.execute("DETACH work")
        self._work.unlink(missing_ok=True)
        self._compact()
        self._db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        # last of all: before this, no reader takes the file for an index
        self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        (unordered,) = self._db.execute("SELECT total(unordered) FROM package").fetchone()
        return int(unordered)

    # ── sources ──────────────────────────────────────────────────────────────────────────────────

    def _number(self, name: str) -> int:
        if name not in self._numbers:
            taken = {*self._numbers.values()}
            number = next(n for n in range(1, 1 << SOURCE_BITS) if n not in taken)
            self._db.execute(
                "INSERT INTO source VALUES (?, ?, '', '', '', 0, 0, '', '[]', '', x'')",
                (number, name),
            )
            self._numbers[name] = number
        return self._numbers[name]

    def _forget(self, name: str) -> None:
        """A source that is neither kept nor taken leaves with all it said."""
        path = self.scratch(name)
        with Stage(path, self.rules.facts_of) as nothing:
            nothing.finish()
        self.take(name, path)
        self._taken.discard(name)
        path.unlink()
        self._db.execute("DELETE FROM source WHERE number = ?", (self._numbers.pop(name),))

    def _take_claims(self, number: int) -> None:
        gone = self._db.execute(
            "SELECT c.id FROM claim c JOIN package p ON p.id = c.id >> ? WHERE c.source = ?"
            " AND NOT EXISTS (SELECT 1 FROM stage.said s"
            "  WHERE s.scope = p.scope AND s.package = p.name AND s.digest = c.digest)",
            (SOURCE_BITS, number),
        ).fetchall()
        for (claim,) in gone:
            self._drop_claim(claim)
        rows = "SELECT scope, package, digest, body, facts FROM stage.said"
        held = self._db.execute("SELECT 1 FROM claim WHERE source = ?", (number,)).fetchone()
        if held:  # only what is not there: first aside, as the same tables are written to
            self._db.execute("DELETE FROM work.new")
            self._db.execute(
                "INSERT INTO work.new SELECT s.scope, s.package, s.digest, s.body, s.facts"
                " FROM stage.said s LEFT JOIN package p ON p.scope = s.scope AND p.name = s.package"
                " LEFT JOIN claim c ON c.id = (p.id << ?) | ? WHERE c.id IS NULL",
                (SOURCE_BITS, number),
            )
            rows = "SELECT * FROM work.new"
        for scope, package, digest, body, facts in self._db.execute(rows):
            claim = self._package(scope, package) << SOURCE_BITS | number
            self._db.execute("INSERT INTO claim VALUES (?, ?, ?, ?)", (claim, number, digest, body))
            if facts:
                self._add_facts(claim, json.loads(facts))

    def _drop_claim(self, claim: int) -> None:
        (body,) = self._db.execute("SELECT body FROM claim WHERE id = ?", (claim,)).fetchone()
        names = {fact[0] for said in unpack(body) for fact in self.rules.facts_of(said)}
        rows = [(name, claim) for name in names]
        self._db.executemany("DELETE FROM fact WHERE name = ? AND origin = ?", rows)
        self._changed(names)
        self._db.execute("DELETE FROM claim WHERE id = ?", (claim,))
        self._db.execute("INSERT OR IGNORE INTO work.dirty VALUES (?)", (claim >> SOURCE_BITS,))

    def _add_facts(self, claim: int, facts: Iterable[Sequence[str]]) -> None:
        by_name: dict[str, list[Sequence[str]]] = {}
        for name, *fact in facts:
            by_name.setdefault(name, []).append(fact)
        rows = [(name, claim, json.dumps(said)) for name, said in by_name.items()]
        self._db.executemany("INSERT INTO fact VALUES (?, ?, ?)", rows)
        self._changed(by_name)

    def _changed(self, names: Iterable[str]) -> None:
        if not self._fresh:  # else everything is merged anyway
            rows = [(name,) for name in names]
            self._db.executemany("INSERT OR IGNORE INTO work.changed VALUES (?)", rows)

    def _package(self, scope: str, name: str) -> int:
        row = self._db.execute(
            "SELECT id FROM package WHERE scope = ? AND name = ?", (scope, name)
        ).fetchone()
        if row is None:
            values = (scope, name)
            made = self._db.execute("INSERT INTO package VALUES (NULL, ?, ?, 0, 0, x'')", values)
            row = (made.lastrowid,)
        self._db.execute("INSERT OR IGNORE INTO work.dirty VALUES (?)", row)
        return int(row[0])

    def _take_facts(self, number: int) -> None:
        differing = (
            "INSERT OR IGNORE INTO work.changed"
            " SELECT n.name FROM stage.fact n LEFT JOIN fact o ON o.name = n.name AND o.origin = ?1"
            "  WHERE o.body IS NOT n.body"
            " UNION SELECT o.name FROM fact o LEFT JOIN stage.fact n ON n.name = o.name"
            "  WHERE o.origin = ?1 AND n.name IS NULL"
        )
        self._db.execute(differing, (-number,))
        self._db.execute("DELETE FROM fact WHERE origin = ?", (-number,))
        self._db.execute("INSERT INTO fact SELECT name, ?, body FROM stage.fact", (-number,))

    def _take_table(self, number: int, table: str) -> None:
        """KEV and EPSS, whole: each belongs to the source that gives rows of it."""
        (rows,) = self._db.execute(f"SELECT count(*) FROM stage.{table}").fetchone()  # noqa: S608 - constants
        owner = f"{table} of"
        held = self._db.execute("SELECT value FROM meta WHERE key = ?", (owner,)).fetchone()
        if rows or held == (str(number),):
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - constants
            self._db.execute(f"INSERT INTO {table} SELECT * FROM stage.{table}")  # noqa: S608 - constants
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (owner, str(number)))

    # ── the end ──────────────────────────────────────────────────────────────────────────────────

    def _facts_anew(self) -> None:
        """Claims stay what they are, but by these rules they may say other things of names."""
        self._db.execute("DELETE FROM fact WHERE origin > 0")
        for claim, body in self._db.execute("SELECT id, body FROM claim"):
            facts = {fact for said in unpack(body) for fact in self.rules.facts_of(said)}
            self._add_facts(claim, sorted(facts))

    def _dirty_by_facts(self) -> None:
        if not self._fresh:
            self._db.execute(
                "INSERT OR IGNORE INTO work.dirty SELECT a.advisory >> ?"
                " FROM work.changed w JOIN alias a ON a.name = w.name",
                (ADVISORY_BITS,),
            )

    def _describe(self, built: str) -> None:
        for source in self._sources.values():
            self._db.execute(
                "UPDATE source SET url = ?, date = ?, fetched = ?, records = ?, skipped = ?,"
                " state = ?, scopes = ?, dated = ? WHERE number = ?",
                (*_columns(source), self._number(source.name)),
            )
        self._db.executemany(
            "INSERT OR REPLACE INTO meta VALUES (?, ?)",
            [("digest", self._digest()), ("built", built), ("rules", self.rules.name)],
        )

    def _digest(self) -> str:
        """Over what the index says, whatever the order and the way it was made."""
        found = hashlib.sha256()
        for (digest,) in self._db.execute("SELECT digest FROM package ORDER BY scope, name"):
            found.update(digest)
        for row in self._db.execute("SELECT name, date, scopes, content FROM source ORDER BY name"):
            found.update(repr(row).encode())
        return f"sha256:{found.hexdigest()}"

    def _compact(self) -> None:
        (free,) = self._db.execute("PRAGMA freelist_count").fetchone()
        (pages,) = self._db.execute("PRAGMA page_count").fetchone()
        if free * _ROOM > pages:
            self._db.execute("VACUUM")


def _columns(source: IndexSource) -> tuple[Any, ...]:
    return (
        *(source.url, source.date, source.fetched, source.records, source.skipped),
        *(source.state, json.dumps(sorted(source.scopes)), source.dated),
    )
