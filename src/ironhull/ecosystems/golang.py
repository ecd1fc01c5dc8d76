"""Go modules: the order of golang.org/x/mod/semver, and of the toolchain's own version names.

Sources: go.dev/ref/mod ("Versions", "Pseudo-versions", "+incompatible"), go.dev/doc/toolchain
("Go versions") and vuln.go.dev, whose advisories write modules without the "v", the standard
library as "stdlib" and the go command as "toolchain", both with semantic versions
("1.21.0-rc.2" for go1.21rc2, "1.23.0-0" for the beginning of a development).
"""

from __future__ import annotations

import re

from ironhull.ecosystems._plain import only
from ironhull.ecosystems._row import Ecosystem
from ironhull.ecosystems._semver import semver_key
from ironhull.model import Package

__all__ = ["ROW", "canonical", "names", "sort_key"]

_TAG = re.compile(r"(?:go)?([0-9]+(?:\.[0-9]+){0,2})(?:(beta|rc)([0-9]+))?(?:[- ]X:.*)?", re.DOTALL)
_DEVEL = re.compile(r"(?:go)?([0-9]+\.[0-9]+)-(?:[0-9a-f]{7,40}|[0-9]{8}-RC[0-9]+)\b.*", re.DOTALL)
_STDLIB, _TOOLCHAIN = "stdlib", "toolchain"


def sort_key(version: str) -> bytes:
    """The key of a module's or a toolchain's version; raises ValueError for what is neither.

    A toolchain between two releases ("1.23-8e1fdea831") is as old as that development can be.
    """
    if version[:1] != "v":
        if match := _TAG.fullmatch(version):
            core, word, count = match.groups()
            return semver_key(f"{core}-{word}.{count}" if word else core)
        if match := _DEVEL.fullmatch(version):
            return semver_key(f"{match[1]}.0-0")
    return semver_key(version)


def canonical(name: str) -> str:
    """Lower case: package URLs of modules are, and no two modules differ in case alone."""
    return name.lower()


def names(package: Package) -> tuple[str, ...]:
    """The module's path, major version suffix included.

    Where the go command itself was found, its standard library speaks for the toolchain too.
    """
    name = canonical(package.name)
    if name == _STDLIB and any(place.path.endswith("/bin/go") for place in package.locations):
        return (_STDLIB, _TOOLCHAIN)
    return (name,)


ROW = Ecosystem("golang", ("Go",), only("Go"), sort_key, names, "Go order", canonical=canonical)
