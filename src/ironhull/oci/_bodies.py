"""Bodies of files that probes look into: in memory, or in a file where they lie or were spooled to.

A body of more than `IN_MEMORY` bytes is never held in memory as a whole.
"""

from __future__ import annotations

import io
import os

from ironhull.oci.storage import storage_error

TYPE_CHECKING = False  # `typing` is a third of a start; checkers know the name
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import IO, BinaryIO, Self

__all__ = ["IN_MEMORY", "FileBody", "MemoryBody", "Spool"]

IN_MEMORY = 8 * 1024 * 1024  # bytes
_CHUNK = 512 * 1024


class MemoryBody:
    """A `probes.Body` over the bytes of `data` from `start` to `end`."""

    def __init__(self, data: bytes, start: int = 0, end: int | None = None) -> None:
        self._data = data
        self._start = start
        self._end = len(data) if end is None else end

    @property
    def size(self) -> int:
        """Bytes."""
        return self._end - self._start

    def read(self, offset: int, count: int, /) -> bytes:
        """Up to `count` bytes from `offset`."""
        at = self._start + offset
        return self._data[at : min(at + count, self._end)]

    def find(self, what: bytes, start: int = 0, /) -> int:
        """The first offset of `what` at or behind `start`, or -1."""
        found = self._data.find(what, self._start + start, self._end)
        return found if found < 0 else found - self._start

    def open(self) -> BinaryIO:
        """The whole as a seekable file."""
        return io.BytesIO(self._data[self._start : self._end])


class FileBody:
    """A `probes.Body` over `size` bytes of an open file from `start` on, read by position."""

    def __init__(self, descriptor: int, start: int, size: int) -> None:
        self._descriptor = descriptor
        self._start = start
        self._size = size

    @property
    def size(self) -> int:
        """Bytes."""
        return self._size

    def read(self, offset: int, count: int, /) -> bytes:
        """Up to `count` bytes from `offset`."""
        left = min(count, self._size - offset)
        data = os.pread(self._descriptor, max(left, 0), self._start + offset)
        while len(data) < left:
            more = os.pread(self._descriptor, left - len(data), self._start + offset + len(data))
            if not more:
                raise OSError("the file became shorter while it was read")
            data += more
        return data

    def find(self, what: bytes, start: int = 0, /) -> int:
        """The first offset of `what` at or behind `start`, or -1."""
        overlap = max(len(what) - 1, 0)
        while start + len(what) <= self._size:
            piece = self.read(start, _CHUNK + overlap)
            found = piece.find(what)
            if found >= 0:
                return start + found
            start += _CHUNK
        return -1

    def open(self) -> BinaryIO:
        """The whole as a seekable file."""
        return io.BufferedReader(_Window(self), 64 * 1024)


class _Window(io.RawIOBase):
    """The raw file behind `FileBody.open`."""

    def __init__(self, body: FileBody) -> None:
        self._body = body
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # what io gives
        data = self._body.read(self._at, len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._body.size}[whence]
        if base + offset < 0:
            raise OSError("negative seek position")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at


class Spool:
    """A file without a name for one large body after the other; a context manager.

    It is used again and not emptied: taking pages anew costs more than writing them.
    """

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def take(self, pieces: Iterable[bytes | memoryview], what: str) -> FileBody:
        """Write `pieces`; the body is good until the next is taken. Raises StoreError."""
        if self._file is None:
            self._file = _unnamed(what)
        descriptor = self._file.fileno()
        os.lseek(descriptor, 0, os.SEEK_SET)
        size = 0
        for piece in pieces:
            _write(descriptor, piece, what)
            size += len(piece)
        return FileBody(descriptor, 0, size)


def _unnamed(what: str) -> IO[bytes]:
    import tempfile

    try:
        return tempfile.TemporaryFile(buffering=0)
    except OSError as error:
        raise storage_error(error, f"cannot unpack {what} to {tempfile.gettempdir()}") from error


def _write(descriptor: int, piece: bytes | memoryview, what: str) -> None:
    view = memoryview(piece)
    try:
        while view:
            view = view[os.write(descriptor, view) :]
    except OSError as error:
        import tempfile

        raise storage_error(error, f"cannot unpack {what} to {tempfile.gettempdir()}") from error
