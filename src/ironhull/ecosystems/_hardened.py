"""Docker Hardened Images (ID=dhi): which of a distribution's packages Docker built.

github.com/docker-hardened-images/advisories, integration/upcoming-id-dhi: Docker's records name the
ecosystem "Docker Hardened Images:LINEAGE:RELEASE" and speak for the packages Docker built. The
namespace alone proves nothing: what somebody added to such an image keeps the advisories of the
distribution it came from.
"""

from __future__ import annotations

import re

from ironhull.lazy import regex
from ironhull.model import Package

__all__ = ["FAMILY", "hardened", "lineage"]

FAMILY = "Docker Hardened Images"

_REBUILT = regex(r"[+~._-]dhi[0-9]*", re.ASCII)
_BUILDERS = ("docker hardened images", "@docker.com")


def hardened(package: Package, inner: str) -> tuple[str, ...]:
    """The scopes of a package in a hardened image; `inner` is the distribution's scope.

    A version that Docker's rebuild marks (9.7-3+dhi3) can only be held against Docker's records,
    since the distribution never released it.
    """
    own = f"{FAMILY}:{inner.replace(':v', ':')}"
    if _REBUILT.search(package.version):
        return (own,)
    if any(word in package.supplier.lower() for word in _BUILDERS):
        return (own, inner)
    return (inner,)


def lineage(ecosystem: str, name: str) -> str:
    """`ecosystem` of a record as a scope where it is of the lineage `name` ("Debian"), else ""."""
    family, _, inner = ecosystem.partition(":")
    base, _, release = inner.partition(":")
    return ecosystem if family == FAMILY and base == name and release else ""
