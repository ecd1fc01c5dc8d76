"""What a packaging system is: a row of data and functions."""

from __future__ import annotations

from collections.abc import Callable

from ironhull.model import Distro, Package
from ironhull.values import dataclass

__all__ = ["Ecosystem"]


@dataclass(frozen=True, slots=True)
class Ecosystem:
    """How packages of one purl type (`key`) are compared and looked up.

    `scope` gives the OSV ecosystem of a package in a distribution, `order` a version's sortable
    bytes (ValueError for what is no version), `names` the names to look up, `order_name` the words
    a reader is told which order decided, `osv` the folder of the OSV bucket.
    """

    key: str
    osv: str
    scope: Callable[[Package, Distro | None], str]
    order: Callable[[str], bytes]
    names: Callable[[Package], tuple[str, ...]]
    order_name: str
