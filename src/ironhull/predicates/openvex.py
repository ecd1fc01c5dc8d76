"""OpenVEX documents as predicates (openvex/spec, ATTESTING.md): the document is the predicate."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ironhull.predicates._shape import at, count, items, mapping, missing, text

__all__ = ["FAMILY", "PREDICATE_TYPE", "check_openvex", "openvex_type", "sum_up_openvex"]

FAMILY = "https://openvex.dev/ns"
PREDICATE_TYPE = f"{FAMILY}/v0.2.0"


def openvex_type(predicate: Any) -> str:
    """The predicate type of a document: its context, else that of the current version."""
    context = text(at(predicate, "@context"))
    return context if context == FAMILY or context.startswith(f"{FAMILY}/") else PREDICATE_TYPE


def check_openvex(predicate: Any) -> list[str]:
    """That it is an OpenVEX document; what its statements say is for `ironhull vex lint`."""
    if not isinstance(predicate, dict):
        return ["an OpenVEX document is an object"]
    context = text(predicate.get("@context"))
    if context != FAMILY and not context.startswith(f"{FAMILY}/"):
        return [f"@context is {context[:60]!r}, not {FAMILY}"]
    return missing(predicate, ("statements",), list)


def sum_up_openvex(predicate: Any) -> str:
    """How many statements of which status."""
    statements = items(at(predicate, "statements"))
    by = Counter(text(mapping(one).get("status")) or "no status" for one in statements)
    words = ", ".join(f"{by[status]} {status.replace('_', ' ')}" for status in sorted(by))
    return f"{count(len(statements), 'statement')}{f' ({words})' if words else ''}"
