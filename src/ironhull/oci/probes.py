"""Probes: looking into large files while their layer goes by, keeping only what they tell.

A Go program of 100 MB tells a few kilobytes, a jar its coordinates. A probe gets such a file as a
`Body`, returns the bytes worth keeping ("facts", its own format), and the body is gone; facts are
cached with the layer and read with `Tree.facts`.
"""

from __future__ import annotations

from ironhull.values import dataclass

TYPE_CHECKING = False  # `typing` is a third of a start; checkers know the name
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO, Protocol
else:
    Protocol = object

__all__ = ["HEAD", "Body", "Probe"]

HEAD = 512
"""Bytes by which a probe may tell whether a file suits it."""


class Body(Protocol):
    """The content of one file, readable in any order as long as its probe runs."""

    @property
    def size(self) -> int:
        """Bytes."""

    def read(self, offset: int, count: int, /) -> bytes:
        """Up to `count` bytes from `offset`; fewer only at the end of the file."""

    def find(self, what: bytes, start: int = 0, /) -> int:
        """The first offset of `what` at or behind `start`; -1 where there is none."""

    def open(self) -> BinaryIO:
        """The whole as a seekable binary file (zipfile, sqlite), positioned at its beginning."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Which files a probe looks into, and how.

    It is called for regular files that match one of `patterns` and, if `executables`, for every one
    with an execute bit that begins with the ELF magic. With `attribute` it gets the value of the
    extended attribute of that name in place of the content, of files with an execute bit that have
    it. `suits(path, head)`, where it is given, is asked before with the first HEAD bytes of the
    content (fewer: all there are). `extract(path, body)` returns the facts, b"" where there are
    none; it may raise anything, which costs a Problem for that file.
    `version` changes whenever `extract` would answer differently; it is part of cache keys.
    """

    name: str
    version: str
    extract: Callable[[str, Body], bytes]
    patterns: tuple[str, ...] = ()
    executables: bool = False
    attribute: str = ""
    suits: Callable[[str, bytes], bool] | None = None
