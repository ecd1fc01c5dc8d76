"""Packages files unpacked, never beyond the size they are said to have."""

from __future__ import annotations

import lzma
import zlib
from pathlib import Path

from ironhull.errors import RepositoryError

__all__ = ["unpack"]

_CHUNK = 1024 * 1024


def unpack(path: Path, suffix: str, bound: int, where: str) -> bytes:
    """The bytes in `path` (suffix ".xz", ".gz" or ""); more than `bound` is an error."""
    try:
        data = _READ[suffix](path, bound)
    except (lzma.LZMAError, zlib.error, EOFError) as trouble:
        raise RepositoryError(f"{where}: damaged: {trouble}") from trouble
    if len(data) > bound:
        raise RepositoryError(f"{where}: unpacks to more than the {bound} bytes it should have")
    return data


def _plain(path: Path, bound: int) -> bytes:
    with path.open("rb") as file:
        return file.read(bound + 1)


def _xz(path: Path, bound: int) -> bytes:
    with lzma.open(path) as file:
        return file.read(bound + 1)


def _gz(path: Path, bound: int) -> bytes:
    machine = zlib.decompressobj(31)
    data = machine.decompress(path.read_bytes(), bound + 1)
    if not machine.eof and len(data) <= bound:
        raise EOFError("the end is missing")
    return data


_READ = {"": _plain, ".xz": _xz, ".gz": _gz}
