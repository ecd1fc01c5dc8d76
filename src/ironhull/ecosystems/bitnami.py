"""Bitnami's components: their version order as bytes, and where their advisories are found.

A component's version is upstream's with the revision of Bitnami's build (1.25.3-4). Records (BIT-…,
github.com/bitnami/vulndb) name upstream versions as Semantic Versioning ranges, and a build is
affected as its upstream version is: revisions do not count.
"""

from __future__ import annotations

from ironhull.ecosystems._dotted import dotted_key
from ironhull.ecosystems._row import Ecosystem
from ironhull.model import Distro, Package

__all__ = ["ROW", "names", "scopes", "sort_key"]


def sort_key(version: str) -> bytes:
    """The key of `version`: memcmp order of keys is Bitnami's order; ValueError for others."""
    return dotted_key(version, revisions=True, kind="Bitnami")


def scopes(package: Package, distro: Distro | None) -> tuple[str, ...]:  # noqa: ARG001 - a row's signature
    """The scope of every component."""
    return ("Bitnami",)


def names(package: Package) -> tuple[str, ...]:
    """The component's name."""
    return (package.name,)


ROW = Ecosystem("bitnami", ("Bitnami",), scopes, sort_key, names, "Bitnami order")
