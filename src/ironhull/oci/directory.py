"""A directory that stands for an image's root file system."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.model import File, Problem
from ironhull.oci._bodies import IN_MEMORY, FileBody, MemoryBody
from ironhull.oci._filesystem import FileSystem, Node, join
from ironhull.oci._finding import Finder
from ironhull.oci._probing import EXECUTE, Probing, extract
from ironhull.oci._scanning import Descent, open_file
from ironhull.oci._tar import Entry
from ironhull.oci.patterns import Wanted
from ironhull.oci.probes import HEAD, Body, Probe

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

    The names are read once, here, and probes run; contents are read when they are asked for. /proc,
    /sys and /dev are left out where other file systems are mounted there. `problems` tells what
    could not be read, `disk_size` the bytes of regular files, hard links counted once. Raises
    ImageError if `root` cannot be listed.
    """

    def __init__(self, root: Path, patterns: Iterable[str], probes: Sequence[Probe] = ()) -> None:
        self._root = root
        self._wanted = Wanted.of(patterns)
        scan = _Scan(root, self._wanted, Probing(probes))
        try:
            with Descent(root) as descent:
                scan.run(descent)
        except OSError as error:
            raise ImageError(f"{root}: cannot be listed: {error.strerror}") from None
        self._files = scan.files
        self._facts = scan.facts
        self._finder = Finder(scan.files, self._wanted, scan.candidates)
        self.disk_size = scan.disk_size
        self.problems = tuple(sorted(scan.problems, key=lambda problem: problem.where))

    def glob(self, pattern: str) -> Iterator[File]:
        """Visible regular files whose path matches, sorted by path."""
        return map(_file, self._finder.glob(pattern))

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
        """Every path, in no order that means anything."""
        return self._files.paths()

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


class _Scan:
    """One walk over a directory tree: its names, and what probes tell of its files."""

    def __init__(self, root: Path, wanted: Wanted, probing: Probing) -> None:
        self.candidates: list[str] = []
        self.facts: dict[str, Mapping[str, bytes]] = {}
        self.problems: list[Problem] = []
        self.disk_size = 0
        self._entries: list[Entry] = []
        self.files = FileSystem([self._entries])
        self._root = root
        self._wanted = wanted
        self._probing = probing
        self._inodes: set[tuple[int, int]] = set()
        self._todo: list[str] = []
        self._names = 0
        self._kept = 0
        self._device = -1

    def run(self, descent: Descent) -> None:
        """Walk, deepest first; raises OSError only where the root cannot be listed."""
        self._device = os.fstat(descent.to("")).st_dev
        self._list("", descent.to(""))
        while self._todo:
            path = self._todo.pop()
            try:
                self._list(path, descent.to(path))
            except OSError as error:
                self._trouble(path, f"directory cannot be listed: {error.strerror}")

    def _list(self, directory: str, descriptor: int) -> None:
        children = self.files.directories[directory]
        with os.scandir(descriptor) as names:
            for name in names:
                path = join(directory, name.name)
                try:
                    self._add(path, name, descriptor)
                except OSError as error:
                    self._trouble(path, f"cannot be read: {error.strerror}")
                    continue
                children[name.name] = len(self._entries) - 1

    def _add(self, path: str, name: os.DirEntry[str], directory: int) -> None:
        status = name.stat(follow_symlinks=False)
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "other")
        link = os.readlink(name.name, dir_fd=directory) if kind == "symlink" else ""
        self._entries.append(
            Entry(
                path,
                kind,
                status.st_mode & 0o7777,
                status.st_uid,
                status.st_gid,
                status.st_size if kind == "file" else 0,
                int(status.st_mtime),
                link,
            )
        )
        self._names += len(path)
        if len(self._entries) > LIMITS.layer_entries or self._names > LIMITS.layer_path_bytes:
            raise ImageError(
                f"{self._root}: more than {LIMITS.layer_entries} files or"
                f" {LIMITS.layer_path_bytes} bytes of names"
            )
        if kind == "file":
            self._file(self._entries[-1], status, name.name, directory)
        elif kind == "dir":
            if path in _KERNEL and status.st_dev != self._device:
                self._trouble(path, "another file system is mounted here; not read")
            elif len(path) > LIMITS.path_bytes:
                self._trouble(path[:100], f"path of {len(path)} characters; not read")
            else:
                self.files.directories[path] = {}
                self._todo.append(path)

    def _file(self, entry: Entry, status: os.stat_result, name: str, directory: int) -> None:
        if status.st_nlink > 1:
            inode = (status.st_dev, status.st_ino)
            if inode not in self._inodes:
                self._inodes.add(inode)
                self.disk_size += entry.size
        else:
            self.disk_size += entry.size
        if self._wanted.matches(entry.path):
            self.candidates.append(entry.path)
            if entry.size > LIMITS.file_bytes:
                message = f"{entry.size} bytes, more than {LIMITS.file_bytes}; not read"
                self._trouble(entry.path, message)
            elif not os.access(name, os.R_OK, dir_fd=directory):
                self._trouble(entry.path, "permission denied; not read")
        if entry.size and self._probing.may_want(entry.path, entry.mode):
            self._probe(entry, name, directory)

    def _probe(self, entry: Entry, name: str, directory: int) -> None:
        """Let the probes that want the file look into it; its first bytes are read at most once."""
        path = entry.path
        try:
            with open_file(name, directory) as (descriptor, size):
                told = dict(self._attributes(entry, descriptor))
                told |= self._content(entry, descriptor, size)
        except OSError as error:
            self._trouble(path, f"cannot be read: {error.strerror or error}")
            return
        self._kept += sum(map(len, told.values()))
        if told and self._kept > LIMITS.kept_bytes:
            self._trouble(path, f"beyond {LIMITS.kept_bytes} bytes kept; not looked into")
        elif told:
            self.facts[path] = told

    def _content(self, entry: Entry, descriptor: int, size: int) -> Mapping[str, bytes]:
        path = entry.path
        probes = self._probing.choose(path, entry.mode, lambda: os.pread(descriptor, HEAD, 0))
        if not probes:
            return {}
        if size > LIMITS.probe_bytes:
            message = f"{size} bytes, more than {LIMITS.probe_bytes}; not looked into"
            self._trouble(path, message)
            return {}
        body: Body = FileBody(descriptor, 0, size)
        if size <= IN_MEMORY:
            body = MemoryBody(body.read(0, size))
        return extract(probes, path, body, lambda said: self._trouble(path, said))

    def _attributes(self, entry: Entry, descriptor: int) -> Iterator[tuple[str, bytes]]:
        """What probes tell of the file's extended attributes; none where the system has none."""
        for probe in self._probing.attributed if entry.mode & EXECUTE else ():
            try:
                value = os.getxattr(descriptor, probe.attribute)
            except (OSError, AttributeError):
                continue
            body = MemoryBody(value)
            yield from extract(
                (probe,), entry.path, body, lambda said: self._trouble(entry.path, said)
            ).items()

    def _trouble(self, path: str, message: str) -> None:
        self.problems.append(Problem("directory", path, message))


def _file(node: Node) -> File:
    return File(node.entry.path, "", node.entry.size, node.entry.mode)


def _read_inside(root: Path, path: str) -> bytes:
    """Read `root/path` without following any link, even one put there since the names were read."""
    directory, _, name = path.rpartition("/")
    with Descent(root) as descent, open_file(name, descent.to(directory)) as (descriptor, size):
        if size > LIMITS.file_bytes:
            raise OSError("too large")
        return FileBody(descriptor, 0, size).read(0, size)
