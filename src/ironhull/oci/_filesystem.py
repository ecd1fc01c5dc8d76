"""The merged file system in memory: directories, links and what each layer does to them.

OCI image-spec 1.1, layer.md ("Applying Changesets", "Whiteouts"); where it is silent (links among
the parents of a path) as containerd applies layers: parents are followed inside the root.
"""

from __future__ import annotations

from collections import namedtuple
from itertools import chain

from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.oci._tar import Entry

TYPE_CHECKING = False  # `typing` is a third of a start; checkers know the name
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from typing import NamedTuple

    class _Fields(NamedTuple):
        entry: Entry
        layer: int
        body: int

else:
    _Fields = namedtuple("_Fields", "entry layer body")

__all__ = ["MADE", "FileSystem", "Node", "join"]

MADE = 1 << 62
_NO_NAMES = frozenset({"", ".", ".."})


class Node(_Fields):
    """A visible entry, the number of its layer, where its body lies (layer << 32 | position)."""

    __slots__ = ()


def join(directory: str, name: str) -> str:
    """The path of `name` in `directory`; the root is ""."""
    return f"{directory}/{name}" if directory else name


class FileSystem:
    """Paths without links among their parents -> keys; `directories` maps each to its children.

    A key is layer << 32 | position of an entry of `layers`, or, from `MADE` on, the number of a
    node that no layer has in this form. `hidden`, if it is a list, collects the bodies of what is
    removed or replaced.
    """

    def __init__(self, layers: Sequence[Sequence[Entry]]) -> None:
        self.directories: dict[str, dict[str, int]] = {"": {}}
        self.hidden: list[int] | None = None
        self._layers = layers
        self._made: list[Node] = []
        self._implied = 0

    # ── looking ──────────────────────────────────────────────────────────────────────────────────

    def resolved(self, key: int) -> Node:
        """The node of a key."""
        if key >= MADE:
            return self._made[key - MADE]
        return Node(self._layers[key >> 32][key & 0xFFFF_FFFF], key >> 32, key)

    def node(self, path: str) -> Node | None:
        """What lies at a real path; None for nothing and for the root."""
        key = self._key(path)
        return None if key is None else self.resolved(key)

    def _key(self, path: str) -> int | None:
        parent, _, name = path.rpartition("/")
        children = self.directories.get(parent)
        return None if children is None else children.get(name)

    def nodes(self) -> Iterator[Node]:
        """Every visible node, in no order that means anything."""
        for children in self.directories.values():
            for key in children.values():
                yield self.resolved(key)

    def paths(self) -> Iterator[str]:
        """Every visible path, in no order that means anything."""
        for directory, children in self.directories.items():
            if directory:
                for name in children:
                    yield f"{directory}/{name}"
            else:
                yield from children

    def with_bodies(self, bodies: Collection[int]) -> Iterator[Node]:
        """The visible regular files whose body is one of `bodies`, the keys of layers' entries."""
        if not bodies:
            return
        laid = ((key, self._entry(key).path) for key in bodies)
        made = ((MADE + at, node.entry.path) for at, node in enumerate(self._made))
        for key, path in chain(laid, made):
            if self._key(path) == key:
                node = self.resolved(key)
                if node.body in bodies and node.entry.kind == "file":
                    yield node

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
        parent, _, name = path.rpartition("/")
        children = self.directories.get(parent)
        if children is not None and name not in _NO_NAMES:  # nearly always: no link on the way
            key = children.get(name)
            if key is None:
                return None
            if not (last and self._entry(key)[1] == "symlink"):
                return path
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
            key = children.get(part)
            entry = None if key is None else self._entry(key)
            if entry is not None and entry[1] == "symlink" and (todo or last):
                hops += 1
                target = entry.link
                if hops > LIMITS.symlink_hops or not target:
                    return None
                here = "" if target.startswith("/") else here
                todo += target.split("/")[::-1]
                continue
            if create is not None:
                self._directory(children, step, part, create)
            elif entry is None:
                return None
            here = step
        return here

    # ── changing ─────────────────────────────────────────────────────────────────────────────────

    def put(self, entry: Entry, layer: int, body: int, *, made: bool = False) -> str | None:
        """Lay `entry` over the rest; returns its real path, None if no way leads there.

        `made` where `entry` is not the one the layer has at `body`.
        """
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
            made = True
        old = children.get(name)
        was = "" if old is None else self._entry(old).kind
        if old is not None:
            self._hide(old)
        if entry.kind == "dir":
            if was != "dir":
                self.directories[path] = {}
        elif was == "dir":
            self._forget(path)
        children[name] = self._make(Node(entry, layer, body)) if made else body
        return path

    def remove(self, path: str) -> None:
        """Take away what lies at `path` and below (a whiteout); its parents are followed."""
        parent, _, name = path.rpartition("/")
        real = self.real(parent)
        children = None if real is None else self.directories.get(real)
        if children is None or real is None:
            return
        old = children.pop(name, None)
        if old is None:
            return
        self._hide(old)
        if self._entry(old).kind == "dir":
            self._forget(join(real, name))

    def empty(self, path: str) -> None:
        """Take away all that lies below `path` (an opaque whiteout)."""
        real = self.real(path)
        if real is not None and real in self.directories:
            self._forget(real)
            self.directories[real] = {}

    def _directory(self, children: dict[str, int], path: str, name: str, layer: int) -> None:
        """Make `path` a directory: archives leave parents out, or lay them over files."""
        old = children.get(name)
        if old is not None:
            if self._entry(old).kind == "dir":
                return
            self._hide(old)
        self._implied += len(path)
        if self._implied > LIMITS.layer_path_bytes:
            raise ImageError(f"more than {LIMITS.layer_path_bytes} bytes of path names")
        children[name] = self._make(Node(Entry(path, "dir", 0o755, 0, 0, 0, 0, ""), layer, -1))
        self.directories[path] = {}

    def _forget(self, path: str) -> None:
        todo = [path]
        while todo:
            here = todo.pop()
            for name, key in self.directories.pop(here).items():
                self._hide(key)
                if self._entry(key).kind == "dir":
                    todo.append(join(here, name))

    def _entry(self, key: int) -> Entry:
        if key >= MADE:
            return self._made[key - MADE].entry
        return self._layers[key >> 32][key & 0xFFFF_FFFF]

    def _make(self, node: Node) -> int:
        self._made.append(node)
        return MADE + len(self._made) - 1

    def _hide(self, key: int) -> None:
        if self.hidden is not None:
            self.hidden.append(key if key < MADE else self._made[key - MADE].body)
