"""Which packages are inside another one: in its program, or in its archive.

That one package depends on another proves little: an application may use both. What is linked into
a program, or lies in a jar, cannot be reached but through it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from ironhull.copies import DATABASES
from ironhull.model import Package, Sbom

__all__ = ["Containing"]

_INNER = "!"  # between the path of an archive and that of a member


class Containing:
    """The programs and archives of an SBOM, by what is in them."""

    def __init__(self, sbom: Sbom) -> None:
        self._at: dict[str, list[Package]] = {}
        for package in sbom.packages:
            if package.ecosystem not in DATABASES:
                for at in package.locations:
                    self._at.setdefault(at.path, []).append(package)
        self._users: dict[str, list[str]] = {}
        for relation in sbom.relations:
            if relation.kind == "depends-on":
                self._users.setdefault(relation.object, []).append(relation.subject)
            elif relation.kind == "bundled-by":
                self._users.setdefault(relation.subject, []).append(relation.object)

    def inside(self, package: Package, place: int, is_product: Callable[[Package], bool]) -> bool:
        """Whether the copy of `package` at `place` can be reached through a product only."""
        if place < 0 or package.ecosystem in DATABASES:
            return False
        path = package.locations[place].path
        outer = path
        while _INNER in outer:
            outer = outer.rpartition(_INNER)[0]
            if any(is_product(other) for other in self._at.get(outer, ())):
                return True
        there = {other.purl: other for other in self._at.get(path, ())}
        products = {purl for purl, other in there.items() if is_product(other)}
        return bool(products) and self._leads(package.purl, there, products)

    def _leads(self, purl: str, there: Collection[str], products: Collection[str]) -> bool:
        """Whether every way up from `purl`, inside one file, ends at a product."""
        todo, seen, met = [purl], {purl}, False
        while todo:
            users = [user for user in self._users.get(todo.pop(), ()) if user in there]
            if not users:
                return False
            for user in users:
                if user in products:
                    met = True
                elif user not in seen:
                    seen.add(user)
                    todo.append(user)
        return met
