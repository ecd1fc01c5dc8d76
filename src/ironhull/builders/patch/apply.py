"""The files of newer packages put into the tree of an image as dpkg would.

Configuration files that were changed stay (dpkg --force-confold), what the image leaves out on
purpose stays out, diversions and overrides of owners are obeyed, a setuid bit that was taken away
does not come back, and files that are no longer shipped go.
"""

from __future__ import annotations

import fnmatch
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from ironhull.builders.debian_base import filters
from ironhull.builders.debian_base.dpkgdb import md5
from ironhull.builders.debian_base.exposure import PACKAGE_MANAGERS, SHELLS
from ironhull.builders.patch.nouns import Replaced
from ironhull.builders.patch.system import ADMIN, IMAGE, STATUS, System, listed, sums
from ironhull.debian.package import Control, Entry, read_control, read_data
from ironhull.debian.relations import replaces
from ironhull.errors import BuildError

__all__ = ["Shipped", "Unpacked", "shipped_by", "unpack_all"]

_SETUID = 0o6000
_OS_RELEASE = "usr/lib/os-release"
_CHANGING = (b"chmod", b"chown", b"chgrp")


@dataclass(frozen=True, slots=True)
class Shipped:
    """What the old version of a package brought: its paths, md5 (hex) of its conffiles."""

    paths: frozenset[str]
    conffiles: Mapping[str, str]


def shipped_by(deb: Path) -> Shipped:
    """What the package in `deb` brings."""
    wanted = _conffiles(read_control(deb))
    paths, found = set(), {}
    for entry, content in read_data(deb):
        paths.add(entry.path)
        if content is not None and entry.path in wanted:
            found[entry.path] = md5(content.read())
    return Shipped(frozenset(paths), found)


def _conffiles(control: Control) -> set[str]:
    text = control.files.get("conffiles", b"").decode("utf-8", "replace")
    return {line.strip().lstrip("/") for line in text.splitlines() if line.startswith("/")}


@dataclass(slots=True)
class Unpacked:
    """A package in the tree: its control archive, all paths it ships, md5 of its conffiles.

    `kept` are conffiles of the old version that the new one does not have.
    """

    one: Replaced
    control: Control
    paths: list[str] = field(default_factory=list)
    conffiles: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)


def unpack_all(
    system: System, found: Iterable[tuple[Replaced, Path]], was: Mapping[str, Shipped]
) -> list[Unpacked]:
    """Unpack packages (each with its verified file) and remove what they no longer ship.

    `was` tells, by package, of old versions what images without dpkg do not. Raises BuildError
    where files of packages clash.
    """
    unpacked = [Unpacked(one, _control(one, path)) for one, path in found]
    rules = _Rules(system, was)
    new = {u.one.deb.name: u.control.fields for u in unpacked}

    def yields(old: str, name: str) -> bool:
        if old == IMAGE:
            return True
        there = system.installed.get(old)
        version = there.version if there else new.get(old, {}).get("Version", "")
        fields = new.get(name) or (
            system.installed[name].fields if name in system.installed else {}
        )
        try:
            return replaces(fields, old, version)
        except ValueError as trouble:
            raise BuildError(f"{name}: its Replaces field is wrong: {trouble}") from None

    for package, (_, path) in zip(unpacked, found, strict=True):
        rules.begin(package)
        try:
            system.root.unpack(package.one.deb.name, rules.entries(read_data(path)), yields)
        except BuildError as trouble:
            raise BuildError(trouble.message, "patch other packages with --only") from trouble
    _remove_old(system, unpacked)
    return unpacked


def _control(one: Replaced, path: Path) -> Control:
    control = read_control(path)
    fields = control.fields
    inside = (fields["Package"], fields["Version"], fields["Architecture"])
    if inside != (one.deb.name, one.deb.version, one.deb.architecture):
        raise BuildError(
            f"{one.deb.url} holds {' '.join(inside)}, not {one.deb}",
            "the archive contradicts itself; use another mirror",
        )
    return control


