"""From what a document says to an SBOM: packages once each, the distribution, what is related."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ironhull.documents._entry import Entry, package_of
from ironhull.documents._shipped import shipped
from ironhull.documents._values import STAGE
from ironhull.errors import FormatError
from ironhull.lazy import regex
from ironhull.limits import LIMITS
from ironhull.model import Distro, Package, Problem, Relation, Sbom, Subject
from ironhull.values import dataclass, field, replace

__all__ = ["Content", "Edge", "assemble"]

Edge = tuple[str, str, str]
"""(identifier, kind of relation, identifier), identifiers as `Entry.where`."""

_DISTRO_ECOSYSTEMS = frozenset({"deb", "apk", "rpm"})
_DEBIAN = {"buster": "10", "bullseye": "11", "bookworm": "12", "trixie": "13", "forky": "14"}
_BRANCH = regex(r"[0-9]+\.[0-9]+")
_SHOWN = 20  # problems of one kind


@dataclass(slots=True)
class Content:
    """What a reader found in a document; `exact`: its words are already those of our model."""

    subject: Subject
    distros: list[Distro] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    exact: bool = False
    where: str = ""
    vex_references: list[str] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        """One package more; FormatError where there are more than any image has."""
        if len(self.entries) >= LIMITS.packages:
            raise FormatError(
                f"{self.where}: lists more than {LIMITS.packages} packages",
                "give the SBOM of one image",
            )
        self.entries.append(entry)


def assemble(content: Content) -> Sbom:
    """The SBOM of what was read.

    An entry that says the same package as another adds its places to it. An edge "owned-by" marks
    the package it begins at. Sorted as a catalogued SBOM is.
    """
    problems: list[Problem] = []
    packages, keys = _packages(content.entries, problems)
    relations = _relate(content.edges, packages, keys)
    relations.update(content.relations)
    if not content.exact and not any(p.owned_by for p in packages.values()):
        relations.update(_ship(packages))
    if content.exact:
        distro = content.distros[0] if content.distros else None
    else:
        distro = _distro(content.distros, packages.values(), problems)
    return Sbom(
        subject=content.subject,
        distro=distro,
        packages=tuple(sorted(packages.values(), key=_order)),
        relations=tuple(sorted(relations, key=lambda r: (r.subject, r.kind, r.object))),
        problems=tuple(dict.fromkeys((*content.problems, *_cut(problems)))),
        vex_references=tuple(dict.fromkeys(content.vex_references)),
    )


_Key = tuple[str, ...]


def _packages(
    entries: Iterable[Entry], problems: list[Problem]
) -> tuple[dict[_Key, Package], dict[str, _Key]]:
    packages: dict[_Key, Package] = {}
    keys: dict[str, _Key] = {}
    for entry in entries:
        package = package_of(entry, problems)
        if package is None:
            continue
        key = _key(package)
        known = packages.get(key)
        if known is not None:
            packages[key] = known.merged(package)
        else:
            packages[key] = package
        if entry.where:
            keys.setdefault(entry.where, key)
    return packages, keys


def _key(p: Package) -> _Key:
    mark = (p.owned_by and "owned", p.removed_in)
    extra = tuple(text for pair in p.qualifiers for text in pair)
    return (p.ecosystem, p.namespace, p.name, p.version, p.arch, *mark, *extra)


def _relate(
    edges: Sequence[Edge], packages: dict[_Key, Package], keys: dict[str, _Key]
) -> set[Relation]:
    for subject, kind, object_ in edges:
        if kind != "owned-by":
            continue
        mine, theirs = keys.get(subject), keys.get(object_)
        if mine and theirs and mine != theirs and not packages[mine].owned_by:
            packages[mine] = replace(packages[mine], owned_by=packages[theirs].purl)
    purls: dict[_Key, str] = {}

    def purl(key: _Key) -> str:
        if key not in purls:
            purls[key] = packages[key].purl
        return purls[key]

    found = set()
    for subject, kind, object_ in edges:
        mine, theirs = keys.get(subject), keys.get(object_)
        if mine and theirs and mine != theirs:
            found.add(Relation(purl(mine), kind, purl(theirs)))
    return found


def _ship(packages: dict[_Key, Package]) -> Iterator[Relation]:
    for package, owner in list(shipped(packages)):
        packages[_key(package)] = replace(package, owned_by=owner.purl)
        yield Relation(package.purl, "owned-by", owner.purl)


def _distro(
    said: Sequence[Distro], packages: Iterable[Package], problems: list[Problem]
) -> Distro | None:
    """The distribution the document names, else the one its packages' URLs name most."""
    named = list(dict.fromkeys(_normal(distro) for distro in said if distro.id))
    if not named:
        votes = Counter(
            _normal(_of_qualifier(p.namespace, p.distro))
            for p in packages
            if p.ecosystem in _DISTRO_ECOSYSTEMS and p.distro
        )
        named = [distro for distro, _ in sorted(votes.items(), key=lambda v: (-v[1], str(v[0])))]
    if len(named) > 1:
        names = ", ".join(str(distro) for distro in named[:4])
        message = f"names several distributions ({names}): packages are checked as {named[0]}'s"
        problems.append(Problem("distro", "document", message))
    return named[0] if named else None


def _of_qualifier(namespace: str, text: str) -> Distro:
    """The distribution of a purl's qualifier: "debian-13", "opensuse-leap-15.6", "3.20.3"."""
    identity, dash, version = text.rpartition("-")
    if not dash:
        identity, version = (namespace, text) if text[:1].isdigit() else (text, "")
    if version[:1].isdigit() or identity.endswith(("tumbleweed", "rawhide")):
        return Distro(identity.lower(), version)
    return Distro(identity.lower() or namespace, "", version)


def _normal(distro: Distro) -> Distro:
    """As images are read: Debian's release is its first number, Alpine's the branch."""
    if "alpine" in (distro.id, *distro.id_like):
        branch = _BRANCH.match(distro.version)
        version = "edge" if "_alpha" in distro.version else branch[0] if branch else distro.version
        return replace(distro, version=version)
    if distro.id != "debian":
        return distro
    version = distro.version.split(".")[0]
    if not version[:1].isdigit():
        codename = distro.codename or distro.version.split("/")[0]
        return replace(distro, version=_DEBIAN.get(codename, ""), codename=codename)
    names = {number: name for name, number in _DEBIAN.items()}
    return replace(distro, version=version, codename=distro.codename or names.get(version, ""))


def _cut(problems: list[Problem]) -> list[Problem]:
    """At most a few of each kind: a document without package URLs is not a thousand warnings."""
    kinds: Counter[str] = Counter()
    kept: list[Problem] = []
    for problem in problems:
        kind = ":".join(problem.message.split(":", 2)[:2])
        kinds[kind] += 1
        if kinds[kind] <= _SHOWN:
            kept.append(problem)
    for kind, number in kinds.items():
        if number > _SHOWN:
            message = f"{number - _SHOWN} more like these ({kind})"
            kept.append(Problem(STAGE, "packages", message))
    return kept


def _order(package: Package) -> tuple[str, str, str, str, str]:
    first = package.locations[0].path if package.locations else ""
    return (package.ecosystem, package.name, package.version, package.arch, first)
