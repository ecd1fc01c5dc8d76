"""npm packages: installed package.json files, and what yarn's Plug'n'Play maps.

_npm_positions.py says which files count, _npm_manifest.py reads them, _npm_pnp.py reads maps.
Download caches (npm's _cacache, pnpm's and bun's stores of files) are not installed software.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ironhull.catalogers import _npm_pnp as pnp
from ironhull.catalogers._fields import load_json, mapping, word
from ironhull.catalogers._npm_manifest import package_of, requirements, version_of
from ironhull.catalogers._npm_positions import INSTALLED, SAMPLE, VALID_NAME, lookups, place
from ironhull.catalogers._row import Found, Needs
from ironhull.model import File, Location, Package, Platform, Problem, Relation, Tree

__all__ = ["parse", "relate"]

_NAME = "npm"


def parse(file: File, tree: Tree) -> Iterator[Found]:
    if file.path.endswith("package.json"):
        yield from _manifest(file, tree)
    elif not file.path.endswith(".zip"):
        yield from pnp.parse(file, tree)


def _manifest(file: File, tree: Tree) -> Iterator[Found]:
    kind, directory_name = place(file.path)
    try:
        manifest = mapping(load_json(tree.read(file.path)))
    except ValueError as error:
        if kind != SAMPLE:
            yield Problem(_NAME, file.path, f"cannot be read ({error}): not listed")
        return
    name, version = word(manifest.get("name")), version_of(manifest.get("version"))
    if kind == INSTALLED:
        name = name or directory_name
    elif not name or not version or (kind == SAMPLE and not directory_name):
        return
    if not VALID_NAME.fullmatch(name):
        if kind == INSTALLED:
            yield Problem(_NAME, file.path, f"has an impossible name {name[:40]!r}: not listed")
        return
    package = package_of(name, version, manifest, Location(file.path, file.layer))
    yield package
    yield Needs(package, requirements(manifest))


def relate(needs: Sequence[Needs], tree: Tree, _platform: Platform | None) -> Iterator[Relation]:
    """What Node.js would load for each required name, from each place the package is at."""
    packages: dict[str, Package] = {}
    required: dict[str, dict[str, None]] = {}
    for need in needs:
        purl = need.package.purl
        packages[purl] = need.package
        required.setdefault(purl, {}).update(dict.fromkeys(need.requires))
    at = {place.path: purl for purl, package in packages.items() for place in package.locations}
    exact = {f"{pnp.EXACT}{p.name}@{p.version}": purl for purl, p in packages.items()}
    for purl, names in required.items():
        for name in names:
            if name.startswith(pnp.EXACT):
                targets = {exact.get(name, "")}
            else:
                targets = {_resolve(p.path, name, at, tree) for p in packages[purl].locations}
            for target in targets - {"", purl}:
                yield Relation(purl, "depends-on", target)


def _resolve(path: str, name: str, at: Mapping[str, str], tree: Tree) -> str:
    candidates = list(lookups(path, name))
    for candidate in candidates:
        if candidate in at:
            return at[candidate]
    for candidate in candidates:  # pnpm and workspaces: links to packages listed elsewhere
        linked = tree.find(candidate)
        if linked is not None:
            return at.get(linked.path, "")
    return ""
