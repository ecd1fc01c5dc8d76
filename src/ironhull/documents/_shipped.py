"""Which Python distributions a Debian package ships, in documents that do not tell.

Debian's Python policy (section 2.5): what a package installs lies in usr/lib/python3/dist-packages,
what administrators install in usr/local; a package that ships the distribution NAME is called
python3-NAME. Only where path, name and version agree is one taken for the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ironhull.lazy import regex
from ironhull.model import Package

__all__ = ["shipped"]

_DEBIAN_ONLY = regex(r"usr/lib/python3(?:\.\d+)?/dist-packages/")
_RUNS = regex(r"[-_.]+")


def shipped(packages: Mapping[tuple[str, ...], Package]) -> Iterable[tuple[Package, Package]]:
    """Pairs of a Python distribution and the Debian package that ships it."""
    debian = {p.name: p for p in packages.values() if p.ecosystem == "deb"}
    if not debian:
        return
    for package in packages.values():
        if package.ecosystem != "pypi" or package.owned_by or not package.locations:
            continue
        if not all(_DEBIAN_ONLY.match(at.path) for at in package.locations):
            continue
        owner = debian.get(f"python3-{_RUNS.sub('-', package.name).lower()}")
        if owner and owner.version.rpartition(":")[2].startswith(package.version):
            yield package, owner
