"""A root file system in the making: packages unpacked into it as dpkg would, then files of our own.

Paths have no leading slash. Files are kept by content (small ones in memory, others in a scratch
directory), so nothing here needs root or a file system that keeps owners and devices.
"""

from __future__ import annotations

import posixpath
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from ironhull.debian.package import Entry
from ironhull.errors import BuildError, StoreError
from ironhull.limits import LIMITS
from ironhull.oci.pack import Member

__all__ = ["MERGED", "Inode", "Rootfs"]

MERGED = ("bin", "lib", "sbin", "lib64", "lib32", "libx32", "libo32")
"""Top-level directories that are links into usr since the merge (Debian: bookworm)."""

_IN_MEMORY = 16 << 10


@dataclass(slots=True, eq=False)
class Inode:
    """What a path stands for; several paths that share one are hard links of each other.

    `package` brought it ("" for files of our own); `content` of files only.
    """

    kind: str
    mode: int = 0o755
    uid: int = 0
    gid: int = 0
    mtime: int = 0
    link: str = ""
    content: bytes | Path = b""
    package: str = ""
    device: tuple[int, int] = (0, 0)

    def read(self) -> bytes:
        """The content of a file."""
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()


Yields = Callable[[str, str], bool]
"""Whether the first package gives its files up to the second (Replaces)."""


