"""The ar(5) container of a .deb: a magic line, then members behind 60-byte headers (deb(5))."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from ironhull.errors import RepositoryError, printable

__all__ = ["members"]

_MAGIC = b"!<arch>\n"
_HEADER = 60
_AGAIN = "fetch the package again"


class _Slice(io.RawIOBase):
    """The bytes of one member; the end of the member is the end of the file."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed: Buffer
        data = self._file.read(min(len(buffer), self._left))
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)


def members(file: BinaryIO, where: str) -> Iterator[tuple[str, BinaryIO]]:
    """Name and content of each member of a seekable archive, in order.

    A member's content is to be read before the next one is asked for. Raises RepositoryError naming
    `where` for anything that is not an ar archive or is cut short.
    """
    end = file.seek(0, io.SEEK_END)
    file.seek(0)
    if file.read(len(_MAGIC)) != _MAGIC:
        raise RepositoryError(f"{where}: not a .deb: it is no ar archive", _AGAIN)
    at = len(_MAGIC)
    while at < end:
        file.seek(at)
        name, size = _header(file.read(_HEADER), where)
        at += _HEADER
        if at + size > end:
            said = f"{printable(name)} should have {size} bytes"
            raise RepositoryError(f"{where}: cut short: {said}", _AGAIN)
        yield name, _Slice(file, size)  # type: ignore[misc]  # a RawIOBase reads like a BinaryIO
        at += size + size % 2


def _header(header: bytes, where: str) -> tuple[str, int]:
    if len(header) != _HEADER or header[58:60] != b"`\n":
        raise RepositoryError(f"{where}: not a .deb: a member has no header", _AGAIN)
    digits = header[48:58].rstrip(b" ")
    name = header[:16].rstrip(b" ").rstrip(b"/")
    if not digits.isdigit() or not name.isascii() or not name:
        raise RepositoryError(f"{where}: not a .deb: a member has no name or size", _AGAIN)
    return name.decode("ascii"), int(digits)
