"""The packages of an SBOM as they are looked up: by scope, source package and version.

Of the scopes that may judge a package the first one the index covers decides alone, so that a
distribution's advisories are not contradicted by upstream's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ironhull.ecosystems import ECOSYSTEMS, Ecosystem
from ironhull.model import Package, Problem, Sbom
from ironhull.values import dataclass, field

__all__ = ["UNMATCHED", "Group", "Groups", "Keys", "Scopes", "judged", "left_to_owner"]

UNMATCHED = {
    "kernel": "not matched by default: distributions repair kernels without changing their version"
}
"""By cataloger (`Package.found_by`), why no advisory is held against what it finds."""

_MANY = 200_000  # keys remembered


def left_to_owner(package: Package) -> bool:
    """Whether the advisories on the package that ships this one speak for it.

    Nobody publishes advisories on the packages of some systems (conda, Arch Linux); what these ship
    is judged by itself.
    """
    if not package.owned_by:
        return False
    row = ECOSYSTEMS.get(package.owned_by.removeprefix("pkg:").partition("/")[0])
    return row is not None and bool(row.folders)


def judged(sbom: Sbom) -> Iterator[Package]:
    """The packages to look up."""
    return (package for package in sbom.packages if not left_to_owner(package))


def _unreleased(sbom: Sbom) -> frozenset[str]:
    """Go programs of which only the revision is known: such a version is below every release.

    The module of a program is the one that needs others; a dependency with such a version has been
    chosen by it, and is compared.
    """
    found = {
        package.purl
        for package in sbom.packages
        if package.found_by == "go" and _is_revision(package.version)
    }
    if not found:
        return frozenset()
    return frozenset(r.subject for r in sbom.relations if r.kind == "depends-on") & found


def _is_revision(version: str) -> bool:
    """Whether a version is v0.0.0-TIME-REVISION (go.dev/ref/mod, "Pseudo-versions")."""
    zero, _, rest = version.removeprefix("v").partition("-")
    time, _, revision = rest.partition("+")[0].partition("-")
    return zero == "0.0.0" and len(time) == 14 and time.isdecimal() and len(revision) >= 12


@dataclass(slots=True)
class Group:
    """The installed packages of one source package and version in one scope.

    `lookups` are the (name, version) pairs to look up, each with the packages they are about: a
    source package's name speaks for all, a binary package's name for itself.
    """

    row: Ecosystem
    scope: str
    packages: list[Package] = field(default_factory=list)
    lookups: dict[tuple[str, str], list[Package]] = field(default_factory=dict)

    def add(self, package: Package, pairs: tuple[tuple[str, str], ...]) -> None:
        """Put a package in; `pairs` are what it is looked up by."""
        self.packages.append(package)
        for pair in pairs:
            self.lookups.setdefault(pair, []).append(package)


@dataclass(frozen=True, slots=True)
class Groups:
    """What `sbom` asks to be looked up, `broken` packages per scope, and why they are that."""

    groups: tuple[Group, ...]
    broken: Mapping[str, int]
    problems: tuple[Problem, ...]


class Keys:
    """Sort keys of versions with a memory; None for what cannot be compared."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], bytes | str] = {}

    def key(self, row: Ecosystem, version: str) -> bytes | None:
        """The key of `version`."""
        found = self._of(row, version)
        return found if isinstance(found, bytes) else None

    def first_fault(self, row: Ecosystem, pairs: tuple[tuple[str, str], ...]) -> str:
        """Why a version of (name, version) pairs cannot be compared; "" where all can."""
        for _, version in pairs:
            found = self._of(row, version)
            if isinstance(found, str):
                return found
        return ""

    def _of(self, row: Ecosystem, version: str) -> bytes | str:
        place = (row.key, version)
        found = self._known.get(place)
        if found is None:
            try:
                found = row.order(version)
            except ValueError as fault:
                found = (str(fault) or "no version") if version else "it has none"
            if len(self._known) >= _MANY:
                self._known.clear()
            self._known[place] = found
        return found


class Scopes:
    """Which scope judges a package; `covered` are the scopes there is any data on."""

    __slots__ = ("_chosen", "covered")

    def __init__(self, covered: frozenset[str]) -> None:
        self.covered = covered
        self._chosen: dict[tuple[str, ...], str] = {}

    @property
    def asked(self) -> frozenset[str]:
        """Every candidate there was so far."""
        return frozenset(scope for candidates in self._chosen for scope in candidates)

    def of(self, candidates: tuple[str, ...]) -> str:
        """The first of `candidates` that is covered, the most authoritative where none is."""
        chosen = self._chosen.get(candidates)
        if chosen is None:
            covered = (scope for scope in candidates if scope in self.covered)
            chosen = self._chosen[candidates] = next(covered, candidates[0])
        return chosen

    def groups(self, sbom: Sbom, keys: Keys) -> Groups:
        """The packages of `sbom` that can be looked up, in groups."""
        groups: dict[tuple[str, ...], Group] = {}
        broken: dict[str, int] = {}
        problems: list[Problem] = []
        unreleased = _unreleased(sbom)
        rows = {name: ECOSYSTEMS.get(name) for name in {p.ecosystem for p in sbom.packages}}
        for package in judged(sbom):
            row = rows[package.ecosystem]
            if row is None or package.found_by in UNMATCHED:
                continue
            scope = self.of(row.scopes(package, sbom.distro))
            pairs = row.lookups(package)
            fault = keys.first_fault(row, pairs)
            if unreleased and package.purl in unreleased:
                fault = f"{package.version} is a revision, the program's version is not known"
            if fault:
                broken[scope] = broken.get(scope, 0) + 1
                message = f"version not compared, so not checked: {fault}"
                problems.append(Problem("match", package.purl, message))
                continue
            source = package.source
            name = row.canonical(source.name)
            place = (row.key, package.namespace, scope, name, source.version or package.version)
            group = groups.get(place)
            if group is None:
                group = groups[place] = Group(row, scope)
            group.add(package, pairs)
        return Groups(tuple(groups.values()), broken, tuple(problems))