@dataclass(slots=True)
class Rootfs:
    """The tree so far: `inodes` by path; `scratch` is an existing directory for large contents.

    `epoch` (seconds since 1970) is the time of files of our own.
    """

    scratch: Path
    epoch: int = 0
    inodes: dict[str, Inode] = field(default_factory=dict)
    _spooled: int = 0

    # ── looking ──────────────────────────────────────────────────────────────────────────────

    def resolve(self, path: str, *, follow: bool = False) -> str:
        """`path` with the links among its parent directories followed, inside the root.

        With `follow` the last component is followed too. Raises BuildError for a loop.
        """
        done: list[str] = []
        todo = [part for part in reversed(path.split("/")) if part not in ("", ".")]
        hops = 0
        while todo:
            part = todo.pop()
            if part == "..":
                del done[-1:]
                continue
            here = "/".join((*done, part))
            inode = self.inodes.get(here)
            if inode is None or inode.kind != "symlink" or not (todo or follow):
                done.append(part)
                continue
            hops += 1
            if hops > LIMITS.symlink_hops:
                raise BuildError(f"/{path}: the symbolic links on the way to it make a loop")
            if inode.link.startswith("/"):
                done.clear()
            todo += [p for p in reversed(inode.link.split("/")) if p not in ("", ".")]
        return "/".join(done)

    def find(self, path: str) -> Inode | None:
        """What `path` leads to, links followed; None where it leads nowhere."""
        return self.inodes.get(self.resolve(path, follow=True))

    def read(self, path: str) -> bytes | None:
        """The content of the regular file `path` leads to, None where there is none."""
        inode = self.find(path)
        return inode.read() if inode is not None and inode.kind == "file" else None

    def below(self, path: str) -> Iterator[str]:
        """Paths below a directory (itself not), sorted; the directory's own links followed."""
        prefix = self.resolve(path, follow=True) + "/"
        return iter(sorted(p for p in self.inodes if p.startswith(prefix)))

    # ── packages ─────────────────────────────────────────────────────────────────────────────

    def merge_usr(self, *, lib64: bool) -> None:
        """Make bin, lib, sbin (and lib64) links into usr, before any package is unpacked."""
        for name in MERGED[: 4 if lib64 else 3]:
            self.mkdir(f"usr/{name}")
            self.symlink(name, f"usr/{name}")

    def unpack(
        self, package: str, entries: Iterable[tuple[Entry, BinaryIO | None]], yields: Yields
    ) -> tuple[str, ...]:
        """Unpack one package; gives the paths it shipped, as it names them.

        A path two packages ship goes to the one that Replaces the other; where neither does and
        the files differ, the build stops with BuildError, as dpkg would.
        """
        shipped = []
        for entry, content in entries:
            if not entry.path:
                continue
            shipped.append(entry.path)
            path = self.resolve(entry.path)
            if entry.kind == "dir":
                self._unpack_directory(package, path, entry)
            else:
                inode = self._inode(package, entry, content)
                if self._may_write(package, path, inode, yields):
                    self._parents(path)
                    self.inodes[path] = inode
        return tuple(shipped)

    def _unpack_directory(self, package: str, path: str, entry: Entry) -> None:
        there = self.inodes.get(path)
        if there is not None and there.kind == "symlink":
            path = self.resolve(path, follow=True)
            there = self.inodes.get(path)
        if there is None or (there.kind == "dir" and not there.package):
            self._parents(path)
            self.inodes[path] = Inode(
                "dir", entry.mode, entry.uid, entry.gid, entry.mtime, package=package
            )
        elif there.kind != "dir":
            raise _clash(path, there.package, package, "a file in one, a directory in the other")

    def _inode(self, package: str, entry: Entry, content: BinaryIO | None) -> Inode:
        if entry.kind == "hardlink":
            target = self.inodes.get(self.resolve(entry.link))
            if target is None or target.kind == "dir":
                raise BuildError(f"{package}: /{entry.path} links to /{entry.link}, which is not")
            return target
        return Inode(
            entry.kind,
            entry.mode,
            entry.uid,
            entry.gid,
            entry.mtime,
            link=entry.link,
            content=self._keep(content, entry.size) if content is not None else b"",
            package=package,
            device=entry.device,
        )

    def _may_write(self, package: str, path: str, new: Inode, yields: Yields) -> bool:
        old = self.inodes.get(path)
        if old is None:
            return True
        if old.kind == "dir":
            # dpkg keeps a directory where a package ships a link to one
            if new.kind == "symlink":
                return False
            raise _clash(path, old.package, package, "a directory in one, a file in the other")
        if old.package in ("", package) or yields(old.package, package):
            return True
        if yields(package, old.package) or _same(old, new):
            return False
        raise _clash(path, old.package, package, "and neither Replaces the other")

    def _keep(self, content: BinaryIO, size: int) -> bytes | Path:
        if size <= _IN_MEMORY:
            return content.read()
        self._spooled += 1
        path = self.scratch / f"{self._spooled:06}"
        try:
            with path.open("wb") as file:
                shutil.copyfileobj(content, file, 1 << 20)
        except OSError as trouble:
            raise StoreError(
                f"cannot write {path}: {trouble.strerror or trouble}", "free some space"
            ) from trouble
        return path

    # ── files of our own ─────────────────────────────────────────────────────────────────────

    def write(
        self, path: str, content: bytes | str, mode: int = 0o644, uid: int = 0, gid: int = 0
    ) -> None:
        """Write a file, links among its parents followed; one that is there is replaced."""
        data = content.encode() if isinstance(content, str) else content
        self._put(path, Inode("file", mode, uid, gid, self.epoch, content=data))

    def write_new(self, path: str, content: bytes | str, mode: int = 0o644) -> None:
        """Write a file where nothing is yet."""
        if self.find(path) is None:
            self.write(path, content, mode)

    def symlink(self, path: str, target: str) -> None:
        """Make a symbolic link; a file or link that is there is replaced."""
        self._put(path, Inode("symlink", 0o777, mtime=self.epoch, link=target))

    def mkdir(self, path: str, mode: int = 0o755, uid: int = 0, gid: int = 0) -> None:
        """Make a directory, or give the one that is there this mode and owner."""
        real = self.resolve(path, follow=True)
        there = self.inodes.get(real)
        if there is not None and there.kind != "dir":
            raise BuildError(f"/{path} is a {there.kind}, it cannot be a directory as well")
        self._parents(real)
        package = there.package if there is not None else ""
        self.inodes[real] = Inode("dir", mode, uid, gid, self.epoch, package=package)

    def remove(self, path: str) -> bool:
        """Remove what is at `path` (a link, not what it leads to) and all below; whether it was."""
        real = self.resolve(path)
        gone = [p for p in self.inodes if p == real or p.startswith(real + "/")]
        for one in gone:
            del self.inodes[one]
        return bool(gone)

    def _put(self, path: str, inode: Inode) -> None:
        real = self.resolve(path)
        there = self.inodes.get(real)
        if there is not None and there.kind == "dir":
            raise BuildError(f"/{path} is a directory, it cannot be a {inode.kind} as well")
        self._parents(real)
        self.inodes[real] = inode

    def _parents(self, path: str) -> None:
        parent = posixpath.dirname(path)
        while parent and parent not in self.inodes:
            self.inodes[parent] = Inode("dir", 0o755, mtime=self.epoch)
            parent = posixpath.dirname(parent)
        if parent and self.inodes[parent].kind != "dir":
            raise BuildError(f"/{path} is to lie in /{parent}, which is no directory")

    # ── done ─────────────────────────────────────────────────────────────────────────────────

    def drop(self, dropped: Callable[[str], bool]) -> int:
        """Remove the files of packages `dropped` says yes to, and directories left empty by it.

        Gives how many files. Files of our own stay.
        """
        gone = [
            path
            for path, inode in self.inodes.items()
            if inode.kind != "dir" and inode.package and dropped(path)
        ]
        kept_parents: set[str] = set()
        touched = {parent for path in gone for parent in _ancestors(path)}
        for path in gone:
            del self.inodes[path]
        for path in self.inodes:
            if self.inodes[path].kind != "dir" or not (path in touched or dropped(path)):
                kept_parents.update(_ancestors(path))
        for path in [p for p, inode in self.inodes.items() if inode.kind == "dir"]:
            if path not in kept_parents and (path in touched or dropped(path)):
                del self.inodes[path]
        return len(gone)

    def members(self) -> list[Member]:
        """The tree as members of a layer, sorted by path."""
        first: dict[int, str] = {}
        members = []
        for path in sorted(self.inodes):
            inode = self.inodes[path]
            target = first.setdefault(id(inode), path)
            if target != path:
                members.append(Member(path, "hardlink", inode.mode, link=target))
                continue
            members.append(
                Member(
                    path,
                    inode.kind,
                    inode.mode,
                    inode.uid,
                    inode.gid,
                    inode.mtime,
                    link=inode.link,
                    content=inode.content if inode.kind == "file" else None,
                    device=inode.device,
                )
            )
        return members


def _ancestors(path: str) -> Iterator[str]:
    while path := posixpath.dirname(path):
        yield path


def _same(old: Inode, new: Inode) -> bool:
    """Whether two packages ship the same thing (files moved to usr, Multi-Arch: same)."""
    if (old.kind, old.mode, old.link) != (new.kind, new.mode, new.link):
        return False
    return old.kind != "file" or old.read() == new.read()


def _clash(path: str, one: str, other: str, why: str) -> BuildError:
    return BuildError(
        f"/{path} is in both {one or 'the image'} and {other}, {why}",
        f"exclude one of them: list '!{one or other}' among contents.packages",
    )
