"""Which installed Python distribution uses which: Requires-Dist, markers evaluated for the image.

PyPA "Dependency specifiers". Extras are not requested by anybody here: a requirement that only
holds with an extra is none. Versions are not compared: what is installed under the name is used.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne
from posixpath import dirname

from ironhull.catalogers._row import Needs
from ironhull.lazy import regex
from ironhull.model import Package, Platform, Relation, Tree

_NAME = regex(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)", re.ASCII)
_ONLY_EXTRA = regex(r"\s*\(?\s*extra\s*==\s*(['\"])[^'\"]+\1\s*\)?\s*")
_AND_EXTRA = regex(r"[^()]*\band\s+extra\s*==\s*(['\"])[^'\"]+\1\s*")
_PLAIN = r"(?:[^()'\"]|'[^()']*+'|\"[^()\"]*+\")*+"
_GROUP_AND_EXTRA = regex(
    rf"\s*\({_PLAIN}(?:\({_PLAIN}\){_PLAIN})*+\)\s*and\s+extra\s*==\s*(['\"])[^'\"]+\1\s*"
)
_WORD = regex(
    r"\s*(os_name|sys_platform|platform_system|platform_python_implementation|implementation_name)"
    r"\s*(==|!=)\s*(['\"])([A-UW-Za-uw-z][A-Za-z0-9_]*)\3\s*",  # not v: that may begin a version
    re.ASCII,
)
_VERSION = regex(
    r"\s*(python_version|python_full_version)"
    r"\s*(==|!=|<=|>=|<|>)\s*(['\"])(\d{1,6}\.\d{1,6}(?:\.\d{1,6})?)\3\s*",
    re.ASCII,
)
_COMPARE = {"==": eq, "!=": ne, "<=": le, ">=": ge, "<": lt, ">": gt}
_IN_PATH = regex(r"/python(3\.\d+)/")
_NEWEST = 40  # minor version to look for first
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64", "386": "i686", "arm": "armv7l"}


def relate(needs: Sequence[Needs], tree: Tree, platform: Platform | None) -> Iterator[Relation]:
    """One `depends-on` relation per requirement that an installed distribution satisfies."""
    installed: dict[str, list[Package]] = defaultdict(list)
    for need in needs:
        installed[canonical(need.package.name)].append(need.package)
    purls = {id(need.package): need.package.purl for need in needs}
    default: str | None = None
    for need in needs:
        version = _python_of(need.package)
        if not version and any(";" in requirement for requirement in need.requires):
            default = _interpreter(tree) if default is None else default
            version = default
        environment = _environment(version, platform)
        for requirement in need.requires:
            name = _required_name(requirement, environment)
            found = _nearest(installed.get(name, ()), need.package) if name else None
            if found is not None and purls[id(found)] != purls[id(need.package)]:
                yield Relation(purls[id(need.package)], "depends-on", purls[id(found)])


@lru_cache(maxsize=8192)
def canonical(name: str) -> str:
    """PEP 503: lower case, runs of `-`, `_`, `.` are one `-`."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _required_name(requirement: str, environment: Mapping[str, str]) -> str:
    match = _NAME.match(requirement)
    if match is None:
        return ""
    _, semicolon, marker = requirement.partition(";")
    if semicolon and not _holds(marker, environment):
        return ""
    return canonical(match[1])


def _holds(marker: str, environment: Mapping[str, str]) -> bool:
    if _ONLY_EXTRA.fullmatch(marker):
        return False
    if _AND_EXTRA.fullmatch(marker) and " or " not in marker:
        return False
    if _GROUP_AND_EXTRA.fullmatch(marker):
        return False
    known = _plainly(marker, environment)
    if known is not None:
        return known
    from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName

    try:
        return Marker(marker).evaluate({**environment, "extra": ""})
    except (InvalidMarker, UndefinedEnvironmentName):
        return False


def _plainly(marker: str, environment: Mapping[str, str]) -> bool | None:
    """What a marker of the usual kind says, for which `packaging` need not be loaded; else None."""
    clauses = [_clause(clause, environment) for clause in marker.split(" and ")]
    return None if None in clauses else all(clauses)


def _clause(clause: str, environment: Mapping[str, str]) -> bool | None:
    if match := _WORD.fullmatch(clause):
        return (environment[match[1]] == match[4]) is (match[2] == "==")
    if match := _VERSION.fullmatch(clause):
        return bool(_COMPARE[match[2]](_release(environment[match[1]]), _release(match[4])))
    return None


def _release(version: str) -> tuple[int, ...]:
    return tuple(map(int, f"{version}.0".split(".")[:3]))


def _environment(version: str, platform: Platform | None) -> dict[str, str]:
    version = version or "3.13"
    machine = platform.architecture if platform else "amd64"
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{version}.0",
        "os_name": "posix",
        "platform_machine": _MACHINES.get(machine, machine),
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"{version}.0",
        "python_version": version,
        "sys_platform": "linux",
    }


def _nearest(candidates: Sequence[Package], dependent: Package) -> Package | None:
    """The one in the dependent's own site-packages, else the first by path."""
    sites = {_site(location.path) for location in dependent.locations}
    here = (p for p in candidates if sites.intersection(_site(at.path) for at in p.locations))
    return next(here, candidates[0] if candidates else None)


def _site(path: str) -> str:
    return dirname(path) if path.endswith((".egg-info", ".egg")) else dirname(dirname(path))


def _python_of(package: Package) -> str:
    match = _IN_PATH.search("/" + package.locations[0].path)
    return match[1] if match else ""


def _interpreter(tree: Tree) -> str:
    """The newest `python3.N` of the image, "3.N"; "" where there is none."""
    for minor in range(_NEWEST, 0, -1):
        for directory in ("usr/local/bin", "usr/bin"):
            if tree.exists(f"{directory}/python3.{minor}"):
                return f"3.{minor}"
    return ""
