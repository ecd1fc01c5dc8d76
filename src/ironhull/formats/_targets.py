"""What `scan` has a table for: the packages of a distribution, of a language, of one program.

Grouped as Trivy groups them (trivy.dev/docs, Coverage): a table for the packages of the
distribution, one for the installed packages of each language, one for each program or list of
dependencies that names its packages itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ironhull.ecosystems import ECOSYSTEMS, Ecosystem
from ironhull.model import Finding, Package, Report, Sbom
from ironhull.values import dataclass, field

__all__ = ["OS_TYPES", "Row", "Target", "targets"]

OS_TYPES = frozenset({"alpm", "apk", "deb", "rpm"})
"""Packages of distributions; all others are those of languages and programs."""

_TOGETHER = {
    "bitnami": ("Bitnami", "bitnami"),
    "conan": ("C and C++", "conan"),
    "conda": ("Conda", "conda-pkg"),
    "cpan": ("Perl", "cpan"),
    "cran": ("R", "cran"),
    "dhi": ("Docker Hardened Images", "dhi"),
    "gem": ("Ruby", "gemspec"),
    "generic": ("Programs", "generic"),
    "hackage": ("Haskell", "hackage"),
    "hex": ("Erlang and Elixir", "hex"),
    "luarocks": ("Lua", "luarocks"),
    "maven": ("Java", "jar"),
    "npm": ("Node.js", "node-pkg"),
    "otp": ("Erlang and Elixir", "hex"),
    "pub": ("Dart", "pub"),
    "pypi": ("Python", "python-pkg"),
    "swift": ("Swift", "swift"),
}
"""By purl type, the name of the table and Trivy's word for the type."""

_APART = {
    "cargo": ("rustbinary", ("Rust", "cargo")),
    "composer": ("composer-vendor", ("PHP", "composer")),
    "golang": ("gobinary", ("Go", "gomod")),
    "nuget": ("dotnet-core", (".NET", "nuget")),
}
"""Types with a table for each path, and name and type of the one without any."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: a finding in one installed package at one `path` ("" where untold)."""

    finding: Finding
    name: str
    version: str
    path: str = ""
    removed: bool = False


@dataclass(slots=True)
class Target:
    """One table: `name` and `type` make its heading, `os` tells the packages of a distribution.

    `paths` tells whether rows say in which file they were found. `checked` holds the words of the
    coverage of its packages ("full", "fixed-only", "not checked").
    """

    name: str
    type: str
    os: bool = False
    paths: bool = False
    packages: int = 0
    rows: list[Row] = field(default_factory=list)
    checked: set[str] = field(default_factory=set)


def targets(report: Report, findings: Iterable[Finding], *, by_source: bool) -> list[Target]:
    """The tables of a report, with rows for `findings`: distribution, languages, programs.

    A table holds a row for each installed package, or with `by_source` for each source package.
    """
    found: dict[tuple[str, str], Target] = {}
    states = _states(report)
    sbom = report.sbom
    for package in sbom.judged:
        in_one = {id(t): t for t in (_target(found, sbom, package, p) for p in _paths(package))}
        for target in in_one.values():
            target.packages += 1
            target.checked |= states(package)
    if sbom.distro is not None and not any(target.os for target in found.values()):
        target = _of_distribution(sbom)
        found[target.name, target.type] = target
    for finding in findings:
        _add(found, sbom, finding, by_source=by_source)
    return sorted(found.values(), key=_order)


def _add(
    found: dict[tuple[str, str], Target], sbom: Sbom, finding: Finding, *, by_source: bool
) -> None:
    seen: set[int] = set()
    for package in finding.packages:
        for path in _paths(package):
            target = _target(found, sbom, package, path)
            if by_source and id(target) in seen:
                continue
            seen.add(id(target))
            source = package.source if by_source else package
            version = source.version or package.version
            shown = path if target.paths and not by_source else ""
            row = Row(finding, source.name, version, shown, bool(package.removed_in))
            target.rows.append(row)


def _paths(package: Package) -> list[str]:
    """Where a package is installed; those of a distribution are so once."""
    if package.ecosystem in OS_TYPES or not package.locations:
        return [""]
    return [at.path for at in package.locations]


def _target(
    found: dict[tuple[str, str], Target], sbom: Sbom, package: Package, path: str
) -> Target:
    kind = package.ecosystem
    if kind in OS_TYPES:
        target = _of_distribution(sbom, kind)
    elif kind in _APART and path:
        target = Target(path.partition("!")[0], _APART[kind][0])
    else:
        alone = _APART[kind][1] if kind in _APART else (kind, kind)
        target = Target(*_TOGETHER.get(kind, alone), paths=True)
    return found.setdefault((target.name, target.type), target)


def _of_distribution(sbom: Sbom, kind: str = "") -> Target:
    distro = sbom.distro
    name = f"{sbom.subject.name} ({distro or 'unknown distribution'})"
    return Target(name, distro.id if distro else kind, os=True)


def _order(target: Target) -> tuple[object, ...]:
    return (not target.os, not target.paths, target.name, target.type)


def _states(report: Report) -> Callable[[Package], set[str]]:
    """What tells the words of the coverage of a package's scope."""
    rows: dict[str, set[str]] = {}
    for row in report.coverage:
        rows.setdefault(row.scope, set()).add(row.checked)

    def states(package: Package) -> set[str]:
        ecosystem = ECOSYSTEMS.get(package.ecosystem)
        if ecosystem is None:
            return {"not checked"}
        scopes = ecosystem.scopes(package, report.sbom.distro)
        found = next((rows[scope] for scope in scopes if scope in rows), {"not checked"})
        if found == {"full", "not checked"}:  # but for versions that cannot be compared
            return {"full"} if _comparable(package, ecosystem) else {"not checked"}
        return found

    return states


def _comparable(package: Package, ecosystem: Ecosystem) -> bool:
    try:
        return all(ecosystem.order(version) for _, version in ecosystem.lookups(package))
    except ValueError:
        return False
