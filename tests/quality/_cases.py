"""Labelled cases and the advisory data they are judged by, read from `cases/*.toml`.

A file is one family of packages:

    ecosystem = "pypi"          # purl type of its packages
    folder = "PyPI"             # OSV ecosystem of its records, where they are OSV records
    distro = "debian 12"        # ID and VERSION_ID of the image, where there is one
    world = ""                  # families of one world share an index ("" is the usual one)

    [[advisory]]
    id = "CVE-2023-30861"       # the name a finding has
    package = "flask"           # what the advisory is about, and the default of its cases
    why = "…"                   # what it is, in a few words
    records = [ … ]             # what the sources say: see `_site`
    cases = [                   # version, affected, kind of trap ("" for none), why, {…}
      ["2.2.4", true, "", "the last release before the fix"],
    ]

The fifth element of a case may set `name`, `source`, `source_version`, `distro`, `ecosystem`,
`qualifiers`, `supplier`, `owned_by`, `also` (further findings that are right), and what a finding
has to say beside its name: `fixed`, `status`, `aliases`, `kind`.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ironhull.model import Distro, Package, Upstream

HERE = Path(__file__).parent / "cases"

TRAPS = {
    "backport": "a fix in an upstream version below the one that has it upstream",
    "epoch": "an epoch outweighs the version",
    "rebuild": "a suffix of a rebuild: binNMU, module, distribution tag",
    "prerelease": "a version before the release of the same number",
    "postrelease": "a version after the release of the same number",
    "snapshot": "a state of a repository: _git, pseudo-versions, dates",
    "number": "numbers are compared as numbers, not as text",
    "length": "versions of different lengths",
    "gap": "between two affected ranges",
    "closed": "last_affected: the end of the range is affected",
    "listed": "only enumerated versions are affected",
    "withdrawn": "the record was withdrawn",
    "alias": "several records on one vulnerability",
    "source": "the advisory names a source package, the image a binary one",
    "renamed": "a name that changed or has the version in it",
    "namesake": "another package of the same name",
    "release": "another release of the same distribution",
    "case": "names and versions in another spelling",
    "build": "build metadata",
    "status": "not affected, or affected and not repaired, for a stated reason",
    "malicious": "a package made to do harm, and a good one beside it",
    "authority": "sources disagree, and one has the last word",
    "module": "paths and qualifiers that are part of a name",
    "unparsed": "a version that is none",
    "yanked": "a version that was taken back from its index",
    "owned": "files that a package of another system ships",
}
"""What a case may be a trap for."""


@dataclass(frozen=True)
class Case:
    """One package and whether `advisory` applies to it."""

    family: str
    advisory: str
    package: Package
    distro: Distro | None
    affected: bool
    trap: str
    why: str
    also: frozenset[str]
    says: tuple[tuple[str, Any], ...]

    def __str__(self) -> str:
        package = self.package
        origin = f" of {package.source.name} {package.source.version}" if package.upstream else ""
        where = f" in {self.distro}" if self.distro else ""
        return f"{self.family}: {package.name} {package.version}{origin}{where}: {self.advisory}"


@dataclass(frozen=True)
class Family:
    """One file: its cases and what the sources say of them."""

    name: str
    folder: str
    world: str
    advisories: tuple[dict[str, Any], ...]
    cases: tuple[Case, ...]


@cache
def families() -> tuple[Family, ...]:
    """Every file of `cases`, by name."""
    return tuple(_family(path) for path in sorted(HERE.glob("*.toml")))


def of_world(world: str) -> tuple[Family, ...]:
    """The families that share an index."""
    return tuple(family for family in families() if family.world == world)


def _family(path: Path) -> Family:
    data = tomllib.loads(path.read_text("utf-8"))
    advisories = data.get("advisory", [])
    cases = tuple(case for given in advisories for case in _cases(path.stem, data, given))
    folder, world = data.get("folder", ""), data.get("world", "")
    return Family(path.stem, folder, world, tuple(advisories), cases)


def _cases(family: str, data: dict[str, Any], given: dict[str, Any]) -> Iterator[Case]:
    for row in given.get("cases", ()):
        version, affected, trap, why, *rest = row
        more = dict(rest[0]) if rest else {}
        if trap and trap not in TRAPS:
            raise ValueError(f"{family}: {given['id']}: no kind of trap: {trap!r}")
        distro = _distro(more.pop("distro", given.get("distro", data.get("distro", ""))))
        package = _package(version, more, data, given, distro)
        also = frozenset(more.pop("also", ()))
        yield Case(
            family, given["id"], package, distro, affected, trap, why, also, tuple(more.items())
        )


def _distro(text: str) -> Distro | None:
    if not text:
        return None
    identity, _, rest = text.partition(" ")
    version, _, like = rest.partition(" like ")
    return Distro(identity, version, id_like=tuple(like.split()))


def _package(
    version: str,
    more: dict[str, Any],
    data: dict[str, Any],
    given: dict[str, Any],
    distro: Distro | None,
) -> Package:
    ecosystem = more.pop("ecosystem", given.get("ecosystem", data["ecosystem"]))
    source, source_version = more.pop("source", ""), more.pop("source_version", "")
    return Package(
        ecosystem=ecosystem,
        name=more.pop("name", given.get("package", "")),
        version=version,
        upstream=Upstream(source, source_version or version) if source else None,
        namespace=distro.id if distro and ecosystem in ("deb", "apk", "rpm") else "",
        qualifiers=tuple(tuple(pair) for pair in more.pop("qualifiers", ())),
        found_by=more.pop("found_by", ""),
        supplier=more.pop("supplier", ""),
        owned_by=more.pop("owned_by", ""),
    )
