"""The copies of an installed package, one for each place it is at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ironhull.model import Package
from ironhull.values import replace

__all__ = ["DATABASES", "Copy", "collected", "places"]

DATABASES = frozenset({"alpm", "apk", "deb", "rpm"})
"""Packages of these have one copy; their locations are files of one database that tell of it."""

Copy = tuple[Package, int]
"""A package and the number of one of its locations; -1 for all of it."""


def places(package: Package) -> list[tuple[int, str]]:
    """(number, path) of each copy of a package; (-1, "") where none is told."""
    if not package.locations or package.ecosystem in DATABASES:
        return [(-1, "")]
    return [(number, at.path) for number, at in enumerate(package.locations)]


def collected(copies: Iterable[Copy]) -> Iterator[Package]:
    """The packages of these copies, each with the places that are among them."""
    found: dict[int, tuple[Package, list[int]]] = {}
    for package, place in copies:
        found.setdefault(id(package), (package, []))[1].append(place)
    for package, numbers in found.values():
        if numbers == [-1] or len(numbers) == len(package.locations):
            yield package
        else:
            kept = tuple(package.locations[place] for place in numbers)
            yield replace(package, locations=kept)
