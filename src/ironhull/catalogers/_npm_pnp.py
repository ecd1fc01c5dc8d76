"""Yarn's Plug'n'Play: packages stay in zip archives, a map tells Node.js which one is where.

Sources: yarnpkg.com, "PnP Specification" (the fields of the map, `__virtual__` paths) and "PnP
API"; the map is `.pnp.data.json`, or inside `.pnp.cjs` (yarn 2: `.pnp.js`) as a string or object
literal. Only archives a map names are installed: others are a download cache.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from posixpath import normpath

from ironhull.catalogers._fields import load_json, mapping, word
from ironhull.catalogers._npm_manifest import package_of, version_of
from ironhull.catalogers._npm_positions import VALID_NAME
from ironhull.catalogers._probes import YARN_ARCHIVES
from ironhull.catalogers._row import Found, Needs
from ironhull.lazy import regex
from ironhull.model import File, Location, Problem, Tree
from ironhull.oci.probes import Body
from ironhull.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["EXACT", "extract", "parse"]

EXACT = "="
"""Begins a requirement of the form `=NAME@VERSION`: that very package is loaded."""


_MANIFEST_BYTES = 1 << 20
_STRING = regex(r"RAW_RUNTIME_STATE\s*=\s*'((?:[^'\\]|\\.)*)'", re.DOTALL)
_OBJECT = regex(r"hydrateRuntimeState\(\s*(?=\{)")
_ESCAPE = regex(r"\\(.)", re.DOTALL)
_VIRTUAL = regex(r"(?:__virtual__|\$\$virtual)/[^/]+/(\d{1,3})/")
_REFERENCE = regex(r"(?:.*[#@])?npm(?::|%3A)v?([^#:]+)(?:[#:].*)?", re.DOTALL)
_IN_ZIP = regex(r"node_modules/(?:@[^/]+/)?[^/]+/package\.json")

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A package of the map: its `location` from the root of the image, what it may load."""

    name: str
    reference: str
    location: str
    requires: tuple[_Key, ...]


def parse(file: File, tree: Tree) -> Iterator[Found]:
    """The packages a map names, as far as they are in the image."""
    try:
        entries = _entries(_map(file.path, tree.read(file.path)), file.path)
    except (TypeError, KeyError, AttributeError):
        yield Problem("npm", file.path, "is no map as yarn writes it: its packages are not listed")
        return
    except ValueError as error:
        yield Problem("npm", file.path, f"cannot be read ({error}): its packages are not listed")
        return
    known: dict[_Key, tuple[str, str]] = {}
    present: list[tuple[_Entry, Location, Mapping[str, Any]]] = []
    archives = 0
    for entry in entries:
        archives += ".zip/" in entry.location
        found = _installed(entry, tree)
        if found is not None:
            name = word(found[1].get("name")) or entry.name
            version = version_of(found[1].get("version")) or _version(entry.reference)
            if VALID_NAME.fullmatch(name) and version:
                known[entry.name, entry.reference] = (name, version)
                present.append((entry, *found))
    if archives and not any(where.path.endswith(".zip") for _, where, _ in present):
        text = f"names {archives} packages in archives, and none of these is in the image"
        yield Problem("npm", file.path, text)
    for entry, where, manifest in present:
        package = package_of(*known[entry.name, entry.reference], manifest, where)
        yield package
        loaded = (known[key] for key in entry.requires if key in known)
        yield Needs(package, tuple(f"{EXACT}{name}@{version}" for name, version in loaded))


def _map(path: str, data: bytes) -> Mapping[str, Any]:
    if path.endswith(".json"):
        return _table(load_json(data))
    text = data.decode("utf-8", "replace")
    if literal := _STRING.search(text):
        whole = _ESCAPE.sub(lambda m: "" if m[1] == "\n" else m[1], literal[1])
        return _table(load_json(whole.encode("utf-8", "replace")))
    if start := _OBJECT.search(text):
        import json

        try:
            return _table(json.JSONDecoder(strict=False).raw_decode(text, start.end())[0])
        except RecursionError:
            raise ValueError("too deeply nested") from None
    if "require.resolve" in text and ".pnp.data.json" in text:
        return {}  # the map is in the file beside this one
    raise ValueError("holds no map of packages")


def _table(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("holds no map of packages")  # noqa: TRY004 - the file's value, not a type
    return value


def _entries(document: Mapping[str, Any], path: str) -> list[_Entry]:
    """packageRegistryData: [[name, [[reference, {packageLocation, packageDependencies}]]]]."""
    base = path.rpartition("/")[0]
    entries = []
    for name, references in document.get("packageRegistryData") or ():
        for reference, information in references:
            if name is None or reference is None:  # the project as such; it is named as workspace
                continue
            entries.append(
                _Entry(
                    str(name),
                    str(reference),
                    _located(base, str(information["packageLocation"])),
                    tuple(_dependencies(information.get("packageDependencies") or ())),
                )
            )
    return entries


def _dependencies(listed: Any) -> Iterator[_Key]:
    """[name, reference], [alias, [name, reference]], or [name, null] for what is not provided."""
    for name, target in listed:
        if isinstance(target, str):
            yield (str(name), target)
        elif isinstance(target, list) and len(target) == 2:
            yield (str(target[0]), str(target[1]))


def _located(base: str, location: str) -> str:
    """From the root of the image; `a/__virtual__/HASH/N/b` stands for b N directories above a."""
    match = _VIRTUAL.search(location)
    if match is not None:
        up = "../" * int(match[1])
        location = location[: match.start()] + up + location[match.end() :]
    path = location if location.startswith("/") else f"{base}/{location}"
    return normpath("/" + path).lstrip("/")


def _installed(entry: _Entry, tree: Tree) -> tuple[Location, Mapping[str, Any]] | None:
    """Where a package is and its manifest; None where it is not in the image.

    A map names packages of other platforms too, which nobody installed.
    """
    archive, inside, _ = f"{entry.location}/".partition(".zip/")
    path = f"{archive}.zip" if inside else f"{entry.location}/package.json".lstrip("/")
    file = tree.find(path)
    if file is None:
        return None
    try:
        body = tree.facts(file.path, YARN_ARCHIVES.name) if inside else tree.read(file.path)
        manifest = mapping(load_json(body))
    except (KeyError, ValueError):
        manifest = {}
    return Location(file.path, file.layer), manifest


def _version(reference: str) -> str:
    match = _REFERENCE.fullmatch(reference)
    return word(match[1]) if match else ""


def extract(_path: str, body: Body) -> bytes:
    """The package.json of the package in an archive of yarn's cache."""
    from zipfile import ZipFile

    with ZipFile(body.open()) as archive:
        names = [name for name in archive.namelist() if _IN_ZIP.fullmatch(name)]
        if not names:
            return b""
        with archive.open(min(names, key=len)) as manifest:
            return manifest.read(_MANIFEST_BYTES)
