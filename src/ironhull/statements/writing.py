"""Statements written as OpenVEX 0.2.0: new documents, more statements in one, several in one.

Equal arguments give equal bytes. What statements inherited (time, products) is written out, so that
each keeps its meaning wherever it is put (OPENVEX-SPEC.md, "Updating Statements with Inherited
Data").
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ironhull.errors import FormatError
from ironhull.model import VEX_JUSTIFICATIONS, VEX_STATUSES, Component, Statement
from ironhull.statements._decode import decode_whole
from ironhull.statements._reading import short, text, utc
from ironhull.statements.openvex import HASHES, recognises
from ironhull.values import dataclass, replace

__all__ = [
    "CONTEXT",
    "MEDIA_TYPE",
    "Head",
    "added",
    "merged_statements",
    "openvex_document",
    "what_lacks",
]

CONTEXT = "https://openvex.dev/ns/v0.2.0"
MEDIA_TYPE = "application/json"
_ID = "https://openvex.dev/docs/public/vex-"
_OLDEST = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Head:
    """What a document says of itself: `author` and `timestamp` (RFC 3339) are required.

    Without `id` it is named by its content, in the namespace for those who have none of their own.
    """

    author: str
    timestamp: str
    id: str = ""
    role: str = ""
    version: int = 1
    last_updated: str = ""
    tooling: str = ""


# ── documents ────────────────────────────────────────────────────────────────────────────────────


def openvex_document(statements: Sequence[Statement], head: Head) -> bytes:
    """An OpenVEX document of `statements`, in this order; FormatError where there are none."""
    if not statements:
        raise FormatError("a VEX document needs a statement", "give at least one")
    document: dict[str, Any] = {
        "@context": CONTEXT,
        "@id": head.id,
        "author": head.author,
        "role": head.role,
        "timestamp": _time(head.timestamp),
        "last_updated": _time(head.last_updated) if head.last_updated else "",
        "version": head.version,
        "tooling": head.tooling,
        "statements": [_statement(statement) for statement in statements],
    }
    document = {key: value for key, value in document.items() if value or key == "@id"}
    if not head.id:
        document["@id"] = _ID + _digest(document)
    return _bytes(document)


def added(data: bytes, where: str, statements: Iterable[Statement], now: str) -> bytes:
    """The OpenVEX document `data` with more statements made at `now`, its version one higher.

    All that is in it stays as it is. Raises FormatError where it is no OpenVEX 0.2.0 document, or
    is in an envelope, which would then be about something else than it was.
    """
    document = decode_whole(data, where)
    if not isinstance(document, dict) or not recognises(document):
        hint = "merge it into one by `ironhull vex merge`"
        raise FormatError(f"{where}: is no OpenVEX document by itself", hint)
    rows = document.get("statements", [])
    version = document.get("version", 0)
    if document.get("@context") != CONTEXT or type(version) is not int:
        hint = "write it anew by `ironhull vex merge`"
        raise FormatError(f"{where}: is not an OpenVEX 0.2.0 document", hint)
    if not isinstance(rows, list):
        raise FormatError(f"{where}: its statements are no list", "see `ironhull vex lint`")
    more = [_statement(replace(one, issued=one.issued or utc(now))) for one in statements]
    changed = {
        **document,
        "last_updated": _time(now),
        "version": version + 1,
        "statements": [*rows, *more],
    }
    return _bytes(_ordered(changed))


def merged_statements(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """Statements of several documents in the order of their times, each once.

    One without a time is written as the oldest: it must not become the newest by being put into a
    newer document.
    """
    kept: dict[Statement, Statement] = {}
    for one in statements:
        kept.setdefault(_stated(one), replace(one, issued=one.issued or _OLDEST))
    return tuple(sorted(kept.values(), key=lambda one: one.issued.removesuffix("Z")))


def _stated(said: Statement) -> Statement:
    """What a statement states, without where it was read."""
    return replace(
        said,
        document="",
        number=0,
        author="",
        format="",
        origin="",
        signature="unsigned",
        signer="",
        base="",
    )


def what_lacks(statement: Statement) -> str:
    """What a statement needs to be valid and does not have; "" for a valid one."""
    status = statement.status
    if status == "not_affected" and not (statement.justification or statement.impact_statement):
        return "not_affected needs a justification or an impact statement"
    if statement.justification and statement.justification not in VEX_JUSTIFICATIONS:
        return f"{short(statement.justification)} is no justification"
    if status != "not_affected" and (statement.justification or statement.impact_statement):
        return f"a justification and an impact statement are for not_affected, it is {status}"
    if status == "affected" and not statement.action_statement:
        return "affected needs an action statement"
    if status != "affected" and statement.action_statement:
        return f"an action statement is for affected, it is {status}"
    if status not in VEX_STATUSES or not statement.products:
        return "it has no product"
    return ""


# ── parts ────────────────────────────────────────────────────────────────────────────────────────


def _statement(said: Statement) -> dict[str, Any]:
    """One statement, made valid where its format asked for less than OpenVEX."""
    notes = [said.status_notes]
    justification, impact, action = "", "", ""
    if said.status == "not_affected":
        justification, impact = said.justification, said.impact_statement
        if not justification and not impact:
            impact = f"not told in {said.document or 'its document'}"
    else:
        notes.append(said.impact_statement)
    if said.status == "affected":
        action = said.action_statement or f"not told in {said.document or 'its document'}"
    else:
        notes.append(said.action_statement)
    row = {
        "vulnerability": _vulnerability(said),
        "timestamp": said.issued,
        "products": [row for one in said.products for row in _products(one)],
        "status": said.status,
        "supplier": said.supplier,
        "status_notes": "\n".join(filter(None, notes)),
        "justification": justification,
        "impact_statement": impact,
        "action_statement": action,
    }
    return {key: value for key, value in row.items() if value}


def _vulnerability(said: Statement) -> dict[str, Any]:
    link = next((name for name in said.aliases if "://" in name), "")
    aliases = [name for name in said.aliases if name != link]
    row = {"@id": link, "name": said.vulnerability, "aliases": aliases}
    return {key: value for key, value in row.items() if value}


def _products(said: Component) -> Iterator[dict[str, Any]]:
    """A product under each of its package URLs and other names, its parts below each."""
    parts = [row for part in said.parts for row in _products(part)]
    known = {"cpe23": _first(said.ids, "cpe:2.3:"), "cpe22": _first(said.ids, "cpe:/")}
    identifiers = {key: value for key, value in known.items() if value}
    names = [name for name in said.ids if name not in identifiers.values()]
    hashes = {HASHES.get(name, name): value for name, value in said.hashes}
    for name in names or [""]:
        row: dict[str, Any] = {
            "@id": name,
            "identifiers": identifiers,
            "hashes": hashes,
            "subcomponents": parts,
        }
        yield {key: value for key, value in row.items() if value}


def _first(ids: Sequence[str], start: str) -> str:
    return next((name for name in ids if name.startswith(start)), "")


def _time(value: str) -> str:
    try:
        return utc(text(value))
    except ValueError as fault:
        raise FormatError(
            f"a VEX document cannot be dated: {fault}", "as 2026-01-31T10:00:00Z"
        ) from None


def _ordered(document: Mapping[str, Any]) -> dict[str, Any]:
    """The members in the order they were in; the statements at the end."""
    return {key: document[key] for key in sorted(document, key=lambda key: key == "statements")}


def _digest(document: Mapping[str, Any]) -> str:
    from hashlib import sha256

    plain = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return sha256(plain.encode()).hexdigest()


def _bytes(document: Mapping[str, Any]) -> bytes:
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"
