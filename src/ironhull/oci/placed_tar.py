"""A tar file whose members have their places before they are written, so that threads can share it.

(POSIX.1-1988, ustar.) Every byte of a place that is given must be written in the end.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import BinaryIO

from ironhull.errors import ImageError
from ironhull.oci import _ustar
from ironhull.oci.blobs import Part
from ironhull.oci.storage import storage_error

__all__ = ["PlacedTar"]


class PlacedTar:
    """Writes members, regular files of mode 0644 and time 0, into the seekable, empty `file`."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self._end = 0

    def place(self, path: str, size: int) -> Part:
        """The place of a member's content behind all others that have one; not for threads."""
        start = self._end + len(_head(path, size))
        self._end = start + size + len(_ustar.padding(size))
        return Part(start, size)

    def write(self, path: str, part: Part, pieces: Iterable[bytes]) -> None:
        """Write a member at its place; raises ImageError where `pieces` are not of its size.

        Raises StoreError. What failed can be written again.
        """
        head = _head(path, part.size)
        at = self._put(head, part.offset - len(head))
        end = part.offset + part.size
        for piece in pieces:
            if at + len(piece) > end:
                raise ImageError(f"{path}: larger than the {part.size} bytes it has to be")
            at = self._put(piece, at)
        if at != end:
            raise ImageError(f"{path}: ends before its {part.size} bytes")
        self._put(_ustar.padding(part.size), at)

    def add(self, path: str, data: bytes) -> None:
        """Write a member behind all others."""
        self.write(path, self.place(path, len(data)), (data,))

    def finish(self) -> None:
        """Write the end of the archive."""
        self._put(_ustar.END, self._end)

    def _put(self, data: bytes, at: int) -> int:
        view = memoryview(data)
        while view:
            try:
                count = os.pwrite(self.file.fileno(), view, at)
            except OSError as trouble:
                raise storage_error(trouble, "cannot write the archive") from trouble
            at, view = at + count, view[count:]
        return at


def _head(path: str, size: int) -> bytes:
    return _ustar.header(path.encode(), b"0", mode=0o644, owner=(0, 0), size=size)
