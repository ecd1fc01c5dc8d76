"""The merged file system in memory: directories, links and what each layer does to them.

OCI image-spec 1.1, layer.md ("Applying Changesets", "Whiteouts"); where it is silent (links among
the parents of a path) as containerd applies layers: parents are followed inside the root.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.oci._tar import Entry

__all__ = ["FileSystem", "Node", "join"]


class Node(NamedTuple):
    """A visible entry, the number of its layer, where its body lies (layer << 32 | position)."""

    entry: Entry
    layer: int
    body: int


def join(directory: str, name: str) -> str:
    """The path of `name` in `directory`; the root is ""."""
    return f"{directory}/{name}" if directory else name


class FileSystem:
    """Paths without links among their parents -> nodes; `directories` maps each to its children."""

    def __init__(self) -> None:
        self.directories: dict[str, dict[str, Node]] = {"": {}}
        self._implied = 0

    # ── looking ──────────────────────────────────────────────────────────────────────────────────

    def node(self, path: str) -> Node | None:
        """What lies at a real path; None for nothing and for the root."""
        parent, _, name = path.rpartition("/")
        children = self.directories.get(parent)
        return None if children is None else children.get(name)

    def nodes(self) -> Iterator[Node]:
        """Every visible node, in no order that means anything."""
        for children in self.directories.values():
            yield from children.values()

    def file(self, path: str) -> Node | None:
        """The regular file `path` leads to, links followed."""
        real = self.real(path)
        node = None if real is None else self.node(real)
        return node if node is not None and node.entry.kind == "file" else None

    def exists(self, path: str) -> bool:
        """Whether anything is visible at `path`; links among its parents are followed."""
        real = self.real(path, last=False)
        return real is not None and (real == "" or self.node(real) is not None)

    def real(self, path: str, *, last: bool = True) -> str | None:
        """`path` with links followed inside the root (the last segment only if `last`).

        None where it leads nowhere, through a file or around in circles.
        """
        return self._follow(path, last=last, create=None)

    def _follow(self, path: str, *, last: bool, create: int | None) -> str | None:
        todo = path.split("/")[::-1]
        here = ""
        hops = 0
        while todo:
            part = todo.pop()
            if part in ("", "."):
                continue
            if part == "..":
                here = here.rpartition("/")[0]
                continue
            children = self.directories.get(here)
            if children is None:
                return None
            step = join(here, part)
            node = children.get(part)
            if node is not None and node.entry.kind == "symlink" and (todo or last):
                hops += 1
                target = node.entry.link
                if hops > LIMITS.symlink_hops or not target:
                    return None
                here = "" if target.startswith("/") else here
                todo += target.split("/")[::-1]
                continue
            if create is not None:
                self._directory(children, step, part, create)
            elif node is None:
                return None
            here = step
        return here

    # ── changing ─────────────────────────────────────────────────────────────────────────────────

    def put(self, entry: Entry, layer: int, body: int) -> str | None:
        """Lay `entry` over the rest; returns its real path, None if no way leads there."""
        path = entry.path
        parent, _, name = path.rpartition("/")
        children = self.directories.get(parent)
        if children is None:
            real = self._follow(parent, last=True, create=layer)
            if real is None:
                return None
            path = join(real, name)
            entry = entry._replace(path=path)
            children = self.directories[real]
        old = children.get(name)
        if entry.kind == "dir":
            if old is None or old.entry.kind != "dir":
                self.directories[path] = {}
        elif old is not None and old.entry.kind == "dir":
            self._forget(path)
        children[name] = Node(entry, layer, body)
        return path

    def remove(self, path: str) -> None:
        """Take away what lies at `path` and below (a whiteout); its parents are followed."""
        parent, _, name = path.rpartition("/")
        real = self.real(parent)
        children = None if real is None else self.directories.get(real)
        if children is None or real is None:
            return
        old = children.pop(name, None)
        if old is not None and old.entry.kind == "dir":
            self._forget(join(real, name))

    def empty(self, path: str) -> None:
        """Take away all that lies below `path` (an opaque whiteout)."""
        real = self.real(path)
        if real is not None and real in self.directories:
            self._forget(real)
            self.directories[real] = {}

    def _directory(self, children: dict[str, Node], path: str, name: str, layer: int) -> None:
        """Make `path` a directory: archives leave parents out, or lay them over files."""
        node = children.get(name)
        if node is not None and node.entry.kind == "dir":
            return
        self._implied += len(path)
        if self._implied > LIMITS.layer_path_bytes:
            raise ImageError(f"more than {LIMITS.layer_path_bytes} bytes of path names")
        children[name] = Node(Entry(path, "dir", 0o755, 0, 0, 0, 0, ""), layer, -1)
        self.directories[path] = {}

    def _forget(self, path: str) -> None:
        todo = [path]
        while todo:
            here = todo.pop()
            for name, node in self.directories.pop(here).items():
                if node.entry.kind == "dir":
                    todo.append(join(here, name))
