"""Layers laid over each other, lowest first: whiteouts, then entries, hard links resolved."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from ironhull.limits import LIMITS
from ironhull.model import Problem
from ironhull.oci._filesystem import FileSystem, Node, join
from ironhull.oci.layers import Entry, LayerIndex
from ironhull.oci.patterns import Wanted, is_literal
from ironhull.values import dataclass

__all__ = ["Merged", "Merging", "body_key", "hidden_layers"]

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_META = ".wh..wh."  # AUFS's own bookkeeping: not part of the image (docker, pkg/archive)
_SIMPLE = frozenset({"file", "dir", "symlink", "char", "block", "fifo"})


@dataclass(frozen=True, slots=True)
class Merged:
    """`candidates`: visible files a pattern matches; `targets`: those, and where links lead;
    `troubled`: visible files whose layers tell of trouble with them.
    """

    files: FileSystem
    wanted: Wanted
    candidates: Collection[str]
    targets: Collection[Node]
    troubled: Collection[Node]
    problems: tuple[Problem, ...]


def body_key(layer: int, position: int) -> int:
    """The key of a body: the layer's number and the entry's position in it."""
    return layer << 32 | position


class Merging:
    """Applying the layers of `indexes` to an empty root, one at a time."""

    def __init__(self, indexes: Sequence[LayerIndex], wanted: Wanted) -> None:
        self.files = FileSystem([index.entries for index in indexes])
        self._indexes = indexes
        self._wanted = wanted
        self._problems: list[Problem] = []
        self._moved: dict[int, str] = {}
        self._done = 0

    def add(self) -> None:
        """Apply the next layer."""
        index, number = self._indexes[self._done], self._done
        skip = _whiteouts(self.files, index)
        laying = _Laying(self.files, number, self._problems)
        laying.lay(index.entries, skip)
        self._moved |= laying.moved
        self._done += 1

    def merged(self) -> Merged:
        """What is there now; good until the next layer is applied."""
        files, wanted = self.files, self._wanted
        candidates = self._candidates()
        targets = candidates | self._linked()
        troubled = {p: node for p, node in targets.items() if self._is_troubled(node.body)}
        for key in self._keys("unkept"):
            path = self._path(key)
            node = files.node(path)
            if node is not None and node.body == key:
                troubled[path] = node
        return Merged(
            files,
            wanted,
            candidates.keys(),
            targets.values(),
            troubled.values(),
            tuple(self._problems),
        )

    def _keys(self, *fields: str) -> Iterator[int]:
        """The keys of what the given fields of the layers applied speak of."""
        for number, index in enumerate(self._indexes[: self._done]):
            first = number << 32
            for field in fields:
                for position in getattr(index, field):
                    yield first | position

    def _path(self, key: int) -> str:
        """Where the entry of `key` was laid."""
        return self._moved.get(key) or self._indexes[key >> 32].entries[key & 0xFFFF_FFFF].path

    def _is_troubled(self, key: int) -> bool:
        return key >= 0 and (key & 0xFFFF_FFFF) in self._indexes[key >> 32].unkept

    def _candidates(self) -> dict[str, Node]:
        """The visible regular files that a pattern matches, by path."""
        files = self.files
        paths = dict.fromkeys(
            entries[position][0]
            for index in self._indexes[: self._done]
            for entries in (index.entries,)
            for positions in (index.bodies, index.unkept, index.links)
            for position in positions
        )
        paths.update(dict.fromkeys(self._moved.values()))
        matches = self._wanted.matches
        return {
            path: node
            for path in paths
            if matches(path)
            and (node := files.node(path)) is not None
            and node.entry.kind == "file"
        }

    def _linked(self) -> dict[str, Node]:
        """The files that visible wanted links, and patterns that name one path, lead to."""
        wanted = self._wanted
        paths = {pattern for pattern in wanted.patterns if is_literal(pattern)}
        paths.update(path for path in self._moved.values() if wanted.matches(path))
        paths.update(
            self._indexes[key >> 32].entries[key & 0xFFFF_FFFF].path for key in self._keys("links")
        )
        found = map(self.files.file, paths)
        return {node.entry.path: node for node in found if node is not None}


def _whiteouts(files: FileSystem, index: LayerIndex) -> set[int]:
    """Apply a layer's whiteouts; they touch lower layers only, so they come before its entries.

    Returns the positions that are whiteouts or AUFS bookkeeping and not files.
    """
    skip: set[int] = set()
    marked = [(at, entry[0]) for at, entry in enumerate(index.entries) if _WHITEOUT in entry[0]]
    for position, path in marked:
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
    """Laying the entries of one layer over the lower ones.

    `moved` are the real paths, by key, of those that links among parents lead elsewhere.
    """

    def __init__(self, files: FileSystem, number: int, problems: list[Problem]) -> None:
        self._files = files
        self._number = number
        self._problems = problems
        self._later: list[tuple[int, Entry]] = []
        self.moved: dict[int, str] = {}

    def lay(self, entries: Sequence[Entry], skip: set[int]) -> None:
        """Put every entry in."""
        directories = self._files.directories
        longest = LIMITS.path_bytes
        key = self._number << 32
        skipped = {key | position for position in skip}
        last: str | None = None
        children: dict[str, int] | None = None
        for position, entry in enumerate(entries, key):
            path, kind = entry[0], entry[1]
            parent, _, name = path.rpartition("/")
            if parent != last:
                children, last = directories.get(parent), parent
            if position in skipped:
                continue
            if (
                children is None
                or not name
                or kind not in _SIMPLE
                or len(path) > longest
                or children.setdefault(name, position) is not position
            ):
                self._put(position, entry)
                last = None  # this may have changed directories
            elif kind == "dir":
                directories[path] = {}
        self._links_to_later()

    def _put(self, key: int, entry: Entry) -> None:
        """One entry that may replace another, lie behind links or be nothing to lay."""
        path = entry.path
        if not path or entry.kind == "other":
            return
        if len(path) > LIMITS.path_bytes:
            self._trouble(entry, f"path of {len(path)} characters; not read", path[:100])
        elif entry.kind == "hardlink":
            if not self._link(key, entry):
                self._later.append((key, entry))
        else:
            self._note(key, entry, self._files.put(entry, self._number, key))

    def _link(self, key: int, entry: Entry) -> bool:
        """Make `entry` another name of its target, which may lie in a lower layer."""
        real = self._files.real(entry.link, last=False)
        node = None if real is None else self._files.node(real)
        if node is None or node.entry.kind == "dir":
            return False
        link = node.entry.link if node.entry.kind == "symlink" else entry.link
        other = node.entry._replace(path=entry.path, link=link)
        self._note(key, entry, self._files.put(other, self._number, node.body, made=True))
        return True

    def _links_to_later(self) -> None:
        """Hard links that came before their targets: no tool writes them so, but it is allowed."""
        todo = self._later
        for _ in range(LIMITS.symlink_hops):
            left = [item for item in todo if not self._link(*item)]
            if not left or len(left) == len(todo):
                todo = left
                break
            todo = left
        for _, entry in todo:
            self._trouble(entry, f"hard link to {entry.link!r}, which is not there; not read")

    def _note(self, key: int, entry: Entry, real: str | None) -> None:
        if real is None:
            self._trouble(entry, "no way leads there (links in circles); not read")
        elif real != entry.path:
            self.moved[key] = real

    def _trouble(self, entry: Entry, message: str, where: str = "") -> None:
        self._problems.append(Problem("layers", where or entry.path, message))


def hidden_layers(indexes: Sequence[LayerIndex], wanted: Wanted) -> list[int]:
    """The numbers of layers that hide or replace something of a lower layer that was asked for."""
    merging = Merging(indexes, wanted)
    asked: set[int] = set()
    found = []
    for number, index in enumerate(indexes):
        merging.files.hidden = []
        merging.add()
        if not asked.isdisjoint(merging.files.hidden):
            found.append(number)
        first = number << 32
        for positions in _told(index):
            asked.update(first | position for position in positions)
    return found


def _told(index: LayerIndex) -> tuple[Mapping[int, object] | Sequence[int], ...]:
    return index.bodies, index.unkept, index.links, index.facts
