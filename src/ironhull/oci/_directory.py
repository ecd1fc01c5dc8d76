"""A directory that stands for an image's root file system."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.model import File, Problem
from ironhull.oci._filesystem import FileSystem, Node, join
from ironhull.oci._probing import MemoryBody, Probing
from ironhull.oci._tar import Entry
from ironhull.oci.patterns import Wanted
from ironhull.oci.probes import Probe

__all__ = ["DirectoryTree"]

_KINDS = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "dir",
    stat.S_IFLNK: "symlink",
    stat.S_IFCHR: "char",
    stat.S_IFBLK: "block",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "other",
}
_KERNEL = frozenset({"proc", "sys", "dev"})


class DirectoryTree:
    """`model.Tree` over a directory: links are followed inside it only, only files opened.

    The names are read once, here; contents when they are asked for. /proc, /sys and /dev are left
    out where other file systems are mounted there. `problems` tells what could not be read,
    `disk_size` the bytes of regular files, hard links counted once. Raises ImageError if `root`
    cannot be listed.
    """

    def __init__(self, root: Path, patterns: Iterable[str], probes: Sequence[Probe] = ()) -> None:
        self._root = root
        self._wanted = Wanted.of(patterns)
        self._probing = Probing(probes)
        self._facts: dict[str, Mapping[str, bytes]] = {}
        self._files = FileSystem()
        self._problems: list[Problem] = []
        self._inodes: set[tuple[int, int]] = set()
        self._count = 0
        self.disk_size = 0
        try:
            self._device = root.stat().st_dev
            os.scandir(root).close()
        except OSError as error:
            raise ImageError(f"{root}: cannot be listed: {error.strerror}") from None
        todo = [""]
        while todo:
            todo += self._scan(todo.pop())
        self._probe()
        self.problems = tuple(sorted(self._problems, key=lambda problem: problem.where))

    def glob(self, pattern: str) -> Iterator[File]:
        """Visible regular files whose path matches, sorted by path."""
        matches = Wanted.of([pattern]).matches
        for path in self.paths():
            node = self._files.node(path)
            if node is not None and node.entry.kind == "file" and matches(path):
                yield _file(node)

    def read(self, path: str) -> bytes:
        """The content of the file `path` leads to; KeyError if not wanted or not there."""
        node = self._files.file(path)
        if node is None or not (
            self._wanted.matches(path) or self._wanted.matches(node.entry.path)
        ):
            raise KeyError(path)
        try:
            return _read_inside(self._root, node.entry.path)
        except OSError as error:
            raise KeyError(path) from error

    def exists(self, path: str) -> bool:
        """Whether anything is at `path`; links among its parents are followed."""
        return self._files.exists(path)

    def find(self, path: str) -> File | None:
        """The regular file `path` leads to, links followed."""
        node = self._files.file(path)
        return None if node is None else _file(node)

    def paths(self) -> Iterable[str]:
        """Every path, sorted."""
        return sorted(node.entry.path for node in self._files.nodes())

    def probed(self, probe: str) -> Iterator[File]:
        """Regular files that gave facts to the probe of that name, sorted by path."""
        for path in sorted(self._facts):
            node = self._files.node(path)
            if node is not None and probe in self._facts[path]:
                yield _file(node)

    def facts(self, path: str, probe: str) -> bytes:
        """What a probe kept of the file `path` leads to; KeyError where there is nothing."""
        node = self._files.file(path)
        if node is None:
            raise KeyError(path)
        return self._facts.get(node.entry.path, {})[probe]

    def entries(self) -> Iterator[tuple[Entry, str]]:
        """Every entry, sorted by path; there are no layers, so the diff_id is empty."""
        for node in sorted(self._files.nodes(), key=lambda node: node.entry.path):
            yield node.entry, ""

    # ── scanning ─────────────────────────────────────────────────────────────────────────────────

    def _scan(self, directory: str) -> list[str]:
        """List one directory; returns those in it."""
        found = []
        try:
            with os.scandir(self._root / directory) as names:
                for name in names:
                    path = join(directory, name.name)
                    if self._add(path, name) == "dir":
                        found.append(path)
        except OSError as error:
            self._trouble(directory or ".", f"directory cannot be listed: {error.strerror}")
        return found

    def _add(self, path: str, name: os.DirEntry[str]) -> str:
        self._count += 1
        if self._count > LIMITS.layer_entries:
            raise ImageError(f"{self._root}: more than {LIMITS.layer_entries} files")
        try:
            status = name.stat(follow_symlinks=False)
            kind = _KINDS.get(stat.S_IFMT(status.st_mode), "other")
            link = str(Path(name.path).readlink()) if kind == "symlink" else ""
        except OSError as error:
            self._trouble(path, f"cannot be read: {error.strerror}")
            return ""
        size = status.st_size if kind == "file" else 0
        mode = stat.S_IMODE(status.st_mode)
        entry = Entry(
            path, kind, mode, status.st_uid, status.st_gid, size, int(status.st_mtime), link
        )
        self._files.put(entry, 0, 0)
        if kind == "file":
            self._count_file(entry, status)
        if path in _KERNEL and status.st_dev != self._device:
            self._trouble(path, "another file system is mounted here; not read")
            return ""
        return kind

    def _count_file(self, entry: Entry, status: os.stat_result) -> None:
        inode = (status.st_dev, status.st_ino)
        if inode not in self._inodes:
            self.disk_size += entry.size
        if status.st_nlink > 1:
            self._inodes.add(inode)
        if self._wanted.matches(entry.path):
            if entry.size > LIMITS.file_bytes:
                message = f"{entry.size} bytes, more than {LIMITS.file_bytes}; not read"
                self._trouble(entry.path, message)
            elif not os.access(self._root / entry.path, os.R_OK):
                self._trouble(entry.path, "permission denied; not read")

    def _probe(self) -> None:
        """Let the probes look into the files they want."""
        for node in self._files.nodes():
            entry = node.entry
            if entry.kind == "file" and self._probing.may_want(entry.path, entry.mode):
                try:
                    body = MemoryBody(_read_inside(self._root, entry.path))
                except OSError as error:
                    self._trouble(entry.path, f"cannot be read: {error.strerror or error}")
                    continue
                told = self._probing.run(
                    entry.path, entry.mode, body, partial(self._trouble, entry.path)
                )
                if told:
                    self._facts[entry.path] = told

    def _trouble(self, path: str, message: str) -> None:
        self._problems.append(Problem("directory", path, message))


def _file(node: Node) -> File:
    return File(node.entry.path, "", node.entry.size, node.entry.mode)


def _read_inside(root: Path, path: str) -> bytes:
    """Read `root/path` without following any link, even one put there since the names were read."""
    here = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        *parents, name = path.split("/")
        for part in parents:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
            below = os.open(part, flags, dir_fd=here)
            os.close(here)
            here = below
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        with open(os.open(name, flags, dir_fd=here), "rb") as file:  # noqa: PTH123 - a descriptor
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise OSError("not a regular file")
            data = file.read(LIMITS.file_bytes + 1)
    finally:
        os.close(here)
    if len(data) > LIMITS.file_bytes:
        raise OSError("too large")
    return data
