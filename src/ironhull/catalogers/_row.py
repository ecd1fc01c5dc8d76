"""What a cataloger is: a row that says which files it reads and how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from ironhull.model import File, Package, Platform, Problem, Relation, Tree
from ironhull.oci.probes import Probe
from ironhull.values import dataclass


@dataclass(frozen=True, slots=True)
class Needs:
    """What one package asks for and offers, in its own system's words.

    `requires` are requirement fields as written (dpkg: one `Depends` field; Python: one
    `Requires-Dist`), `provides` likewise. The row's `relate` turns them into relations.
    """

    package: Package
    requires: tuple[str, ...]
    provides: tuple[str, ...] = ()


Found = Package | Problem | Needs
"""What `parse` yields. A `Needs` follows the package it speaks of."""

Parse = Callable[[File, Tree], Iterator[Found]]
Relate = Callable[[Sequence[Needs], Tree, Platform | None], Iterable[Relation]]


@dataclass(frozen=True, slots=True)
class Cataloger:
    """A kind of package database.

    `parse` is called for every visible file that matches one of `patterns` (its body can be read)
    and for every one that gave facts to `probe` (`tree.facts(file.path, probe.name)` has them);
    `reads` are patterns of further files it looks into. What a row with `unowned` finds in files
    that a distribution package ships is left out: it is that package, found once more. `relate`
    gets the `Needs` of all packages of this row, each with the package as catalogued.
    """

    name: str
    patterns: tuple[str, ...]
    parse: Parse
    reads: tuple[str, ...] = ()
    relate: Relate | None = None
    probe: Probe | None = None
    unowned: bool = False
