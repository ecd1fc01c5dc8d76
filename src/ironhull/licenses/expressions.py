"""SPDX licence expressions (SPDX 2.3, annex D) as trees, and what of them cannot be avoided."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ironhull.lazy import regex
from ironhull.limits import LIMITS
from ironhull.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Node", "leaves", "needed", "parsed"]

_BLANK = regex(r"[\s()]")


@dataclass(frozen=True, slots=True)
class Node:
    """A licence (`license`, with its exception), or AND or OR (`kind`) of `parts`."""

    kind: str
    license: str = ""
    parts: tuple[Node, ...] = ()


@lru_cache(maxsize=8192)
def parsed(expression: str) -> Node:
    """The tree of an expression. What is none, or too deep a one, is one licence of that name."""
    whole = Node("", expression)
    if not _BLANK.search(expression):
        return whole
    from license_expression import ExpressionError, Licensing

    try:
        found = Licensing().parse(expression)
        return whole if found is None else _node(found, 0)
    except (ExpressionError, RecursionError, ValueError):
        return whole


def leaves(node: Node) -> Iterator[str]:
    """Every licence of a tree, from left to right."""
    if not node.kind:
        yield node.license
    for part in node.parts:
        yield from leaves(part)


def needed(node: Node) -> frozenset[str]:
    """The licences that every way to meet a tree includes: of OR, those all parts have."""
    if not node.kind:
        return frozenset({node.license})
    sets = [needed(part) for part in node.parts]
    return frozenset.union(*sets) if node.kind == "AND" else frozenset.intersection(*sets)


def _node(found: Any, depth: int) -> Node:
    kind = type(found).__name__
    if depth > LIMITS.license_depth:
        raise ValueError("nested too deep")
    if kind in ("AND", "OR"):
        return Node(kind, parts=tuple(_node(part, depth + 1) for part in found.args))
    return Node("", str(found))
