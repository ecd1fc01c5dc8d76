"""Layers laid over each other, lowest first: whiteouts, then entries, hard links resolved."""

from __future__ import annotations

from collections.abc import Sequence

from ironhull.limits import LIMITS
from ironhull.model import Problem
from ironhull.oci._filesystem import FileSystem, Node, join
from ironhull.oci.layers import Entry, LayerIndex
from ironhull.oci.patterns import Wanted, is_literal
from ironhull.values import dataclass

__all__ = ["Merged", "body_key", "merge"]

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_META = ".wh..wh."  # AUFS's own bookkeeping: not part of the image (docker, pkg/archive)


@dataclass(frozen=True, slots=True)
class Merged:
    """`candidates`: visible files a pattern matches; `targets`: those, and where links lead."""

    files: FileSystem
    candidates: frozenset[str]
    targets: frozenset[Node]
    problems: tuple[Problem, ...]


def body_key(layer: int, position: int) -> int:
    """The key of a body: the layer's number and the entry's position in it."""
    return layer << 32 | position


def merge(indexes: Sequence[LayerIndex], wanted: Wanted) -> Merged:
    """Apply the layers to an empty root."""
    files = FileSystem()
    problems: list[Problem] = []
    moved: list[str] = []
    for number, index in enumerate(indexes):
        skip = _whiteouts(files, index)
        moved += _Laying(files, number, problems).lay(index.entries, skip)
    candidates = _candidates(files, indexes, wanted, moved)
    targets = {node for path in candidates if (node := files.node(path)) is not None}
    targets |= _linked(files, indexes, wanted, moved)
    return Merged(files, frozenset(candidates), frozenset(targets), tuple(problems))


def _whiteouts(files: FileSystem, index: LayerIndex) -> set[int]:
    """Apply a layer's whiteouts; they touch lower layers only, so they come before its entries.

    Returns the positions that are whiteouts or AUFS bookkeeping and not files.
    """
    skip: set[int] = set()
    for position, entry in enumerate(index.entries):
        path = entry.path
        if _WHITEOUT not in path:
            continue
        directory, _, name = path.rpartition("/")
        if name == _OPAQUE:
            files.empty(directory)
        elif not path.startswith(_META):
            if not name.startswith(_WHITEOUT):
                continue
            gone = name.removeprefix(_WHITEOUT)
            if gone not in ("", ".", ".."):  # such a name cannot be a file's: nothing to hide
                files.remove(join(directory, gone))
        skip.add(position)
    return skip


class _Laying:
    """Laying the entries of one layer over the lower ones."""

    def __init__(self, files: FileSystem, number: int, problems: list[Problem]) -> None:
        self._files = files
        self._number = number
        self._problems = problems
        self._moved: list[str] = []

    def lay(self, entries: Sequence[Entry], skip: set[int]) -> list[str]:
        """Put every entry in; returns the real paths of those that links among parents moved."""
        put = self._files.put
        first = self._number << 32
        later: list[Entry] = []
        for position, entry in enumerate(entries):
            path = entry.path
            if position in skip or not path or entry.kind == "other":
                continue
            if len(path) > LIMITS.path_bytes:
                self._trouble(entry, f"path of {len(path)} characters; not read", path[:100])
            elif entry.kind == "hardlink":
                if not self._link(entry):
                    later.append(entry)
            else:
                real = put(entry, self._number, first + position)
                if real != path:
                    self._note(entry, real)
        self._links_to_later(later)
        return self._moved

    def _link(self, entry: Entry) -> bool:
        """Make `entry` another name of its target, which may lie in a lower layer."""
        real = self._files.real(entry.link, last=False)
        node = None if real is None else self._files.node(real)
        if node is None or node.entry.kind == "dir":
            return False
        link = node.entry.link if node.entry.kind == "symlink" else entry.link
        name = self._files.put(
            node.entry._replace(path=entry.path, link=link), self._number, node.body
        )
        if name != entry.path:
            self._note(entry, name)
        return True

    def _links_to_later(self, todo: list[Entry]) -> None:
        """Hard links that came before their targets: no tool writes them so, but it is allowed."""
        for _ in range(LIMITS.symlink_hops):
            left = [entry for entry in todo if not self._link(entry)]
            if not left or len(left) == len(todo):
                todo = left
                break
            todo = left
        for entry in todo:
            self._trouble(entry, f"hard link to {entry.link!r}, which is not there; not read")

    def _note(self, entry: Entry, real: str | None) -> None:
        if real is None:
            self._trouble(entry, "no way leads there (links in circles); not read")
        else:
            self._moved.append(real)

    def _trouble(self, entry: Entry, message: str, where: str = "") -> None:
        self._problems.append(Problem("layers", where or entry.path, message))


def _candidates(
    files: FileSystem, indexes: Sequence[LayerIndex], wanted: Wanted, moved: Sequence[str]
) -> set[str]:
    """Paths of visible regular files that a pattern matches."""
    paths = {path for path in moved if wanted.matches(path)}
    for index in indexes:
        for positions in (index.bodies, index.unkept, index.links):
            paths.update(index.entries[position].path for position in positions)
    return {
        path
        for path in paths
        if (node := files.node(path)) is not None and node.entry.kind == "file"
    }


def _linked(
    files: FileSystem, indexes: Sequence[LayerIndex], wanted: Wanted, moved: Sequence[str]
) -> set[Node]:
    """The files that visible wanted links, and patterns that name one path, lead to."""
    paths = {pattern for pattern in wanted.patterns if is_literal(pattern)}
    paths.update(path for path in moved if wanted.matches(path))
    for index in indexes:
        paths.update(index.entries[position].path for position in index.links)
    found = {files.file(path) for path in paths}
    return {node for node in found if node is not None}
