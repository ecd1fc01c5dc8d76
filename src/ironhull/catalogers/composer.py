"""PHP packages that Composer installed: vendor/composer/installed.json.

Source: getcomposer.org "The composer.json schema" and Composer's `FilesystemRepository`, which
writes the file: a list of packages (Composer 1) or an object with `packages` (Composer 2).
Packages installed for development are installed. The application around the vendor directory is
listed if its composer.json has a name and a version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ironhull.catalogers._fields import either, line, load_json, mapping, person, texts, web, word
from ironhull.catalogers._requirements import by_name
from ironhull.catalogers._row import Found, Needs
from ironhull.model import File, Location, Package, Platform, Problem, Relation, Tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["parse", "relate"]

_NAME = "composer"


def parse(file: File, tree: Tree) -> Iterator[Found]:
    try:
        document = load_json(tree.read(file.path))
    except ValueError as error:
        yield Problem(_NAME, file.path, f"cannot be read ({error}): its packages are not listed")
        return
    listed = document.get("packages") if isinstance(document, dict) else document
    if not isinstance(listed, list):
        yield Problem(_NAME, file.path, "holds no list of packages")
        return
    where = Location(file.path, file.layer)
    for number, entry in enumerate(listed):
        package = _package(mapping(entry), where)
        if package is None:
            what = word(mapping(entry).get("name")) or f"entry {number + 1}"
            yield Problem(_NAME, file.path, f"{what} has no valid name and version: not listed")
            continue
        yield package
        yield Needs(package, *_needs(mapping(entry)))
    yield from _root(file, tree)


def _root(file: File, tree: Tree) -> Iterator[Found]:
    """The application: composer.json beside the vendor directory."""
    directory = "/".join(file.path.split("/")[:-3])
    manifest = tree.find(f"{directory}/composer.json".lstrip("/"))
    if manifest is None:
        return
    try:
        document = mapping(load_json(tree.read(manifest.path)))
    except (KeyError, ValueError):
        return  # the vendor directory is what Composer answers for
    package = _package(document, Location(manifest.path, manifest.layer))
    if package is not None:
        yield package
        yield Needs(package, *_needs(document))


def _package(entry: Mapping[str, Any], where: Location) -> Package | None:
    name, version = word(entry.get("name")), word(entry.get("version"))
    if name.count("/") != 1 or name.startswith("/") or name.endswith("/") or not version:
        return None
    authors = entry.get("authors")
    author = mapping(authors[0] if isinstance(authors, list) and authors else None)
    return Package(
        ecosystem=_NAME,
        name=name,
        version=version,
        licenses=either(texts(entry.get("license"))),
        locations=(where,),
        found_by=_NAME,
        summary=line(entry.get("description")),
        homepage=web(entry.get("homepage"), mapping(entry.get("support")).get("source")),
        supplier=person(author.get("name"), author.get("email")),
    )


def _needs(entry: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is required, and which names the package stands for besides its own."""
    provides = {**mapping(entry.get("provide")), **mapping(entry.get("replace"))}
    return tuple(map(str, mapping(entry.get("require")))), tuple(map(str, provides))


def relate(needs: Sequence[Needs], _tree: Tree, _platform: Platform | None) -> Iterator[Relation]:
    """Requirements by name (`php` and `ext-*` are no packages), within one vendor directory."""
    return by_name(needs, _vendor, fold=str.lower, elsewhere=False)


def _vendor(path: str) -> str:
    """The directory of the application: above vendor/composer/installed.json or composer.json."""
    parts = path.split("/")
    return "/".join(parts[: -1 if parts[-1] == "composer.json" else -3])