class _Rules:
    """What of a package goes into the tree, where to and with which owner and mode."""

    def __init__(self, system: System, was: Mapping[str, Shipped]) -> None:
        self._system = system
        self._was = was
        self._excluded = _excluder(system)
        self._diverted = _diversions(system)
        self._overrides = _overrides(system)

    def begin(self, package: Unpacked) -> None:
        """The entries that follow are of `package`."""
        self._package = package
        self._name = package.one.deb.name
        old = package.one.old
        self._old = set(listed(self._system, old)) if old is not None else set()
        self._sums = sums(self._system, old) if old is not None else {}
        was = self._was.get(self._name)
        self._known = was.paths if was is not None else None
        if old is not None and old.path == STATUS:
            self._known = frozenset(self._old)
        self._conffiles = _conffiles(package.control)
        self._recorded = _recorded(old.fields.get("Conffiles", "")) if old is not None else {}
        if was is not None:
            self._recorded = {**was.conffiles, **self._recorded}
        self._changing = any(
            word in package.control.files.get("postinst", b"") for word in _CHANGING
        )

    def entries(
        self, entries: Iterable[tuple[Entry, BinaryIO | None]]
    ) -> Iterator[tuple[Entry, BinaryIO | None]]:
        """Those of `entries` that are to be written."""
        for entry, content in entries:
            if not entry.path:
                continue
            self._package.paths.append(entry.path)
            if entry.path in self._conffiles and content is not None:
                if (made := self._conffile(entry, content.read())) is not None:
                    yield made
            elif entry.kind == "dir":
                if not self._stays_out(entry.path):
                    yield entry, None
            elif not self._stays_out(entry.path) and not self._is_identity(entry.path):
                yield self._placed(entry), content

    def _is_identity(self, path: str) -> bool:
        """Whether this is os-release and the image has one of its own, which says what it is."""
        real = self._system.root.resolve(path)
        data = self._system.root.read(_OS_RELEASE) if real == _OS_RELEASE else None
        return data is not None and self._sums.get(_OS_RELEASE, "") != md5(data)

    def _stays_out(self, path: str) -> bool:
        root = self._system.root
        if root.resolve(path) in root.inodes:
            return False
        if self._excluded(path):
            return True
        if self._known is not None and path in self._known:
            return True
        if not self._system.slim:
            return False
        name = path.rpartition("/")[2]
        real = root.resolve(path)
        return filters.dropped(real, runtime=True) or (
            name in SHELLS | PACKAGE_MANAGERS and "bin/" in real
        )

    def _placed(self, entry: Entry) -> Entry:
        path = entry.path
        if (diverted := self._diverted.get(path)) and diverted[1] != self._name:
            path = diverted[0]
        there = self._system.before.get(self._system.root.resolve(path))
        mode, uid, gid = entry.mode, entry.uid, entry.gid
        if entry.kind == "file":
            if there is not None and there.kind == "file":
                if self._changing:  # its script set them when it was configured
                    mode, uid, gid = there.mode, there.uid, there.gid
                mode &= ~_SETUID | there.mode
            elif self._system.slim:
                mode &= ~_SETUID
        if override := self._overrides.get(path):
            mode, uid, gid = override
        return replace(entry, path=path, mode=mode, uid=uid, gid=gid)

    # ── configuration files ──────────────────────────────────────────────────────────────────

    def _conffile(self, entry: Entry, data: bytes) -> tuple[Entry, BinaryIO] | None:
        """A conffile as dpkg would treat it, where the old one wins (dpkg(1), --force-confold)."""
        path, shipped = entry.path, md5(data)
        self._package.conffiles[path] = shipped
        there = self._system.root.find(path)
        recorded = self._recorded.get(path)
        content = io.BytesIO(data)
        if there is None:
            gone = recorded is not None or path in self._old or path in (self._known or ())
            return None if gone or self._stays_out(path) else (self._placed(entry), content)
        if there.kind != "file":
            return None
        here = md5(there.read())
        if here == shipped:
            return None
        if here == recorded:
            return self._placed(entry), content
        if recorded == shipped:
            return None  # changed here, not there
        why = "was changed in the image" if recorded else "may have been changed in the image"
        self._system.notes.append(f"/{path} {why} and stays")
        if self._system.slim:
            return None
        aside = f"{path}.dpkg-dist"
        return replace(self._placed(entry), path=aside), content


def _recorded(text: str) -> dict[str, str]:
    """md5 by path of a Conffiles field; what dpkg has no md5 of is left out."""
    found = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2 and words[0].startswith("/") and words[1] != "newconffile":
            found[words[0].lstrip("/")] = words[1]
    return found


# ── what dpkg is told in the image ───────────────────────────────────────────────────────────────


def _excluder(system: System) -> Callable[[str], bool]:
    """path-exclude and path-include of dpkg.cfg(5): the last one that matches decides."""
    rules: list[tuple[bool, str]] = []
    paths = ["etc/dpkg/dpkg.cfg"]
    if system.root.find("etc/dpkg/dpkg.cfg.d"):
        paths += list(system.root.below("etc/dpkg/dpkg.cfg.d"))
    for path in paths:
        for line in system.text(path).splitlines():
            option, _, value = line.strip().replace("=", " ", 1).partition(" ")
            if option in ("path-exclude", "path-include") and value.strip():
                rules.append((option == "path-exclude", value.strip().strip("\"'")))

    def excluded(path: str) -> bool:
        out = False
        for excludes, pattern in rules:
            if excludes != out and fnmatch.fnmatchcase("/" + path, pattern):
                out = excludes
        return out

    return excluded


