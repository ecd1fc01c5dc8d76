"""Documents once read, by their content: of a large one only what is asked for is made again.

A JSON list of documents: fields, what their statements have in common, problems, lists of products,
statements. What is kept is only ever what was read of the same bytes by the same code.
"""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ironhull.limits import LIMITS
from ironhull.model import Component, Problem, Statement
from ironhull.statements._reading import asked
from ironhull.store.cache_files import CacheFiles, key_of

if TYPE_CHECKING:
    from ironhull.statements import Document

__all__ = ["CACHED_FROM", "StatementCache"]

CACHED_FROM = 64 * 1024
"""Bytes; what is smaller is read as quickly as a cache."""

_FORMAT = "1"
_SHARED = ("author", "document", "format", "origin", "signature", "signer", "base")
"""What all statements of a document have in common."""

_OWN = (
    "justification",
    "impact_statement",
    "action_statement",
    "status_notes",
    "issued",
    "supplier",
    "number",
)
"""What is kept of each, after what it is about."""

Known = Sequence[tuple[str, str]]
"""Fields of Statement that the reader knows better than the document."""


class StatementCache:
    """The documents kept below the cache folder `root`, read by `code` (`pipeline.code`)."""

    def __init__(self, root: Path, code: str) -> None:
        self._files = CacheFiles(str(root), "statements", limit=LIMITS.cache_file_bytes)
        self._code = code

    def key(self, data: bytes, more: Sequence[str]) -> str:
        """The key of a document with what its statements inherit; "" keeps nothing."""
        return key_of(("vex", _FORMAT, self._code, *more, data)) if self._code else ""

    def load(
        self, key: str, about: Container[str] | None, known: Known = ()
    ) -> tuple[Document, ...] | None:
        """The documents, with their statements about `about`; None where they are not kept.

        `known` are fields of every statement, in place of those that are kept.
        """
        data = self._files.load(key) if key else None
        if data is None:
            return None
        try:
            return tuple(_unpacked(data, about, known))
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
            self._files.forget(key)
            return None

    def keep(self, key: str, documents: Sequence[Document]) -> None:
        """Keep documents read with all their statements."""
        if key:
            self._files.keep(key, _packed(documents))


def _packed(documents: Sequence[Document]) -> bytes:
    found = []
    for said in documents:
        numbers: dict[tuple[Component, ...], int] = {}
        rows = [
            [
                statement.vulnerability,
                statement.aliases,
                statement.status,
                numbers.setdefault(statement.products, len(numbers)),
                *(getattr(statement, name) for name in _OWN),
            ]
            for statement in said.statements
        ]
        found.append(
            {
                "fields": [said.document, said.format, said.author, said.signature],
                "stated": said.stated,
                "shared": [getattr(s, name) for s in said.statements[:1] for name in _SHARED],
                "problems": [[p.stage, p.where, p.message] for p in said.problems],
                "products": [[_component(one) for one in products] for products in numbers],
                "rows": rows,
            }
        )
    return json.dumps(found, separators=(",", ":")).encode()


def _component(said: Component) -> list[Any]:
    return [said.ids, said.hashes, [_component(part) for part in said.parts]]


def _unpacked(
    data: bytes, about: Container[str] | None = None, known: Known = ()
) -> list[Document]:
    from ironhull.statements import Document

    documents = json.loads(data)
    if not isinstance(documents, list) or not documents:
        raise ValueError("no list of documents")
    found = []
    for said in documents:
        document, form, author, signature = said["fields"]
        shared = {**dict(zip(_SHARED, said["shared"], strict=False)), **dict(known)}
        made = _statements(said["rows"], said["products"], shared, about)
        told = tuple(Problem(*problem) for problem in said["problems"])
        stated = int(said["stated"])
        signature = shared.get("signature", signature)
        found.append(Document(document, form, author, signature, made, told, stated))
    return found


def _statements(
    rows: Sequence[Any],
    table: Sequence[Any],
    shared: Mapping[str, str],
    about: Container[str] | None,
) -> tuple[Statement, ...]:
    if not rows:
        return ()
    made: dict[int, tuple[Component, ...]] = {}
    author, document, form, origin, signature, signer, base = (shared[name] for name in _SHARED)
    found = []
    for name, aliases, status, products, why, impact, action, notes, issued, supplier, at in rows:
        if about is not None and name.lower() not in about and not asked(about, aliases):
            continue
        if (components := made.get(products)) is None:
            components = made[products] = tuple([_made(one) for one in table[products]])
        found.append(
            Statement(
                name, status, components, tuple(aliases), why, impact, action, notes, issued,
                author, supplier, document, at, form, origin, signature, signer, base,
            )
        )  # fmt: skip
    return tuple(found)


def _made(said: Sequence[Any]) -> Component:
    ids, hashes, parts = said
    return Component(
        tuple(ids),
        tuple([(name, value) for name, value in hashes]) if hashes else (),
        tuple([_made(part) for part in parts]) if parts else (),
    )
