"""Which installed package meets a requirement, for systems that require by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from ironhull.catalogers._row import Needs
from ironhull.model import Package, Relation

__all__ = ["by_name"]


def by_name(
    needs: Sequence[Needs],
    home: Callable[[str], str],
    *,
    fold: Callable[[str], str] = str,
    elsewhere: bool = True,
) -> Iterator[Relation]:
    """One "depends-on" for each requirement that a package meets by its name or what it provides.

    `home` says to which installation (environment, library, gem home) a path belongs: a package of
    the same one is taken, else, if `elsewhere`, the first of that name. Names are compared as
    `fold` makes them; versions are not compared.
    """
    packages: dict[str, Package] = {}
    homes: dict[str, set[str]] = {}
    offered: dict[str, dict[str, None]] = defaultdict(dict)
    required: dict[str, dict[str, None]] = defaultdict(dict)
    for need in needs:
        purl = need.package.purl
        if purl not in packages:
            packages[purl] = need.package
            homes[purl] = {home(at.path) for at in need.package.locations}
        for name in (need.package.name, *need.provides):
            offered[fold(name)][purl] = None
        required[purl].update((fold(name), None) for name in need.requires)
    for purl, names in required.items():
        for name in names:
            offers = [other for other in offered.get(name, ()) if other != purl]
            near = [other for other in offers if homes[other] & homes[purl]]
            if purl in offered.get(name, ()):
                continue  # met by itself
            for other in near or (offers[:1] if elsewhere else []):
                yield Relation(purl, "depends-on", other)
