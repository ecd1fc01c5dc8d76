"""What OpenVEX 0.2.0 asks of a document beyond what its statements need to be used.

openvex/spec: OPENVEX-SPEC.md and openvex_json_schema.json; names of fields and hashes are theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ironhull.statements._decode import Rows, decode_value
from ironhull.statements._reading import short, text, utc
from ironhull.statements.openvex import HASHES

__all__ = ["check_openvex"]

Say = Callable[[str, str, str, str], None]

_DOCUMENT = {
    "@context": str,
    "@id": str,
    "author": str,
    "role": str,
    "timestamp": str,
    "last_updated": str,
    "version": int,
    "tooling": str,
    "statements": list,
}
_STATEMENT = {
    "@id": str,
    "version": int,
    "vulnerability": dict,
    "timestamp": str,
    "last_updated": str,
    "products": list,
    "status": str,
    "supplier": str,
    "status_notes": str,
    "justification": str,
    "impact_statement": str,
    "action_statement": str,
    "action_statement_timestamp": str,
}
_VULNERABILITY = {"@id": str, "name": str, "description": str, "aliases": list}
_COMPONENT: dict[str, type] = {"@id": str, "identifiers": dict, "hashes": dict}
_PRODUCT: dict[str, type] = {**_COMPONENT, "subcomponents": list}
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_LENGTHS = {"md5": 32, "sha1": 40} | {
    name: int(name.rpartition("-")[2]) // 4 for name in HASHES.values()
}
_NAMES = {int: "a whole number", str: "text", list: "a list", dict: "an object"}


def check_openvex(document: Mapping[str, Any], say: Say) -> None:
    """Tell `say(place, rule, message, level)` what is wrong with a document."""
    _fields(document, _DOCUMENT, "", say)
    if document.get("@context") == "https://openvex.dev/ns":
        message = "names no version: other readers take the document for OpenVEX 0.0.1"
        say("@context", "context", message, "warning")
    _iri(document, "", say)
    version = document.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        say("version", "version", "is not a whole number from 1", "warning")
    _updated(document, "", text(document.get("timestamp")), say)
    names: dict[str, int] = {}
    rows = document.get("statements")
    for number, row in enumerate(rows if isinstance(rows, list | Rows) else (), 1):
        if isinstance(row, dict):
            _statement(row, number, text(document.get("timestamp")), say)
            if name := text(row.get("@id")):
                first = names.setdefault(name, number)
                if first != number:
                    message = f"its @id is that of statement {first}"
                    say(f"statement {number}", "statement-id", message, "error")


def _statement(row: Mapping[str, Any], number: int, issued: str, say: Say) -> None:
    place = f"statement {number}"
    if isinstance(products := row.get("products"), bytes):
        products = decode_value(products)
        row = {**row, "products": products}
    _fields(row, _STATEMENT, place, say)
    _iri(row, place, say)
    _updated(row, place, text(row.get("timestamp")) or issued, say)
    _irrelevant(row, place, say)
    vulnerability = row.get("vulnerability")
    if isinstance(vulnerability, dict):
        _fields(vulnerability, _VULNERABILITY, f"{place}, vulnerability", say)
        _iri(vulnerability, f"{place}, vulnerability", say)
        _aliases(vulnerability.get("aliases"), f"{place}, vulnerability", say)
    for where, component, known in _components(products, place):
        _fields(component, known, where, say)
        _iri(component, where, say)
        _identifiers(component, where, say)


def _components(
    products: object, place: str
) -> Iterator[tuple[str, Mapping[str, Any], dict[str, type]]]:
    """Products and their parts, with the fields they may have."""
    for number, product in enumerate(products if isinstance(products, list) else (), 1):
        if not isinstance(product, dict):
            continue
        where = f"{place}, product {number}"
        yield where, product, _PRODUCT
        parts = product.get("subcomponents")
        for index, part in enumerate(parts if isinstance(parts, list) else (), 1):
            if isinstance(part, dict):
                yield f"{where}, subcomponent {index}", part, _COMPONENT


def _fields(row: Mapping[str, Any], known: Mapping[str, type], place: str, say: Say) -> None:
    """Members that are none of the format's, and those of another type."""
    for key, value in row.items():
        where = f"{place}, {key}" if place else str(key)
        kind = known.get(key)
        if kind is None:
            message = f"OpenVEX 0.2.0 has no field {short(key)}: readers ignore or refuse it"
            say(place or str(key), "unknown-field", message, "warning")
        elif not isinstance(value, (list, Rows) if kind is list else kind):
            say(where, "field-type", f"is not {_NAMES[kind]}", "error")


def _iri(row: Mapping[str, Any], place: str, say: Say) -> None:
    value = text(row.get("@id"))
    if value and not _IRI.fullmatch(value):
        message = f"{short(value)} is no IRI (RFC 3987)"
        say(f"{place}, @id" if place else "@id", "iri", message, "warning")


def _updated(row: Mapping[str, Any], place: str, issued: str, say: Say) -> None:
    """Times that cannot be read, and updates before the first version."""
    where = f"{place}, last_updated" if place else "last_updated"
    said = text(row.get("last_updated"))
    try:
        if said and issued and utc(said).removesuffix("Z") < utc(issued).removesuffix("Z"):
            say(where, "timestamp-order", f"{short(said)} is before the timestamp", "error")
    except ValueError as fault:
        say(where, "timestamp", str(fault), "error")


def _irrelevant(row: Mapping[str, Any], place: str, say: Say) -> None:
    """What belongs to another status; go-vex refuses the statement for it."""
    status = text(row.get("status"))
    for key, owner in (("impact_statement", "not_affected"), ("action_statement", "affected")):
        if text(row.get(key)) and status != owner:
            message = f"an {key} is for {owner} alone, it is {short(status)}"
            say(place, "irrelevant-field", message, "warning")
    if row.get("action_statement_timestamp") and not text(row.get("action_statement")):
        message = "has an action_statement_timestamp and no action_statement"
        say(place, "irrelevant-field", message, "warning")


def _aliases(aliases: object, place: str, say: Say) -> None:
    said = aliases if isinstance(aliases, list) else []
    if not all(isinstance(alias, str) and alias.strip() for alias in said):
        say(place, "aliases", "an alias is empty or no text", "warning")
    elif len(set(said)) < len(said):
        say(place, "aliases", "an alias is there twice", "note")


def _identifiers(row: Mapping[str, Any], place: str, say: Say) -> None:
    names = row.get("identifiers")
    for key, value in names.items() if isinstance(names, dict) else ():
        _identifier(key, text(value), place, say)
    hashes = row.get("hashes")
    for key, value in hashes.items() if isinstance(hashes, dict) else ():
        length = _LENGTHS.get(key)
        if length is None:
            message = f"{short(key)} is no hash OpenVEX names (Appendix A)"
            say(place, "hash-name", message, "warning")
        elif len(text(value)) != length:
            say(place, "hash", f"a {key} has {length} hex digits, not {short(value)}", "error")


def _identifier(key: str, value: str, place: str, say: Say) -> None:
    starts = {"purl": "pkg:", "cpe22": "cpe:/", "cpe23": "cpe:2.3:"}
    start = starts.get(key)
    if start is None:
        message = f"{short(key)} is no identifier OpenVEX names (Appendix B)"
        say(place, "identifier-name", message, "warning")
    elif not value.startswith(start):
        say(place, "identifier", f"a {key} begins with {start}, not {short(value)}", "error")
