"""Which installed Debian package uses which: Depends and Pre-Depends, resolved as dpkg does.

Debian Policy 7.1 and 7.5: groups separated by commas, alternatives by `|`, versions in
parentheses, `Provides` with or without `(= version)`. The first alternative that is installed in a
fitting version is the relation.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

from ironhull.catalogers._row import Needs
from ironhull.ecosystems.deb import sort_key
from ironhull.lazy import regex
from ironhull.model import Package, Platform, Relation, Tree
from ironhull.values import dataclass, field

_RELATION = regex(
    r"\s*([A-Za-z0-9][A-Za-z0-9.+-]*)(?::([a-z0-9-]+))?"
    r"\s*(?:\(\s*(<<|<=|=|>=|>>|<|>)\s*([^\s)]+)\s*\))?",
    re.ASCII,
)


_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.+-")
_OPENED = frozenset({"(<<", "(<=", "(=", "(>=", "(>>", "(<", "(>"})

_Wanted = tuple[str, str, str, str]
"""A name, an architecture, a relation and a version, "" for those that are not said."""


@dataclass(slots=True)
class _Installed:
    """Packages by name, and by what they provide (with the version they provide it in)."""

    real: dict[str, list[Package]] = field(default_factory=lambda: defaultdict(list))
    virtual: dict[str, list[tuple[Package, str]]] = field(default_factory=lambda: defaultdict(list))


def relate(needs: Sequence[Needs], _tree: Tree, _platform: Platform | None) -> Iterator[Relation]:
    """One `depends-on` relation per requirement that an installed package satisfies."""
    installed = _Installed()
    for need in needs:
        installed.real[need.package.name].append(need.package)
        for provided in need.provides:
            for group in _groups(provided):
                for name, _, _, version in group:
                    installed.virtual[name].append((need.package, version))
    purls = {id(need.package): need.package.purl for need in needs}
    for need in needs:
        for requires in need.requires:
            for group in _groups(requires):
                found = _first(group, installed, need.package)
                if found is not None and found is not need.package:
                    yield Relation(purls[id(need.package)], "depends-on", purls[id(found)])


def _first(group: tuple[_Wanted, ...], installed: _Installed, dependent: Package) -> Package | None:
    for wanted in group:
        fitting = [*_fitting(wanted, installed)]
        if len(fitting) > 1:  # Multi-Arch: one of the dependent's own architecture, then any other
            fitting.sort(key=lambda p: p.arch not in (dependent.arch, "all"))
        if fitting:
            return fitting[0]
    return None


def _fitting(wanted: _Wanted, installed: _Installed) -> Iterator[Package]:
    name, arch, relation, limit = wanted
    for package in installed.real.get(name, ()):
        if _version_fits(package.version, relation, limit) and _arch_fits(arch, package):
            yield package
    for package, version in installed.virtual.get(name, ()):
        if (not relation or version) and _version_fits(version, relation, limit):
            yield package


def _arch_fits(arch: str, package: Package) -> bool:
    return arch in ("", "any", "native", package.arch) or package.arch == "all"


def _version_fits(version: str, relation: str, limit: str) -> bool:
    if not relation:
        return True
    try:
        have, want = _key(version), _key(limit)
    except ValueError:
        return version == limit
    match relation:
        case "=":
            return have == want
        case "<<":
            return have < want
        case ">>":
            return have > want
        case "<=" | "<":  # a single < or > is the old spelling of <= and >= (Policy 7.1)
            return have <= want
        case _:
            return have >= want


_key = lru_cache(maxsize=20_000)(sort_key)


@lru_cache(maxsize=20_000)
def _groups(text: str) -> tuple[tuple[_Wanted, ...], ...]:
    """The groups of alternatives of a relationship field; what cannot be read is left out."""
    groups = []
    plain = text.isascii() and text.isprintable()
    for group in text.split(","):
        wanted = []
        for alternative in group.split("|"):
            found = (_plain(alternative) if plain else None) or _read(alternative)
            if found is not None:
                wanted.append(found)
        if wanted:
            groups.append(tuple(wanted))
    return tuple(groups)


def _plain(alternative: str) -> _Wanted | None:
    """What `name` or `name (>= version)` ask for, as nearly all do; else None."""
    words = alternative.split()
    if len(words) not in (1, 3) or not words[0][0].isalnum() or not _NAME.issuperset(words[0]):
        return None
    if len(words) == 1:
        return words[0], "", "", ""
    name, opened, limit = words
    if opened not in _OPENED or limit[-1] != ")" or ")" in limit[:-1] or limit == ")":
        return None
    return name, "", opened[1:], limit[:-1]


def _read(alternative: str) -> _Wanted | None:
    match = _RELATION.match(alternative)
    return (match[1], match[2] or "", match[3] or "", match[4] or "") if match else None
