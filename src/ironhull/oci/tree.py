"""The file tree of an image: layers merged, whiteouts applied, links followed inside the root."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ironhull.limits import LIMITS
from ironhull.model import File, Image, Layer, Problem
from ironhull.oci._directory import DirectoryTree
from ironhull.oci._filesystem import FileSystem, Node
from ironhull.oci._merge import Merged, body_key, merge
from ironhull.oci.layers import Budget, Entry, LayerIndex, read_bodies, read_layer
from ironhull.oci.patterns import Wanted, is_literal
from ironhull.oci.probes import Probe
from ironhull.values import replace

__all__ = ["DirectoryTree", "ImageTree", "Keep", "Load", "pass_key", "read_tree"]

_ENGINE = "1"  # changes when the same layer would give another LayerIndex

Load = Callable[[Layer], LayerIndex | None]
"""A layer's index as kept by an earlier pass of the same `pass_key`; None where there is none."""

Keep = Callable[[Layer, LayerIndex], None]
"""Takes a layer's index, read and verified."""


class ImageTree:
    """The visible files of an image (`model.Tree`), with the content of those that were wanted.

    `disk_size` is the unpacked size in bytes of the regular files of all layers, hidden ones too.
    """

    def __init__(
        self,
        files: FileSystem,
        diff_ids: Sequence[str],
        bodies: Mapping[int, bytes],
        *,
        wanted: Wanted,
        candidates: Iterable[str],
        disk_size: int,
        facts: Mapping[int, Mapping[str, bytes]] | None = None,
    ) -> None:
        self._files = files
        self._diff_ids = tuple(diff_ids)
        self._bodies = bodies
        self._asked = frozenset(wanted.patterns)
        self._candidates = sorted(candidates)
        self._regular: list[str] | None = None
        self._facts = facts or {}
        self.disk_size = disk_size

    def glob(self, pattern: str) -> Iterator[File]:
        """Visible regular files whose path matches, sorted by path; see `patterns` for the syntax.

        Patterns the tree was read with are answered from the wanted files alone.
        """
        if is_literal(pattern):
            node = self._files.node(pattern)
            if node is not None and node.entry.kind == "file":
                yield self._file(node)
            return
        matches = Wanted.of([pattern]).matches
        for path in self._candidates if pattern in self._asked else self._all_files():
            if matches(path):
                node = self._files.node(path)
                if node is not None:
                    yield self._file(node)

    def read(self, path: str) -> bytes:
        """The content of the file `path` leads to; KeyError if it was not wanted or is not there.

        A wanted file too large to keep is a KeyError here and a Problem of `read_tree`.
        """
        node = self._files.file(path)
        if node is None or node.body not in self._bodies:
            raise KeyError(path)
        return self._bodies[node.body]

    def exists(self, path: str) -> bool:
        """Whether anything is visible at `path`; links among its parents are followed."""
        return self._files.exists(path)

    def find(self, path: str) -> File | None:
        """The regular file `path` leads to, links followed."""
        node = self._files.file(path)
        return None if node is None else self._file(node)

    def paths(self) -> Iterable[str]:
        """Every visible path, sorted."""
        return sorted(node.entry.path for node in self._files.nodes())

    def probed(self, probe: str) -> Iterator[File]:
        """Visible regular files that gave facts to the probe of that name, sorted by path."""
        keys = {key for key, told in self._facts.items() if probe in told}
        if not keys:
            return
        nodes = (n for n in self._files.nodes() if n.body in keys and n.entry.kind == "file")
        for node in sorted(nodes, key=lambda node: node.entry.path):
            yield self._file(node)

    def facts(self, path: str, probe: str) -> bytes:
        """What a probe kept of the file `path` leads to; KeyError where there is nothing."""
        node = self._files.file(path)
        if node is None:
            raise KeyError(path)
        return self._facts.get(node.body, {})[probe]

    def entries(self) -> Iterator[tuple[Entry, str]]:
        """Every visible entry and the diff_id of its layer, sorted by path.

        A hard link has the kind, size and mode of what it links to and keeps `link`.
        """
        for node in sorted(self._files.nodes(), key=lambda node: node.entry.path):
            yield node.entry, self._diff_ids[node.layer]

    def _file(self, node: Node) -> File:
        entry = node.entry
        return File(entry.path, self._diff_ids[node.layer], entry.size, entry.mode)

    def _all_files(self) -> list[str]:
        if self._regular is None:
            found = (n.entry.path for n in self._files.nodes() if n.entry.kind == "file")
            self._regular = sorted(found)
        return self._regular


def pass_key(patterns: Iterable[str], probes: Iterable[Probe] = ()) -> str:
    """What the content of a LayerIndex depends on besides its layer, as a digest for cache keys."""
    import hashlib

    asked = (
        _ENGINE,
        Wanted.of(patterns).patterns,
        sorted((p.name, p.version, sorted(p.patterns), p.executables) for p in probes),
    )
    return f"sha256:{hashlib.sha256(repr(asked).encode()).hexdigest()}"


