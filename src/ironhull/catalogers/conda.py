"""Conda packages: the records of an environment, `conda-meta/*.json`.

Sources: docs.conda.io, "Package specification" and conda's `PrefixRecord`; purl-spec
types/conda for the qualifiers. What is below `pkgs/` is the download cache. The Python, npm and R
packages that a record's `files` holds are the same software once more: they are owned by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ironhull.catalogers._fields import line, load_json, mapping, texts, web, word
from ironhull.catalogers._requirements import by_name
from ironhull.catalogers._row import Found, Needs
from ironhull.lazy import regex
from ironhull.licenses.names import expression
from ironhull.model import File, Location, Package, Platform, Problem, Relation, Tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["owners", "parse", "relate"]

_NAME = "conda"
_VALID_NAME = regex(r"[a-z0-9_][a-z0-9_.-]*", re.ASCII | re.IGNORECASE)
_SHA256 = regex(r"[0-9a-f]{64}")
_TOKEN = regex(r"^t/[^/]+/")
_HOST = regex(r"^[A-Za-z][A-Za-z0-9+.-]*:/*[^/]*/")
_ARCHIVES = (".conda", ".tar.bz2")


def parse(file: File, tree: Tree) -> Iterator[Found]:
    try:
        record = load_json(tree.read(file.path))
    except ValueError as error:
        yield Problem(_NAME, file.path, f"cannot be read ({error}): not listed")
        return
    package = _package(mapping(record), Location(file.path, file.layer))
    if package is None:
        yield Problem(_NAME, file.path, "has no valid name and version: not listed")
        return
    yield package
    required = (text.split() for text in texts(mapping(record).get("depends")))
    yield Needs(package, tuple(words[0] for words in required if words))


def _package(record: Mapping[str, Any], where: Location) -> Package | None:
    name, version = word(record.get("name")), word(record.get("version"))
    if not _VALID_NAME.fullmatch(name) or not version:
        return None
    sha256 = word(record.get("sha256")).lower()
    said = expression(line(record.get("license")))
    return Package(
        ecosystem=_NAME,
        name=name,
        version=version,
        licenses=(said,) if said else (),
        locations=(where,),
        found_by=_NAME,
        size=_size(record),
        summary=line(record.get("summary")),
        homepage=web(record.get("home"), record.get("homepage")),
        checksums=(f"sha256:{sha256}",) if _SHA256.fullmatch(sha256) else (),
        qualifiers=_qualifiers(record),
    )


def _qualifiers(record: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """build, channel, subdir and type (of the archive), as purl-spec names them."""
    archive = word(record.get("fn")) or word(record.get("url"))
    subdir = word(record.get("subdir"))
    found = {
        "build": word(record.get("build")) or word(record.get("build_string")),
        "channel": _channel(word(record.get("channel")), subdir),
        "subdir": subdir,
        "type": next((end[1:] for end in _ARCHIVES if archive.endswith(end)), ""),
    }
    return tuple((key, value) for key, value in found.items() if value)


def _channel(said: str, subdir: str) -> str:
    """The channel's name: of its URL the path without a token, `pkgs/` and the subdir."""
    name = _TOKEN.sub("", _HOST.sub("", said)).rstrip("/")
    for end in (subdir, "noarch"):
        if end:
            name = name.removesuffix(f"/{end}")
    if said.startswith("file:"):
        name = name.rpartition("/")[2]
    return name.removeprefix("pkgs/")


def _size(record: Mapping[str, Any]) -> int:
    """Installed bytes, as `paths_data` lists them."""
    total = 0
    listed = mapping(record.get("paths_data")).get("paths")
    for entry in listed if isinstance(listed, list) else ():
        size = mapping(entry).get("size_in_bytes")
        if isinstance(size, int) and 0 <= size < 1 << 50:
            total += size
    return total


def owners(paths: Iterable[str], packages: Iterable[Package], tree: Tree) -> Mapping[str, Package]:
    """The conda package that ships each of `paths`, for those that one ships.

    A file that is left in the package cache (`pkgs/ARCHIVE/`) is the one the environment links to.
    """
    wanted = set(paths)
    found: dict[str, Package] = {}
    for package in packages:
        if package.ecosystem != _NAME:
            continue
        for location in package.locations:
            for path in _shipped(location.path, tree):
                if path in wanted:
                    found.setdefault(path, package)
    return found


def _shipped(record_path: str, tree: Tree) -> Iterator[str]:
    """Paths from the root of the files of one record, in its environment and in the cache."""
    try:
        record = _file_list(tree.read(record_path))
    except (KeyError, ValueError):
        return
    prefix = record_path.rpartition("conda-meta/")[0]
    cached = word(record.get("extracted_package_dir")).strip("/")
    for name in texts(record.get("files")):
        yield prefix + name
        if cached:
            yield f"{cached}/{name}"
            yield f"{cached}/{_noarch(name)}"


def _file_list(body: bytes) -> Mapping[str, Any]:
    """`files` and `extracted_package_dir` of a record, the rest (most of it) skipped."""
    import msgspec

    wanted = msgspec.defstruct(
        "Record", [("files", list[str], []), ("extracted_package_dir", str | None, None)]
    )
    try:
        return msgspec.structs.asdict(msgspec.json.decode(body, type=wanted))
    except msgspec.MsgspecError:
        return mapping(load_json(body))


def _noarch(name: str) -> str:
    """Packages for every Python keep `site-packages` at their top."""
    at = name.find("site-packages/")
    return name[at:] if at > 0 else name


def relate(needs: Sequence[Needs], _tree: Tree, _platform: Platform | None) -> Iterator[Relation]:
    return by_name(needs, _environment, fold=str.lower, elsewhere=False)


def _environment(path: str) -> str:
    return path.rpartition("conda-meta/")[0]
