"""Looking for files by pattern, the same for trees of layers and of directories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ironhull.oci._filesystem import FileSystem, Node
from ironhull.oci._paths import Paths
from ironhull.oci.patterns import Wanted, is_literal

__all__ = ["Finder"]


class Finder:
    """Finds visible regular files; patterns of `wanted` are answered from `candidates` alone."""

    def __init__(self, files: FileSystem, wanted: Wanted, candidates: Iterable[str]) -> None:
        self._files = files
        self._asked = frozenset(wanted.patterns)
        self._candidates = Paths(candidates)
        self._all: Paths | None = None

    def glob(self, pattern: str) -> Iterator[Node]:
        """The files whose path matches, sorted by path."""
        if is_literal(pattern):
            node = self._files.node(pattern)
            if node is not None and node.entry.kind == "file":
                yield node
            return
        for path in self._paths(pattern).matching(pattern):
            node = self._files.node(path)
            if node is not None and node.entry.kind == "file":
                yield node

    def _paths(self, pattern: str) -> Paths:
        if pattern in self._asked:
            return self._candidates
        if self._all is None:
            self._all = Paths(self._files.paths())
        return self._all
