"""Relations between packages: what Depends, Provides, Conflicts, ... say (Debian policy 7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ironhull.ecosystems.deb import sort_key

__all__ = ["Relation", "holds", "parse_relations", "replaces", "version_key"]

_RELATION = re.compile(
    r"([a-z0-9][a-z0-9+.-]*)(?::([a-z0-9-]+))?\s*(?:\(\s*(<<|<=|=|>=|>>)\s*([^()\s]+)\s*\))?",
    re.ASCII,
)

version_key = lru_cache(maxsize=65_536)(sort_key)


@dataclass(frozen=True, slots=True)
class Relation:
    """One package, any version if `operator` is empty; `qualifier` is an architecture or "any"."""

    name: str
    qualifier: str = ""
    operator: str = ""
    version: str = ""

    def __str__(self) -> str:
        qualifier = f":{self.qualifier}" if self.qualifier else ""
        return f"{self.name}{qualifier}" + (
            f" ({self.operator} {self.version})" if self.operator else ""
        )

    def allows(self, version: str) -> bool:
        """Whether `version` is one of those asked for."""
        return not self.operator or holds(version, self.operator, self.version)


@lru_cache(maxsize=16_384)
def parse_relations(text: str) -> tuple[tuple[Relation, ...], ...]:
    """A relation field: all of these, each any one of those.

    Raises ValueError for what is neither; an empty field asks for nothing.
    """
    if not text.strip():
        return ()
    groups = [part for part in text.split(",") if part.strip()]
    return tuple(tuple(_relation(alternative) for alternative in g.split("|")) for g in groups)


def _relation(text: str) -> Relation:
    match = _RELATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a relation: {text.strip()[:100]!r}")
    name, qualifier, operator, version = match.groups()
    if version:
        version_key(version)  # ValueError for what is not a version
    return Relation(name, qualifier or "", operator or "", version or "")


def holds(version: str, operator: str, bound: str) -> bool:
    """Whether `version` `operator` `bound` is true in dpkg's order."""
    ours, theirs = version_key(version), version_key(bound)
    match operator:
        case "<<":
            return ours < theirs
        case "<=":
            return ours <= theirs
        case "=":
            return ours == theirs
        case ">=":
            return ours >= theirs
        case ">>":
            return ours > theirs
    raise ValueError(f"not an operator: {operator!r}")


def replaces(fields: Mapping[str, str], name: str, version: str) -> bool:
    """Whether the package of `fields` may overwrite files of `name` at `version` (policy 7.6)."""
    return any(
        relation.name == name and relation.allows(version)
        for group in parse_relations(fields.get("Replaces", ""))
        for relation in group
    )
