"""Python distributions: dist-info and egg-info directories, egg-info files, eggs.

Sources: PyPA "Core metadata specifications" (METADATA, PKG-INFO), "Recording installed projects"
(dist-info, RECORD), PEP 610 (direct_url.json), PEP 639 (License-Expression); setuptools'
"Formats" for egg-info and its requires.txt. An .egg-link names a directory whose egg-info is found
there. What pip lists in pip/_vendor/vendor.txt is part of pip: it has no metadata of its own, and
only a new pip replaces it; vendored distributions with metadata (setuptools') are listed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from ironhull.catalogers import _python_licenses as licences
from ironhull.catalogers._headers import Stanza, headers
from ironhull.catalogers._probes import PYTHON_EGGS
from ironhull.catalogers._row import Found, Needs
from ironhull.model import File, Location, Package, Problem, Tree

__all__ = ["parse"]

_NAME = "python"
_NAME_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
_FIELD_LIMIT = 128 * 1024  # characters of a field, as csv has it
_HOMEPAGES = ("homepage", "home", "home-page", "repository", "source", "source code")


def parse(file: File, tree: Tree) -> Iterator[Found]:
    text, requires = _contents(file, tree)
    metadata = headers(text)
    name, version = metadata.get("name"), metadata.get("version")
    if not _is_name(name):
        what = f"an impossible name {name[:40]!r}" if name else "no Name"
        yield Problem(_NAME, file.path, f"has {what}: not listed")
        return
    if not version or any(c.isspace() or not c.isprintable() for c in version):
        what = f"an impossible version {version[:40]!r}" if version else "no Version"
        yield Problem(_NAME, file.path, f"{name} has {what}: not listed")
        return
    directory = file.path.rpartition("/")[0]
    dist_info = directory if directory.endswith(".dist-info") else ""
    size, trouble = _recorded_size(dist_info, tree)
    if trouble:
        yield Problem(_NAME, f"{dist_info}/RECORD", trouble)
    checksums, trouble = _archive_checksums(dist_info, tree)
    if trouble:
        yield Problem(_NAME, f"{dist_info}/direct_url.json", trouble)
    package = Package(
        ecosystem="pypi",
        name=name,
        version=version,
        licenses=licences.licenses_of(metadata, dist_info, tree),
        locations=(Location(file.path, file.layer),),
        found_by=_NAME,
        size=size,
        summary=metadata.get("summary").split("\n", 1)[0],
        homepage=_homepage(metadata),
        supplier=_supplier(metadata),
        checksums=checksums,
    )
    yield package
    yield Needs(package, _requirements(metadata, requires))


def _is_name(name: str) -> bool:
    """Core metadata, "Name": letters and digits at both ends, `.`, `_`, `-` between."""
    ends = name[:1].isalnum() and name[-1:].isalnum()
    return ends and _NAME_CHARACTERS.issuperset(name)


def _homepage(metadata: Stanza) -> str:
    if page := metadata.get("home-page"):
        return "" if page.upper() == "UNKNOWN" else page
    labelled = {}
    for entry in metadata.every("project-url"):
        label, _, url = entry.partition(",")
        labelled[label.strip().lower()] = url.strip()
    return next((labelled[label] for label in _HOMEPAGES if labelled.get(label)), "")


def _supplier(metadata: Stanza) -> str:
    name = metadata.get("author") or metadata.get("maintainer")
    mail = metadata.get("author-email") or metadata.get("maintainer-email")
    if name and mail and "@" in mail and "<" not in mail and "," not in mail:
        return f"{name} <{mail}>"
    supplier = name or mail
    return "" if supplier.upper() == "UNKNOWN" else " ".join(supplier.split())


def _contents(file: File, tree: Tree) -> tuple[str, str]:
    """The metadata, and the requires.txt of an egg or egg-info directory."""
    if file.path.endswith(".egg"):
        from ironhull.catalogers import _python_egg as egg

        return egg.contents(tree.facts(file.path, PYTHON_EGGS.name))
    data = tree.read(file.path)
    if data[:1] not in (b"\r", b"\n"):
        data = data.partition(b"\n\n")[0]  # the description, which may be long, is not read
    metadata = data.decode("utf-8", "replace")
    directory = file.path.rpartition("/")[0]
    if not directory.endswith((".egg-info", "EGG-INFO")):
        return metadata, ""
    requires = tree.find(f"{directory}/requires.txt")
    return metadata, _read(requires.path, tree) if requires else ""


def _requirements(metadata: Stanza, requires: str) -> tuple[str, ...]:
    """Requires-Dist, or what requires.txt of an egg says, as Requires-Dist."""
    if not requires:
        return tuple(metadata.every("requires-dist"))
    found, marker = [], ""
    for raw in requires.splitlines():
        line = raw.strip()
        if line.startswith("[") and line.endswith("]"):
            extra, _, condition = line[1:-1].partition(":")
            conditions = [f'extra == "{extra}"'] if extra else []
            conditions += [f"({condition})"] if condition else []
            marker = " and ".join(conditions)
        elif line and not line.startswith("#"):
            found.append(f"{line}; {marker}" if marker else line)
    return tuple(found)


def _recorded_size(directory: str, tree: Tree) -> tuple[int, str]:
    """Bytes of all files RECORD lists (path, hash, size); installers may leave RECORD out."""
    file = tree.find(f"{directory}/RECORD") if directory else None
    if file is None:
        return 0, ""
    text = _read(file.path, tree)
    if '"' not in text and len(text) < _FIELD_LIMIT:  # not worth the import of csv
        return _total(line.split(",") for line in text.splitlines()), ""
    import csv

    try:
        return _total(csv.reader(text.splitlines())), ""
    except csv.Error as trouble:
        return 0, f"cannot be read ({trouble}); the installed size is not known"


def _total(rows: Iterable[list[str]]) -> int:
    sizes = [row[2] for row in rows if len(row) == 3]
    return sum([int(size) for size in sizes if size.isdecimal() and len(size) < 16])


def _archive_checksums(directory: str, tree: Tree) -> tuple[tuple[str, ...], str]:
    """Digests of the archive a distribution was installed from directly (PEP 610)."""
    file = tree.find(f"{directory}/direct_url.json") if directory else None
    if file is None:
        return (), ""
    try:
        document = json.loads(_read(file.path, tree) or "{}")
        archive = document.get("archive_info") or {}
        hashes = archive.get("hashes") or {}
        if not hashes and isinstance(archive.get("hash"), str):
            algorithm, _, value = archive["hash"].partition("=")
            hashes = {algorithm: value}
        found = tuple(sorted(f"{a}:{v}" for a, v in hashes.items() if _is_digest(a, v)))
    except (ValueError, AttributeError, RecursionError) as trouble:
        return (), f"cannot be read ({trouble or type(trouble).__name__})"
    return found, ""


def _is_digest(algorithm: object, value: object) -> bool:
    lengths = {"sha256": 64, "sha384": 96, "sha512": 128}
    return (
        isinstance(value, str)
        and lengths.get(str(algorithm)) == len(value)
        and re.fullmatch("[0-9a-f]+", value) is not None
    )


def _read(path: str, tree: Tree) -> str:
    try:
        return tree.read(path).decode("utf-8", "replace")
    except KeyError:
        return ""
