"""Walking a directory tree by descriptors: no link is followed, nothing but files is opened."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Descent", "open_file"]

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_KEPT = 32  # descriptors of parents kept open


class Descent:
    """Opens the directories below a root, each from its nearest parent still open.

    A context manager. Links are refused (OSError) also where one has just replaced a directory.
    """

    def __init__(self, root: Path) -> None:
        self._root = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._open: list[tuple[str, int]] = []

    def __enter__(self) -> Descent:
        return self

    def __exit__(self, *_: object) -> None:
        while self._open:
            os.close(self._open.pop()[1])
        os.close(self._root)

    def to(self, path: str) -> int:
        """The descriptor of the directory `path`, good until the next call; OSError."""
        kept = self._open
        while kept and not (path == kept[-1][0] or path.startswith(kept[-1][0] + "/")):
            os.close(kept.pop()[1])
        above, here = kept[-1] if kept else ("", self._root)
        rest = path[len(above) :].strip("/")
        passing = -1
        for part in rest.split("/") if rest else ():
            below = os.open(part, _DIRECTORY, dir_fd=here)
            if passing >= 0:
                os.close(passing)
            passing = here = below
            above = f"{above}/{part}" if above else part
        if passing >= 0:
            if len(kept) >= _KEPT:
                os.close(kept.pop()[1])
            kept.append((above, passing))
        return here


@contextmanager
def open_file(name: str, directory: int) -> Iterator[tuple[int, int]]:
    """The descriptor and size of the regular file `name`; OSError for anything else."""
    descriptor = os.open(name, _FILE, dir_fd=directory)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError("not a regular file")
        yield descriptor, status.st_size
    finally:
        os.close(descriptor)
