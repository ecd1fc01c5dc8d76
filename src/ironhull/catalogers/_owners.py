"""Which distribution package ships a file: dpkg's lists of installed files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence

from ironhull.model import File, Package, Tree

PATTERNS = ("var/lib/dpkg/info/*.list", "var/lib/dpkg/status.d/*.md5sums")

_MERGED = ("bin/", "sbin/", "lib/", "lib32/", "lib64/", "libo32/", "libx32/")
"""Directories that a merged /usr makes links of (Debian's usrmerge)."""


def owners(paths: Iterable[str], packages: Sequence[Package], tree: Tree) -> dict[str, Package]:
    """The installed dpkg package that ships each of `paths`, for those that one ships.

    Lists name a file under / or under /usr, whichever the package was built with; both are tried.
    """
    wanted = {os.fsencode(alias): path for path in paths for alias in _aliases(path)}
    if not wanted:
        return {}
    found: dict[str, Package] = {}
    owner_of = _by_record(packages)
    for pattern, lines_of in zip(PATTERNS, (_list_lines, _md5sums_lines), strict=True):
        for file in sorted(tree.glob(pattern), key=lambda file: file.path):
            for line in wanted.keys() & lines_of(tree, file):
                owner = owner_of(file.path)
                if owner is not None:
                    found.setdefault(wanted[line], owner)
    return found


def _aliases(path: str) -> Iterator[str]:
    yield path
    if path.startswith("usr/"):
        rest = path.removeprefix("usr/")
        if rest.startswith(_MERGED):
            yield rest
    elif path.startswith(_MERGED):
        yield "usr/" + path


def _list_lines(tree: Tree, file: File) -> set[bytes]:
    return {line[1:] for line in _read(tree, file).split(b"\n") if b"-info" in line}


def _md5sums_lines(tree: Tree, file: File) -> set[bytes]:
    """`<32 hex digits>  <path>` per line."""
    lines = _read(tree, file).split(b"\n")
    return {line[34:].removeprefix(b"./") for line in lines if b"-info" in line}


def _read(tree: Tree, file: File) -> bytes:
    try:
        return tree.read(file.path)
    except KeyError:
        return b""


def _by_record(packages: Sequence[Package]) -> Callable[[str], Package | None]:
    """From the path of a list or md5sums file to its package."""
    records: dict[str, Package] = {}
    for package in packages:
        if package.ecosystem != "deb":
            continue
        for location in package.locations:
            records.setdefault(location.path, package)
            records.setdefault(location.path + ".md5sums", package)
        records.setdefault(f"var/lib/dpkg/status.d/{package.name}.md5sums", package)
    return records.get
