"""The one relation between packages that decides about files: Replaces (Debian policy 7.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ironhull.ecosystems.deb import sort_key

__all__ = ["replaces"]

_RELATION = re.compile(
    r"([a-z0-9][a-z0-9+.-]*)(?::\w+)?\s*(?:\(\s*(<<|<=|=|>=|>>)\s*([^)\s]+)\s*\))?"
)


def replaces(fields: Mapping[str, str], name: str, version: str) -> bool:
    """Whether the package of `fields` may overwrite files of `name` at `version`."""
    for relation in fields.get("Replaces", "").split(","):
        match = _RELATION.fullmatch(relation.strip())
        if match and match[1] == name and _holds(version, match[2], match[3]):
            return True
    return False


def _holds(version: str, operator: str | None, bound: str | None) -> bool:
    if operator is None or bound is None:
        return True
    ours, theirs = sort_key(version), sort_key(bound)
    return {
        "<<": ours < theirs,
        "<=": ours <= theirs,
        "=": ours == theirs,
        ">=": ours >= theirs,
        ">>": ours > theirs,
    }[operator]
