"""Maven: the order of ComparableVersion, and names of group and artifact.

Sources: maven.apache.org, "POM reference", "Version Order Specification"; maven-artifact's
`ComparableVersion`. See `_maven_key` for the key.
"""

from __future__ import annotations

from ironhull.ecosystems._maven_key import sort_key
from ironhull.ecosystems._plain import named
from ironhull.ecosystems._row import Ecosystem
from ironhull.model import Distro, Package

__all__ = ["ROW", "claimed", "scopes", "sort_key"]

_UNKNOWN = "Maven (unknown group)"


def scopes(package: Package, distro: Distro | None) -> tuple[str, ...]:  # noqa: ARG001 - a row's signature
    """The scope of an artifact; one whose group nobody knows has a scope that no source has."""
    return ("Maven",) if ":" in package.name else (_UNKNOWN,)


def claimed(ecosystem: str) -> str:
    """Every repository's artifacts are one scope: a jar does not tell where it is from."""
    return ecosystem.split(":", 1)[0]


ROW = Ecosystem("maven", ("Maven",), scopes, sort_key, named(), "Maven order", claimed=claimed)
