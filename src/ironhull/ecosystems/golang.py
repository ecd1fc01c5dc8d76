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
from ironhull.lazy import regex
from ironhull.model import Package

__all__ = ["ROW", "canonical", "names", "pairs", "released", "sort_key"]

_TAG = regex(r"(?:go)?([0-9]+(?:\.[0-9]+){0,2})(?:(beta|rc)([0-9]+))?(?:[- ]X:.*)?", re.DOTALL)
_DEVEL = regex(r"(?:go)?([0-9]+\.[0-9]+)-(?:[0-9a-f]{7,40}|[0-9]{8}-RC[0-9]+)\b.*", re.DOTALL)
_VENDOR = regex(
    r"((?:go)?[0-9]+\.[0-9]+\.[0-9]+)[- ](?!(?:0|rc\.[0-9]+|beta\.[0-9]+)\b).*", re.DOTALL
)
_STDLIB, _TOOLCHAIN = "stdlib", "toolchain"


def sort_key(version: str) -> bytes:
    """The key of a module's or a toolchain's version; raises ValueError for what is neither.

    A toolchain between two releases ("1.23-8e1fdea831") is as old as that development can be.
    """
    return semver_key(version if version[:1] == "v" else _semantic(version))


def _semantic(version: str) -> str:
    """A toolchain's name ("go1.21rc2") as a semantic version; another text as it is."""
    if match := _TAG.fullmatch(version):
        core, word, count = match.groups()
        return f"{core}-{word}.{count}" if word else core
    match = _DEVEL.fullmatch(version)
    return f"{match[1]}.0-0" if match else version


def released(version: str) -> str:
    """The release a toolchain was made from: a vendor's suffix ("1.22.3-acme") tells no order.

    Some lists write it like a module ("v1.22.3").
    """
    version = version.removeprefix("v")
    match = _VENDOR.fullmatch(version)
    return match[1] if match else version


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


def pairs(package: Package) -> tuple[tuple[str, str], ...]:
    """The names, each with the version to compare."""
    found = names(package)
    toolchain = found[0] in (_STDLIB, _TOOLCHAIN)
    version = released(package.version) if toolchain else package.version
    return tuple((name, version) for name in found)


ROW = Ecosystem(
    "golang",
    ("Go",),
    only("Go"),
    sort_key,
    names,
    "Go order",
    canonical=canonical,
    pairs=pairs,
)
