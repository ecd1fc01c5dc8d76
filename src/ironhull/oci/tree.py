"""The file tree of an image: layers merged, whiteouts applied, links followed inside the root."""

from __future__ import annotations

from ironhull.limits import LIMITS
from ironhull.model import File, Image, Problem
from ironhull.oci._filesystem import Node
from ironhull.oci._finding import Finder
from ironhull.oci._merge import Merged, Merging, body_key, hidden_layers
from ironhull.oci._reading import Keep, Load, Reading
from ironhull.oci.layers import Entry, LayerIndex
from ironhull.oci.patterns import Wanted
from ironhull.oci.probes import Probe
from ironhull.values import dataclass

TYPE_CHECKING = False  # `typing` is a third of a start; checkers know the name
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ironhull.oci.directory import DirectoryTree

__all__ = [
    "ImageTree",
    "Keep",
    "Load",
    "Stage",
    "pass_key",
    "read_stages",
    "read_tree",
]

_ENGINE = "2"  # changes when the same layer would give another LayerIndex


class ImageTree:
    """The visible files of an image (`model.Tree`), with the content of those that were wanted.

    `disk_size` is the unpacked size in bytes of the regular files of all layers, hidden ones too.
    """

    def __init__(self, merged: Merged, indexes: Sequence[LayerIndex]) -> None:
        self._files = merged.files
        self._diff_ids = tuple(index.diff_id for index in indexes)
        self._finder = Finder(merged.files, merged.wanted, merged.candidates)
        visible = {node.body for node in merged.targets}
        self._bodies = {
            key: body
            for number, index in enumerate(indexes)
            for position, body in index.bodies.items()
            if (key := body_key(number, position)) in visible
        }
        self._facts: Mapping[int, Mapping[str, bytes]] = {
            body_key(number, position): told
            for number, index in enumerate(indexes)
            for position, told in index.facts.items()
        }
        self._probed: list[Node] | None = None
        self.disk_size = sum(sum([entry[5] for entry in index.entries]) for index in indexes)

    def glob(self, pattern: str) -> Iterator[File]:
        """Visible regular files whose path matches, sorted by path; see `patterns` for the syntax.

        Patterns the tree was read with are answered from the wanted files alone.
        """
        return map(self._file, self._finder.glob(pattern))

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
        """Every visible path, in no order that means anything."""
        return self._files.paths()

    def probed(self, probe: str) -> Iterator[File]:
        """Visible regular files that gave facts to the probe of that name, sorted by path."""
        if self._probed is None:
            nodes = self._files.with_bodies(self._facts.keys())
            self._probed = sorted(nodes, key=lambda node: node.entry.path)
        for node in self._probed:
            if probe in self._facts[node.body]:
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


def pass_key(patterns: Iterable[str], probes: Iterable[Probe] = ()) -> str:
    """What the content of a LayerIndex depends on besides its layer, as a digest for cache keys."""
    import hashlib

    asked = (
        _ENGINE,
        Wanted.of(patterns).patterns,
        sorted((p.name, p.version, sorted(p.patterns), p.executables, p.attribute) for p in probes),
        LIMITS,
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
    read a second time, for just those files. The result does not depend on the order in which
    processes or threads read layers. An image of origin "fs" gives a DirectoryTree. Raises
    ImageError, and StoreError where large files cannot be spooled to the disk.

    `load` is asked before a layer is opened, `keep` given each index that was read or got more
    bodies; both are called in the caller's thread and are about `pass_key(patterns, probes)`.
    """
    if image.origin == "fs":
        directory = _directory(image, patterns, probes)
        return directory, directory.problems
    return _tree(Reading(image, Wanted.of(patterns), probes, load, keep))


def _directory(image: Image, patterns: Iterable[str], probes: Sequence[Probe]) -> DirectoryTree:
    from pathlib import Path

    from ironhull.oci.directory import DirectoryTree

    return DirectoryTree(Path(image.root), patterns, probes)


@dataclass(frozen=True, slots=True)
class Stage:
    """The tree of the layers below the one with the diff_id `until`, which hides files of it."""

    until: str
    tree: ImageTree


def read_stages(
    image: Image,
    patterns: Iterable[str],
    probes: Sequence[Probe] = (),
    *,
    load: Load | None = None,
    keep: Keep | None = None,
) -> tuple[ImageTree | DirectoryTree, tuple[Problem, ...], Iterator[Stage]]:
    """As `read_tree`, and the trees of lower layers that hold what later ones hide.

    There is a stage before each layer that removes or replaces a file that was asked for or told
    something, lowest first; what is in one and in no later one was removed by its `until`. A
    stage is good until the next is asked for. Layers are not read again. Beyond LIMITS.stages the
    lowest are left out, which is a Problem.
    """
    if image.origin == "fs":
        directory = _directory(image, patterns, probes)
        return directory, directory.problems, iter(())
    reading = Reading(image, Wanted.of(patterns), probes, load, keep)
    tree, problems = _tree(reading)
    hiding = hidden_layers(reading.indexes, reading.wanted)
    if len(hiding) > LIMITS.stages:
        message = (
            f"{len(hiding)} layers remove or replace files that are read;"
            f" only what the last {LIMITS.stages} of them remove is listed"
        )
        problems = (*problems, Problem("layers", image.name, message))
        hiding = hiding[-LIMITS.stages :]
    return tree, problems, _stages(reading, hiding)


def _stages(reading: Reading, hiding: Sequence[int]) -> Iterator[Stage]:
    merging = Merging(reading.indexes, reading.wanted)
    below = 0
    for number in hiding:
        for _ in range(number - below):
            merging.add()
        below = number
        merged = merging.merged()
        reading.complete(merged)
        yield Stage(reading.layers[number].diff_id, ImageTree(merged, reading.indexes[:number]))


def _tree(reading: Reading) -> tuple[ImageTree, tuple[Problem, ...]]:
    merging = Merging(reading.indexes, reading.wanted)
    for _ in reading.indexes:
        merging.add()
    merged = merging.merged()
    reading.complete(merged)
    indexes = reading.indexes
    problems = [problem for index in indexes for problem in index.problems]
    problems += merged.problems
    reasons = {
        node.entry.path: reason
        for node in (*merged.troubled, *merged.targets)
        if (reason := indexes[node.body >> 32].unkept.get(node.body & 0xFFFF_FFFF))
    }
    problems += [Problem("layers", path, reason) for path, reason in sorted(reasons.items())]
    return ImageTree(merged, indexes), tuple(problems)
