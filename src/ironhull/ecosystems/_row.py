"""What a packaging system is: a row of data and functions."""

from __future__ import annotations

from collections.abc import Callable

from ironhull.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ironhull.model import Advisory, Distro, Package, Range

__all__ = ["Ecosystem"]


def _as_written(text: str) -> str:
    return text


def _always(version: str, span: Range) -> bool:  # noqa: ARG001 - a row's signature
    return True


def _as_claimed(claim: Advisory) -> Advisory:
    return claim


@dataclass(frozen=True, slots=True)
class Ecosystem:
    """How packages of one purl type (`key`) are compared and looked up.

    `folders` are the folders of OSV's bucket whose records speak of such packages, `order` gives a
    version's sortable bytes (ValueError for what is no version), `order_name` the words a reader is
    told which order decided. `scopes` are the scopes that may judge a package in a distribution,
    the one with most authority first: the first of them that the index covers decides alone; there
    is always one. `names` are the names to look a package up by. `claimed` turns the ecosystem a
    record names ("Ubuntu:24.04:LTS") into a scope ("Ubuntu:24.04"), "" for what is not matched;
    `canonical` a package's name in a record into the name the index holds.

    `pairs` gives names with the version to compare under each, where that is not always the
    source's (`lookups`). `fits` tells whether a range of a record can judge an installed version at
    all (an rpm built for another release cannot). `adjust` puts into a claim's fields what its
    record says elsewhere (the module stream an rpm record is about). `repairs` are the folders
    whose records are written when a package is repaired: what is still open is in none of them.
    """

    key: str
    folders: tuple[str, ...]
    scopes: Callable[[Package, Distro | None], tuple[str, ...]]
    order: Callable[[str], bytes]
    names: Callable[[Package], tuple[str, ...]]
    order_name: str
    claimed: Callable[[str], str] = _as_written
    canonical: Callable[[str], str] = _as_written
    pairs: Callable[[Package], tuple[tuple[str, str], ...]] | None = None
    fits: Callable[[str, Range], bool] = _always
    adjust: Callable[[Advisory], Advisory] = _as_claimed
    repairs: frozenset[str] = frozenset()

    def lookups(self, package: Package) -> tuple[tuple[str, str], ...]:
        """(name, version) to look a package up by and to compare; the most telling name first."""
        if self.pairs is not None:
            return self.pairs(package)
        version = package.source.version or package.version
        return tuple((name, version) for name in self.names(package))
