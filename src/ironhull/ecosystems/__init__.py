"""Packaging systems: version order, the scope of their advisories and the names looked up there.

One file per system, one row per file. A system without a row is listed but never compared: its
packages read "not checked".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ironhull.ecosystems import deb, pypi
from ironhull.model import Distro, Package

__all__ = ["ECOSYSTEMS", "Ecosystem", "ecosystem_of_scope"]


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


ECOSYSTEMS: dict[str, Ecosystem] = {
    row.key: row
    for row in (
        Ecosystem("deb", "Debian", deb.scope, deb.sort_key, deb.names, "dpkg order"),
        Ecosystem("pypi", "PyPI", pypi.scope, pypi.sort_key, pypi.names, "PEP 440 order"),
    )
}


def ecosystem_of_scope(scope: str) -> Ecosystem | None:
    """The row that orders the versions of an OSV ecosystem ("Debian:13", "PyPI"); None: no row."""
    folder = scope.split(":", 1)[0]
    return next((row for row in ECOSYSTEMS.values() if row.osv == folder), None)
