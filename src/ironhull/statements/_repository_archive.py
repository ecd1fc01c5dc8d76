"""The archive a VEX repository comes in: the index and the documents it names, on disk.

VEX Repository Specification 0.1, section 3.2: tar with gzip, bzip2 or xz, or zip; told by the
bytes. Only regular files the index names are written, below one folder, each path checked: links
and everything else an archive can hold are left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from ironhull.errors import FormatError, ImageError
from ironhull.limits import LIMITS
from ironhull.model import Problem
from ironhull.statements._repository_format import Index, parse_index
from ironhull.values import dataclass

__all__ = ["INDEX", "unpack"]

INDEX = "index.json"
_CHUNK = 256 * 1024
_HINT = "the data of before stays in use"
_LZMA_MEMORY = 256 * 2**20  # bytes; xz -9 needs 65 MiB to unpack
_SHOWN = 5
_ZIP_REFUSALS = (NotImplementedError, RuntimeError)  # a compression or password it does not know


@dataclass(slots=True)
class _Room:
    """How many bytes may still be written."""

    left: int
    where: str

    def take(self, size: int) -> None:
        """Raises FormatError when there is no room for `size` more."""
        self.left -= size
        if self.left < 0:
            raise FormatError(
                f"{self.where}: unpacks to more than {LIMITS.vex_repository_bytes} bytes", _HINT
            )


def unpack(archive: Path, folder: str, dest: Path, where: str) -> Index:
    """Write the repository in `archive` below its `folder` to the empty directory `dest`.

    `where` names the archive. The index's `problems` hold what it names and the archive has not.
    Raises FormatError for an archive that is damaged, beyond LIMITS, of an unknown kind or without
    an index; OSError where `dest` cannot be written.
    """
    index = _read_index(archive, folder, where)
    wanted = {entry.location for entry in index.entries}
    room = _Room(LIMITS.vex_repository_bytes, where)
    written: set[str] = set()
    made: set[Path] = {dest}
    for path, size, body in _members(archive, where):
        name = _inside(path, folder)
        if name in written or (name != INDEX and name not in wanted):
            continue
        if size > LIMITS.vex_bytes and name != INDEX:
            continue  # named below among those that are not there
        room.take(size)
        target, data = dest / name, _taken(body, where)
        try:
            if target.parent not in made:
                target.parent.mkdir(parents=True, exist_ok=True)
                made.add(target.parent)
            target.write_bytes(data)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            raise FormatError(f"{where}: {name} is both a file and a folder", _HINT) from None
        written.add(name)
    missing = sorted(wanted - written)
    if not missing:
        return index
    more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
    message = (
        f"lists documents that are not there or too large: {', '.join(missing[:_SHOWN])}{more}"
    )
    return Index(
        index.updated_at,
        tuple(entry for entry in index.entries if entry.location in written),
        (*index.problems, Problem("vex", f"{where}: {INDEX}", message)),
    )


def _read_index(archive: Path, folder: str, where: str) -> Index:
    for path, size, body in _members(archive, where):
        if _inside(path, folder) == INDEX:
            if size > LIMITS.vex_repository_index_bytes:
                limit = LIMITS.vex_repository_index_bytes
                raise FormatError(f"{where}: {INDEX} is larger than {limit} bytes", _HINT)
            return parse_index(_taken(body, where), f"{where}: {INDEX}")
    inside = f"{folder}/{INDEX}" if folder else INDEX
    raise FormatError(f"{where}: no {inside} in it", "is it the archive of a VEX repository?")


def _inside(path: str, folder: str) -> str:
    """`path` relative to `folder`, "" for what is not in it."""
    path = path.removeprefix("./").lstrip("/")
    if not folder:
        return path
    return path[len(folder) + 1 :] if path.startswith(f"{folder}/") else ""


def _taken(body: Callable[[], bytes], where: str) -> bytes:
    """What a reader gives; raises FormatError for damage, as the steps between do."""
    import zlib
    from zipfile import BadZipFile

    try:
        return body()
    except (ImageError, EOFError, ValueError, BadZipFile, zlib.error, *_ZIP_REFUSALS) as trouble:
        raise _damaged(where, trouble) from trouble


_Member = tuple[str, int, Callable[[], bytes]]


def _members(archive: Path, where: str) -> Iterator[_Member]:
    """(path, size, reader) of the regular files; a reader works until the next step."""
    with archive.open("rb") as file:
        head = file.read(6)
        file.seek(0)
        try:
            if head.startswith(b"PK"):
                yield from _zipped(file, where)
            else:
                yield from _walked(_plain(file, head, where), where)
        except (ImageError, EOFError, ValueError) as trouble:
            raise FormatError(f"{where}: not a whole archive: {trouble}", _HINT) from trouble


def _walked(stream: BinaryIO, where: str) -> Iterator[_Member]:
    from ironhull.oci.layers import walk

    for number, (entry, body) in enumerate(walk(stream, where)):
        _count(number, where)
        if entry.kind == "file":
            yield entry.path, entry.size, body


def _count(number: int, where: str) -> None:
    if number > LIMITS.vex_repository_entries:
        raise FormatError(
            f"{where}: more than {LIMITS.vex_repository_entries} files in the archive", _HINT
        )


def _plain(file: IO[bytes], head: bytes, where: str) -> BinaryIO:
    """A stream that `oci.layers.walk` can read: it knows gzip and zstd itself."""
    if head.startswith(b"BZh"):
        import bz2

        return cast(BinaryIO, _Inflating(file, bz2.BZ2Decompressor, where))
    if head.startswith(b"\xfd7zXZ\x00"):
        import lzma

        def opened() -> Any:
            return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_LZMA_MEMORY)

        return cast(BinaryIO, _Inflating(file, opened, where))
    return cast(BinaryIO, file)


class _Inflating:
    """The plain bytes behind a decompressor of bz2 or lzma, several streams in a row too."""

    def __init__(self, file: IO[bytes], make: Callable[[], Any], where: str) -> None:
        self._file = file
        self._make = make
        self._where = where
        self._inner = make()
        self._rest = b""
        self._begun = False

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; b"" at the end. Raises FormatError for damage."""
        wanted = _CHUNK if size < 0 else max(size, 1)
        try:
            return self._some(wanted)
        except (OSError, EOFError, ValueError, ArithmeticError) as trouble:
            raise _damaged(self._where, trouble) from trouble
        except Exception as trouble:
            if type(trouble).__name__ == "LZMAError":  # without importing lzma for gzip's readers
                raise _damaged(self._where, trouble) from trouble
            raise

    def _some(self, wanted: int) -> bytes:
        while True:
            if self._inner.eof:
                rest = self._inner.unused_data or self._file.read(_CHUNK)
                if not rest.strip(b"\0"):
                    return b""
                self._inner, self._rest, self._begun = self._make(), rest, True
            needs = self._inner.needs_input
            data = self._rest or (self._file.read(_CHUNK) if needs else b"")
            self._rest = b""
            if needs and not data:
                raise EOFError("cut short")
            if found := self._inner.decompress(data, wanted):
                return bytes(found)


def _damaged(where: str, trouble: Exception) -> FormatError:
    return FormatError(f"{where}: not a whole archive: {trouble}", _HINT)


def _zipped(file: IO[bytes], where: str) -> Iterator[_Member]:
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(file) as archive:
            for number, info in enumerate(archive.infolist()):
                _count(number, where)
                kind = info.external_attr >> 16 & 0o170000
                if info.is_dir() or kind not in (0, 0o100000):
                    continue
                yield info.filename, info.file_size, _zip_reader(archive, info)
    except (zipfile.BadZipFile, zlib.error, *_ZIP_REFUSALS) as trouble:
        raise _damaged(where, trouble) from trouble


def _zip_reader(archive: Any, info: Any) -> Callable[[], bytes]:
    def read() -> bytes:
        with archive.open(info) as member:
            data = bytes(member.read(info.file_size + 1))
        if len(data) > info.file_size:
            raise ValueError(f"{info.filename} is longer than it says")
        return data

    return read
