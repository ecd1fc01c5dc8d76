"""Which distribution package ships a file: the lists that dpkg, Chisel, apk and rpm keep."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from ironhull.catalogers import _probes as probes
from ironhull.catalogers._places import APK_DATABASES
from ironhull.model import File, Package, Tree

PATTERNS = ("var/lib/dpkg/info/*.list", "var/lib/dpkg/status.d/*.md5sums")

_MERGED = ("bin/", "sbin/", "lib/", "lib32/", "lib64/", "libo32/", "libx32/")
"""Directories that a merged /usr makes links of (Debian's usrmerge)."""

_FEW = 8

_Owned = Iterator[tuple[str, Package]]


def owners(paths: Iterable[str], packages: Sequence[Package], tree: Tree) -> dict[str, Package]:
    """The installed distribution package that ships each of `paths`, for those that one ships.

    Lists name a file under / or under /usr (and, since some distributions merge those too, in bin
    or sbin), whichever the package was built with; both are tried.
    """
    wanted: dict[str, list[str]] = {}
    for path in paths:
        for alias in _aliases(path, tree):
            wanted.setdefault(alias, []).append(path)
    if not wanted:
        return {}
    found: dict[str, Package] = {}
    for system, owned in (("deb", _dpkg), ("deb", _chisel), ("apk", _apk), ("rpm", _rpm)):
        theirs = [package for package in packages if package.ecosystem == system]
        for listed, package in owned(wanted.keys(), theirs, tree) if theirs else ():
            for path in wanted[listed]:
                found.setdefault(path, package)
    return found


def _aliases(path: str, tree: Tree) -> Iterator[str]:
    """Other names a package's list may have for a file."""
    yield path
    if path.startswith("usr/"):
        rest = path.removeprefix("usr/")
        if rest.startswith(_MERGED):
            yield rest
        if rest.startswith(("bin/", "sbin/")):
            yield from _other_bin(rest, tree)
    elif path.startswith(_MERGED):
        yield "usr/" + path


def _other_bin(rest: str, tree: Tree) -> Iterator[str]:
    """bin for sbin and the other way round, where one of the two is a link to the other."""
    directory, _, name = rest.partition("/")
    other = "sbin" if directory == "bin" else "bin"
    at = tree.find(f"usr/{other}/{name}")
    if at is not None and at.path == f"usr/{rest}":
        yield f"usr/{other}/{name}"
        yield f"{other}/{name}"


# ── dpkg ─────────────────────────────────────────────────────────────────────────────────────────


def _dpkg(wanted: Collection[str], packages: Sequence[Package], tree: Tree) -> _Owned:
    owner_of = _by_record(packages)
    absolute = {os.fsencode("/" + path): path for path in wanted}
    relative = {line[1:]: path for line, path in absolute.items()}
    ends = {line.rpartition(b"/")[2] + b"\n" for line in absolute}
    for pattern, lines_of, names in zip(
        PATTERNS, (_list_lines, _md5sums_lines), (absolute, relative), strict=True
    ):
        for file in sorted(tree.glob(pattern), key=lambda file: file.path):
            data = _read(tree, file)
            if len(ends) <= _FEW and not any(end in data for end in ends):
                continue  # most lists hold no file of such a name: cheaper than their lines
            for line in names.keys() & lines_of(data):
                owner = owner_of(file.path)
                if owner is not None:
                    yield names[line], owner


def _list_lines(data: bytes) -> list[bytes]:
    return data.split(b"\n")


def _md5sums_lines(data: bytes) -> list[bytes]:
    """`<32 hex digits>  <path>` per line."""
    return [line[34:].removeprefix(b"./") for line in data.split(b"\n")]


def _read(tree: Tree, file: File) -> bytes:
    """The content, its last line ended."""
    try:
        data = tree.read(file.path)
    except KeyError:
        return b""
    return data if data.endswith(b"\n") else data + b"\n"


def _by_record(packages: Sequence[Package]) -> Callable[[str], Package | None]:
    """From the path of a list or md5sums file to its package."""
    records: dict[str, Package] = {}
    for package in packages:
        for location in package.locations:
            records.setdefault(location.path, package)
            records.setdefault(location.path + ".md5sums", package)
        records.setdefault(f"var/lib/dpkg/status.d/{package.name}.md5sums", package)
    return records.get


def _chisel(wanted: Collection[str], packages: Sequence[Package], tree: Tree) -> _Owned:
    files = [*tree.probed(probes.CHISEL.name)]
    if not files:
        return
    from ironhull.catalogers import chisel

    known = {(package.name, package.version): package for package in packages}
    for file in files:
        for name, version, path in chisel.shipped(file, tree, set(wanted)):
            if (name, version) in known:
                yield path, known[name, version]


# ── apk and rpm ──────────────────────────────────────────────────────────────────────────────────


def _apk(wanted: Collection[str], packages: Sequence[Package], tree: Tree) -> _Owned:
    from ironhull.catalogers import apk

    known = {(package.name, package.version): package for package in packages}
    names = set(wanted)
    for pattern in APK_DATABASES:
        for file in tree.glob(pattern):
            try:
                for name, version, path in apk.shipped(file, tree, names):
                    if (name, version) in known:
                        yield path, known[name, version]
            except KeyError:
                continue


def _rpm(wanted: Collection[str], packages: Sequence[Package], tree: Tree) -> _Owned:
    from ironhull.catalogers import _rpm_facts as rpm_facts

    known = {(package.name, package.version, package.arch): package for package in packages}
    names = {os.fsencode("/" + path): path for path in wanted}
    for file in tree.probed(probes.RPM.name):
        facts = tree.facts(file.path, probes.RPM.name)
        for (name, version, arch), path in rpm_facts.shipped(facts, set(names)):
            owner = known.get((name, version, arch))
            if owner is not None:
                yield names[path], owner
