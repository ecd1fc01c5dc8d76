"""From the files of an image to its SBOM."""

from __future__ import annotations

from collections.abc import Iterator

from ironhull.catalogers import CATALOGERS, Cataloger, Needs
from ironhull.catalogers import _distro as distro_files
from ironhull.catalogers import _owners as owner_files
from ironhull.lazy import lazily
from ironhull.limits import LIMITS
from ironhull.model import (
    Distro,
    File,
    Location,
    Package,
    Problem,
    Relation,
    Sbom,
    Subject,
    Tree,
    VexFile,
)
from ironhull.oci.probes import Probe
from ironhull.subject import subject_of
from ironhull.values import dataclass, field, replace

__all__ = ["PATTERNS", "PROBES", "VERSION", "catalog", "subject_of"]

VERSION = "4"
"""Changes when the same files would give another SBOM; part of cache keys."""

_VEX_FILES = "**/*.vex.json"
_ACCOUNTS = "etc/passwd"
"""Not read here: with it in the layer cache nobody reads layers again for the names of users."""

PATTERNS: tuple[str, ...] = tuple(
    dict.fromkeys(
        (
            *distro_files.PATTERNS,
            *(p for row in CATALOGERS for p in (*row.patterns, *row.reads)),
            *owner_files.PATTERNS,
            _VEX_FILES,
            _ACCOUNTS,
        )
    )
)
"""The files `catalog` reads, for `oci.tree.read_tree`, and one that policies do."""

PROBES: tuple[Probe, ...] = tuple(
    {row.probe.name: row.probe for row in CATALOGERS if row.probe is not None}.values()
)
"""What looks into files too large to keep, for `oci.tree.read_tree`."""

_DISTRO_ECOSYSTEMS = frozenset({"deb", "apk", "rpm"})
_canonical = lazily("ironhull.catalogers._python_relations", "canonical")
_conda_owners = lazily("ironhull.catalogers.conda", "owners")
_Key = tuple[str, str, str, str]