def _diversions(system: System) -> dict[str, tuple[str, str]]:
    """path -> (where it goes, the package it is diverted for) (dpkg-divert(1))."""
    lines = system.text(f"{ADMIN}/diversions").splitlines()
    triples = zip(lines[::3], lines[1::3], lines[2::3], strict=False)
    return {old.lstrip("/"): (new.lstrip("/"), who) for old, new, who in triples}


def _overrides(system: System) -> dict[str, tuple[int, int, int]]:
    """path -> (mode, user, group) (dpkg-statoverride(1))."""
    found = {}
    for line in system.text(f"{ADMIN}/statoverride").splitlines():
        words = line.split(None, 3)
        if len(words) != 4:
            continue
        user, group = _number(system, "passwd", words[0]), _number(system, "group", words[1])
        try:
            mode = int(words[2], 8)
        except ValueError:
            continue
        if user is not None and group is not None:
            found[words[3].lstrip("/")] = (mode, user, group)
    return found


def _number(system: System, database: str, name: str) -> int | None:
    if name.startswith("#"):
        return int(name[1:]) if name[1:].isdecimal() else None
    for line in system.text(f"etc/{database}").splitlines():
        words = line.split(":")
        if words[0] == name and len(words) > 2 and words[2].isdecimal():
            return int(words[2])
    return None


# ── what goes ────────────────────────────────────────────────────────────────────────────────────


def _remove_old(system: System, unpacked: Iterable[Unpacked]) -> None:
    """Remove what the old versions shipped and nobody ships now; conffiles stay, as with dpkg."""
    root = system.root
    shipped = {root.resolve(path) for package in unpacked for path in package.paths}
    directories: set[str] = set()
    for package in unpacked:
        directories |= _remove_files(system, package, shipped)
    _remove_links(system)
    for path in sorted(directories, reverse=True):
        if not any(True for _ in root.below(path)) and not _is_listed(system, path, unpacked):
            root.remove(path)
    for path, inode in list(root.inodes.items()):
        if path.endswith(".py") and inode is not system.before.get(path):
            _remove_byte_code(system, path)


def _remove_files(system: System, package: Unpacked, shipped: set[str]) -> set[str]:
    """Remove files of the old version that are not `shipped` now; gives its directories."""
    old, root = package.one.old, system.root
    if old is None:
        return set()
    directories = set()
    recorded = _recorded(old.fields.get("Conffiles", ""))
    for path in listed(system, old):
        real = root.resolve(path)
        inode = root.inodes.get(real)
        if inode is None or real in shipped:
            continue
        if path in recorded:
            package.kept[path] = recorded[path]
        elif inode.kind == "dir":
            directories.add(real)
        elif inode is system.before.get(real) and inode.package in (old.name, IMAGE):
            there = root.find(path)
            if inode.kind == "symlink" and there is not None and there.kind == "dir":
                continue  # the merged usr: lists name a directory where there is a link to one
            root.remove(real)
            _remove_byte_code(system, real)
    return directories


def _is_listed(system: System, path: str, unpacked: Iterable[Unpacked]) -> bool:
    """Whether a package that is not replaced ships the directory."""
    replaced = {package.one.deb.name for package in unpacked}
    return any(
        system.root.resolve(shipped) == path
        for one in system.installed.values()
        if one.name not in replaced
        for shipped in listed(system, one)
        if shipped.endswith(path.rpartition("/")[2])
    )


def _remove_byte_code(system: System, path: str) -> None:
    """Remove what Python compiled of the old version of a module (PEP 3147)."""
    if not path.endswith(".py"):
        return
    folder, _, name = path.rpartition("/")
    prefix = f"{folder}/__pycache__/{name.removesuffix('.py')}."
    for one in system.compiled(prefix):
        if one in system.root.inodes and system.root.inodes[one] is system.before.get(one):
            system.root.remove(one)


def _remove_links(system: System) -> None:
    """Remove links that led to what was removed and are nobody's: status.d does not list links."""
    root = system.root
    gone = system.before.keys() - root.inodes.keys()
    if not gone or not system.slim:
        return
    for path, inode in list(root.inodes.items()):
        if inode.kind == "symlink" and inode is system.before.get(path):
            folder = path.rpartition("/")[0]
            full = inode.link if inode.link.startswith("/") else f"{folder}/{inode.link}"
            if root.resolve(full) in gone:
                root.remove(path)
