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

_ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ONLY_EXTRA = regex(r"\s*\(?\s*extra\s*==\s*(['\"])[^'\"]+\1\s*\)?\s*")
_AND_EXTRA = regex(r"[^()]*\band\s+extra\s*==\s*(['\"])[^'\"]+\1\s*")
_PLAIN = r"(?:[^()'\"]|'[^()']*+'|\"[^()\"]*+\")*+"
_GROUP_AND_EXTRA = regex(
    rf"\s*\({_PLAIN}(?:\({_PLAIN}\){_PLAIN})*+\)\s*and\s+extra\s*==\s*(['\"])[^'\"]+\1\s*"
)
_WORDS = frozenset({
    "os_name", "sys_platform", "platform_system", "platform_python_implementation",
    "implementation_name",
})  # fmt: skip
_VERSIONS = frozenset({"python_version", "python_full_version"})
_COMPARE = {"==": eq, "!=": ne, "<=": le, ">=": ge, "<": lt, ">": gt}
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
    if name.isalnum():
        return name.lower()
    return re.sub(r"[-_.]+", "-", name).lower()


def _required_name(requirement: str, environment: Mapping[str, str]) -> str:
    text = requirement.lstrip()
    name = text[: len(text) - len(text.lstrip(_ALNUM + "._-"))].rstrip("._-")
    if not name or name[0] in "._-":
        return ""
    _, semicolon, marker = requirement.partition(";")
    if semicolon and not _holds(marker, environment):
        return ""
    return canonical(name)


def _holds(marker: str, environment: Mapping[str, str]) -> bool:
    if "extra" in marker and _needs_extra(marker):
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


def _needs_extra(marker: str) -> bool:
    """Whether a marker is `extra == "…"` alone, or joined by `and` to the rest of it."""
    last = marker.rpartition(" and ")[2]
    if "(" not in marker and " or " not in marker and last.split()[:2] == ["extra", "=="]:
        quoted = last.split("==", 1)[1].strip()
        if _unquoted(quoted):
            return True
    if _ONLY_EXTRA.fullmatch(marker) or _GROUP_AND_EXTRA.fullmatch(marker):
        return True
    return _AND_EXTRA.fullmatch(marker) is not None and " or " not in marker


def _unquoted(text: str) -> str:
    """What is between quotation marks; "" where there is nothing else."""
    inside = text[1:-1]
    plain = text[:1] in "'\"" and text[:1] == text[-1:] and "'" not in inside and '"' not in inside
    return inside if plain else ""


def _clause(clause: str, environment: Mapping[str, str]) -> bool | None:
    operator = next((each for each in _COMPARE if each in clause), "")
    name, _, quoted = clause.partition(operator) if operator else (clause, "", "")
    name, value = name.strip(), _unquoted(quoted.strip())
    if not value.isascii():
        return None
    if name in _WORDS and operator in ("==", "!=") and _is_word(value):
        return (environment[name] == value) is (operator == "==")
    if name in _VERSIONS and _is_version(value):
        return bool(_COMPARE[operator](_release(environment[name]), _release(value)))
    return None


def _is_word(value: str) -> bool:
    """Not one that begins with a v: that may be a version."""
    return value[:1].isalpha() and value[0] not in "vV" and value.replace("_", "").isalnum()


def _is_version(value: str) -> bool:
    parts = value.split(".")
    return len(parts) in (2, 3) and all(part.isdecimal() and len(part) <= 6 for part in parts)


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
    for part in package.locations[0].path.split("/")[:-1]:
        if part.startswith("python3.") and part.removeprefix("python3.").isdecimal():
            return part.removeprefix("python")
    return ""


def _interpreter(tree: Tree) -> str:
    """The newest `python3.N` of the image, "3.N"; "" where there is none."""
    for minor in range(_NEWEST, 0, -1):
        for directory in ("usr/local/bin", "usr/bin"):
            if tree.exists(f"{directory}/python3.{minor}"):
                return f"3.{minor}"
    return ""