def read_tree(
    image: Image,
    patterns: Iterable[str],
    probes: Sequence[Probe] = (),
    *,
    load: Load | None = None,
    keep: Keep | None = None,
) -> tuple[ImageTree | DirectoryTree, tuple[Problem, ...]]:
    """Read all layers of `image`, each once and verified, keeping files that match `patterns`,
    and of others what `probes` tell.

    A wanted path may be a link to a file no pattern matches; only then is the layer of that file
    read a second time, for just those files. Two threads read layers (inflating and hashing
    release the interpreter lock); the result does not depend on their order. An image of origin
    "fs" gives a DirectoryTree. Raises ImageError.

    `load` is asked before a layer is opened, `keep` given each index that was read or got more
    bodies; both are called in the caller's thread and are about `pass_key(patterns, probes)`.
    """
    if image.origin == "fs":
        directory = DirectoryTree(Path(image.root), patterns, probes)
        return directory, directory.problems
    wanted = Wanted.of(patterns)
    budget = Budget(LIMITS.kept_bytes)
    known = _load(image.layers, load, budget)
    indexes = _parallel(
        image.layers,
        lambda number, layer: (
            known[number] or read_layer(layer, wanted, probes=probes, budget=budget)
        ),
    )
    if budget.exceeded:  # which files fit depends on who came first: again, one after the other
        indexes, known, keep = [], [None] * len(image.layers), None
        budget = Budget(LIMITS.kept_bytes)
        indexes = [
            read_layer(layer, wanted, probes=probes, budget=budget) for layer in image.layers
        ]
    merged = merge(indexes, wanted)
    complete = _completed(image.layers, indexes, merged, budget)
    if keep is not None and not budget.exceeded:
        for number, index in enumerate(complete):
            if index is not known[number]:
                keep(image.layers[number], index)
    return _assemble(complete, merged, wanted)


def _load(layers: Sequence[Layer], load: Load | None, budget: Budget) -> list[LayerIndex | None]:
    found: list[LayerIndex | None] = []
    for layer in layers:
        index = load(layer) if load is not None else None
        if index is not None:
            if index.diff_id != layer.diff_id:
                index = None
            else:
                budget.take(sum(map(len, index.bodies.values())))
        found.append(index)
    return found


def _completed(
    layers: Sequence[Layer], indexes: Sequence[LayerIndex], merged: Merged, budget: Budget
) -> list[LayerIndex]:
    """The indexes with the bodies of files that are wanted through links only."""
    complete = list(indexes)
    missing: dict[int, set[int]] = {}
    for node in merged.targets:
        number, position = node.body >> 32, node.body & 0xFFFF_FFFF
        index = indexes[number]
        if position not in index.bodies and position not in index.unkept:
            missing.setdefault(number, set()).add(position)
    for number, positions in sorted(missing.items()):
        again = read_bodies(layers[number], frozenset(positions), budget=budget)
        complete[number] = replace(
            indexes[number],
            bodies={**indexes[number].bodies, **again.bodies},
            unkept={**indexes[number].unkept, **again.unkept},
        )
    return complete


def _assemble(
    indexes: Sequence[LayerIndex], merged: Merged, wanted: Wanted
) -> tuple[ImageTree, tuple[Problem, ...]]:
    bodies = {
        body_key(number, position): body
        for number, index in enumerate(indexes)
        for position, body in index.bodies.items()
    }
    unkept = {
        body_key(number, position): reason
        for number, index in enumerate(indexes)
        for position, reason in index.unkept.items()
    }
    problems = [problem for index in indexes for problem in index.problems]
    problems += merged.problems
    visible = {node.body for node in merged.targets}
    problems += [
        Problem("layers", node.entry.path, unkept[node.body])
        for node in sorted(merged.targets, key=lambda node: node.entry.path)
        if node.body in unkept
    ]
    tree = ImageTree(
        merged.files,
        [index.diff_id for index in indexes],
        {key: body for key, body in bodies.items() if key in visible},
        wanted=wanted,
        candidates=merged.candidates,
        facts={
            body_key(number, position): told
            for number, index in enumerate(indexes)
            for position, told in index.facts.items()
        },
        disk_size=sum(e.size for index in indexes for e in index.entries if e.kind == "file"),
    )
    return tree, tuple(problems)


def _parallel(
    layers: Sequence[Layer], read: Callable[[int, Layer], LayerIndex]
) -> list[LayerIndex]:
    """Read layers in two threads, the largest first; the error of the lowest layer is raised."""
    if len(layers) < 2:
        return [read(number, layer) for number, layer in enumerate(layers)]
    done: dict[int, LayerIndex] = {}
    failed: dict[int, BaseException] = {}
    todo = sorted(range(len(layers)), key=lambda number: layers[number].size)
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if not todo:
                    return
                number = todo.pop()
            try:
                done[number] = read(number, layers[number])
            except BaseException as error:  # noqa: BLE001 - carried to the caller's thread
                failed[number] = error

    second = threading.Thread(target=work, name="ironhull-layers", daemon=True)
    second.start()
    try:
        work()
    finally:
        with lock:
            todo.clear()
        second.join()
    if failed:
        raise failed[min(failed)]
    return [done[number] for number in range(len(layers))]
