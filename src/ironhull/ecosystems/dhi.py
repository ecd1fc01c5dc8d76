"""Software that Docker Hardened Images compile from source (pkg:dhi/NAME@VERSION).

github.com/docker-hardened-images/advisories, integration/current-production: such packages are
judged by Docker's own records alone (ecosystem "DHI", ranges of type SEMVER). Packages of a
distribution in such images are those of `deb` and `apk`.
"""

from __future__ import annotations

from ironhull.ecosystems._dotted import dotted_key
from ironhull.ecosystems._row import Ecosystem
from ironhull.model import Distro, Package

__all__ = ["ROW", "names", "scopes", "sort_key"]


def sort_key(version: str) -> bytes:
    """The key of `version`: memcmp order of keys is Semantic Versioning's; ValueError for others.

    Versions of fewer or more than three numbers (21.0.5.11) are ordered the same way.
    """
    return dotted_key(version, revisions=False, kind="DHI")


def scopes(package: Package, distro: Distro | None) -> tuple[str, ...]:  # noqa: ARG001 - a row's signature
    """The scope of every such package."""
    return ("DHI",)


def names(package: Package) -> tuple[str, ...]:
    """The package's name."""
    return (package.name,)


ROW = Ecosystem("dhi", ("DHI",), scopes, sort_key, names, "semantic version order")