@dataclass(slots=True)
class _Found:
    packages: dict[_Key, Package] = field(default_factory=dict)
    needs: dict[str, list[tuple[_Key, Needs]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    left_out: int = 0


def catalog(tree: Tree, subject: Subject) -> Sbom:
    """List what is in `tree`; what cannot be read is in the SBOM's `problems`.

    The same package at several places is one package with several locations; one that a
    distribution package ships is marked `owned_by` and related "owned-by". The order of
    everything is decided by content alone.
    """
    distro, problems = distro_files.detect(tree)
    found = _Found(problems=problems)
    for row in CATALOGERS:
        _run(row, tree, distro, found)
    if found.left_out:
        limit = f"more than {LIMITS.packages} packages: {found.left_out} are not listed"
        found.problems.append(Problem("catalog", subject.name, limit))
    if doubt := _distro_doubt(distro, found):
        found.problems.append(Problem("distro", subject.name, doubt))
    vex_files = tuple(_vex_files(tree, found.problems))
    relations = set(_own(found, tree))
    for row in CATALOGERS:
        if row.relate is not None and row.name in found.needs:
            needs = [
                Needs(found.packages[key], need.requires, need.provides)
                for key, need in sorted(found.needs[row.name], key=lambda pair: pair[0])
            ]
            relations.update(row.relate(needs, tree, subject.platform))
    return Sbom(
        subject=subject,
        distro=distro,
        packages=tuple(sorted(found.packages.values(), key=_order)),
        relations=tuple(sorted(relations, key=lambda r: (r.subject, r.kind, r.object))),
        problems=tuple(dict.fromkeys(found.problems)),
        vex_files=vex_files,
    )


def _vex_files(tree: Tree, problems: list[Problem]) -> Iterator[VexFile]:
    """The exploitability statements in the image, sorted by path; those not kept are problems."""
    for number, file in enumerate(sorted(tree.glob(_VEX_FILES), key=lambda file: file.path)):
        if number == LIMITS.vex_image_files:
            more = f"and later ones were not read: more than {number} files of statements"
            problems.append(Problem("vex", file.path, more))
            return
        try:
            yield VexFile(file.path, file.layer, tree.read(file.path))
        except KeyError:
            problems.append(Problem("vex", file.path, "was not read: too large or damaged"))


def _distro_doubt(distro: Distro | None, found: _Found) -> str:
    """What makes a distribution and its packages not fit together; "" where they do.

    An image that says it is a distribution's and lists none of its packages has lost its package
    database, or has one nobody here reads: that must never look like an image without packages.
    """
    some = any(p.ecosystem in _DISTRO_ECOSYSTEMS for p in found.packages.values())
    if distro is None and some:
        return "no os-release or older release file: the distribution of its packages is not known"
    if distro is not None and not some:
        name = f"{distro.id} {distro.version or distro.codename}".rstrip()
        return (
            f"says it is {name}, but none of its packages could be listed: the package database is"
            " missing, unreadable or of a kind this version does not read (dpkg, apk and rpm are)"
        )
    return ""


def _run(row: Cataloger, tree: Tree, distro: Distro | None, found: _Found) -> None:
    for file in _files(row, tree):
        problems: list[Problem] = []
        more = 0
        try:
            for item in row.parse(file, tree):
                if not isinstance(item, Problem):
                    _add(row, item, distro, found)
                elif len(problems) < LIMITS.file_problems:
                    problems.append(item)
                else:
                    more += 1
        except KeyError:
            problems.append(Problem(row.name, file.path, "was not read: too large or damaged"))
        found.problems += problems
        if more:
            found.problems.append(Problem(row.name, file.path, f"{more} more problems like these"))


def _files(row: Cataloger, tree: Tree) -> list[File]:
    files = {file.path: file for pattern in row.patterns for file in tree.glob(pattern)}
    if row.probe is not None:
        files.update((file.path, file) for file in tree.probed(row.probe.name))
    return [files[path] for path in sorted(files)]


def _add(row: Cataloger, item: Package | Needs, distro: Distro | None, found: _Found) -> None:
    key = _key(item.package if isinstance(item, Needs) else item)
    if isinstance(item, Needs):
        if key in found.packages:
            found.needs.setdefault(row.name, []).append((key, item))
        return
    known = found.packages.get(key)
    if known is not None:
        found.packages[key] = known.merged(item)
    elif len(found.packages) >= LIMITS.packages:
        found.left_out += 1
    else:
        found.packages[key] = _placed(item, distro)


def _key(package: Package) -> _Key:
    name = _canonical(package.name) if package.ecosystem == "pypi" else package.name
    kind = "&".join((package.arch, *("=".join(pair) for pair in package.qualifiers)))
    return (package.ecosystem, name, package.version, kind)


def _placed(package: Package, distro: Distro | None) -> Package:
    """A distribution's package with the purl namespace and qualifier of that distribution."""
    if distro is None or package.ecosystem not in _DISTRO_ECOSYSTEMS:
        return package
    namespace = distro_files.namespace(distro, package.ecosystem)
    return replace(package, namespace=namespace, distro=distro_files.qualifier(distro))


def _own(found: _Found, tree: Tree) -> Iterator[Relation]:
    """Mark the packages that distribution packages ship.

    A package found at several places, some shipped and some not, becomes two: what somebody
    installed beside the distribution's copy is counted.
    """
    unowned = {row.name for row in CATALOGERS if row.unowned}
    others = {k: p for k, p in found.packages.items() if p.ecosystem not in _DISTRO_ECOSYSTEMS}
    paths = {at.path for package in others.values() for at in package.locations}
    files = {path: _file_of(path, tree) for path in paths}
    packages = tuple(found.packages.values())
    conda = any(package.ecosystem == "conda" for package in packages)
    owner_of_file = {
        **(_conda_owners(files.values(), packages, tree) if conda else {}),
        **owner_files.owners(files.values(), packages, tree),
    }
    owner_of = {p: owner_of_file[file] for p, file in files.items() if file in owner_of_file}
    for key, package in others.items():
        owned = tuple(at for at in package.locations if at.path in owner_of)
        if not owned:
            continue
        if package.found_by in unowned:
            _drop(found, key, package, owned)
            continue
        owner = owner_of[owned[0].path]
        marked = replace(package, locations=owned, owned_by=owner.purl)
        free = tuple(at for at in package.locations if at.path not in owner_of)
        if free:
            found.packages[key] = replace(package, locations=free)
            found.packages[(*key[:3], "owned")] = marked
        else:
            found.packages[key] = marked
        yield Relation(package.purl, "owned-by", owner.purl)


def _file_of(path: str, tree: Tree) -> str:
    """The file a location is in: of what is nested in a jar (`a.war!b.jar!c.jar`) the outer one."""
    outer, inside, _ = path.rpartition("!")
    while inside and tree.find(path) is None:
        if tree.find(outer) is not None:
            return outer
        outer, inside, _ = outer.rpartition("!")
    return path


def _drop(found: _Found, key: _Key, package: Package, owned: tuple[Location, ...]) -> None:
    """Leave out what was found in files of distribution packages; the rest stays."""
    free = tuple(at for at in package.locations if at not in owned)
    if free:
        found.packages[key] = replace(package, locations=free)
    else:
        del found.packages[key]


def _order(package: Package) -> tuple[str, str, str, str, str]:
    first = package.locations[0].path if package.locations else ""
    return (package.ecosystem, package.name, package.version, package.arch, first)
