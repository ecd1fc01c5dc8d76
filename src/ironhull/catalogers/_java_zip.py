"""ZIP files as jars are: the directory read once, members read alone, everything bounded.

Source: PKWARE APPNOTE.TXT 6.3: 4.3.7 local header, 4.3.12 central directory header, 4.3.14 and
4.3.15 ZIP64, 4.3.16 end of central directory. What stands before the archive (the start script of
an executable jar) is skipped.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import Protocol

from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.values import dataclass

__all__ = ["Bytes", "Damaged", "Member", "Source", "Wanted", "Window", "Zip", "read_zip"]

_END = b"PK\5\6"
_END_64 = b"PK\6\6"
_LOCATOR_64 = b"PK\6\7"
_CENTRAL, _LOCAL = 0x02014B50, b"PK\3\4"
_COMMENT = 0xFFFF
_SIZES = struct.Struct("<I24xHHH")  # signature; lengths of name, extra field and comment
_FIELDS = struct.Struct("<8xHH4xIII14xI")  # flags, method, CRC-32, sizes; offset
_ALL_32 = 0xFFFF_FFFF
_STORED, _DEFLATED = 0, 8
_ENCRYPTED = 1


class Damaged(ImageError):  # noqa: N818 - says what a file is; never leaves the reading of one jar
    """A ZIP file or a member of one that cannot be read; says why."""


class Source(Protocol):
    """Bytes at places; `oci.probes.Body` is one."""

    @property
    def size(self) -> int:
        """Bytes."""

    def read(self, offset: int, count: int, /) -> bytes:
        """Up to `count` bytes from `offset`."""


class Bytes:
    """A `Source` in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read(self, offset: int, count: int, /) -> bytes:
        """Up to `count` bytes from `offset`."""
        return self._data[offset : offset + count]


class Window:
    """A part of another `Source`: a member that is stored as it is."""

    def __init__(self, source: Source, start: int, size: int) -> None:
        self._source, self._start, self.size = source, start, size

    def read(self, offset: int, count: int, /) -> bytes:
        """Up to `count` bytes from `offset`."""
        count = min(count, self.size - offset)
        return self._source.read(self._start + offset, count) if count > 0 else b""


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of the directory; `packed`, `size` in bytes, `offset` from the archive's start."""

    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int


@dataclass(frozen=True, slots=True)
class Zip:
    """A ZIP file: its wanted members, the number of entries, what is wrong with the rest."""

    source: Source
    start: int  # where the archive begins in `source`
    members: tuple[Member, ...]
    entries: int
    trouble: str = ""

    def window(self, member: Member) -> Source:
        """The bytes of a member as stored. Raises Damaged."""
        head = self.source.read(self.start + member.offset, 30)
        if len(head) < 30 or head[:4] != _LOCAL:
            raise Damaged("its place holds something else")
        names, extra = struct.unpack_from("<HH", head, 26)
        at = self.start + member.offset + 30 + names + extra
        if at + member.packed > self.source.size:
            raise Damaged("it is cut off")
        return Window(self.source, at, member.packed)

    def read(self, member: Member, limit: int) -> bytes:
        """A member of at most `limit` bytes, its checksum verified. Raises Damaged."""
        if member.flags & _ENCRYPTED:
            raise Damaged("it is encrypted")
        packed = self.window(member)
        if min(member.size, packed.size) > limit:
            raise Damaged(f"it has more than {limit} bytes")
        if member.method == _STORED:
            data = packed.read(0, packed.size)
        elif member.method == _DEFLATED:
            data = _inflate(packed, limit)
        else:
            raise Damaged(f"it is compressed by method {member.method}, which jars do not use")
        if zlib.crc32(data) != member.crc:
            raise Damaged("its checksum is wrong")
        return data

    def is_plain(self, member: Member) -> bool:
        """Whether a member can be read in place."""
        return member.method == _STORED and not member.flags & _ENCRYPTED


def _inflate(packed: Source, limit: int) -> bytes:
    from isal import isal_zlib

    inflate = isal_zlib.decompressobj(wbits=-15)
    try:
        data: bytes = inflate.decompress(packed.read(0, packed.size), limit + 1)
    except isal_zlib.error as trouble:  # type: ignore[misc]  # its stubs say it is an instance
        raise Damaged(f"it cannot be inflated ({trouble})") from None
    if len(data) > limit:
        raise Damaged(f"it has more than {limit} bytes")
    if not inflate.eof:
        raise Damaged("it is cut off")
    return data


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which members matter: `tails` are the last four bytes of their names, `chosen` decides."""

    tails: frozenset[bytes]
    chosen: Callable[[bytes], bool]


def read_zip(source: Source, wanted: Wanted) -> Zip:
    """The ZIP file `source` is, with the members whose name is `wanted`. Raises Damaged."""
    end, count, size, offset = _find_end(source)
    if size > LIMITS.jar_directory_bytes:
        raise Damaged(f"its directory has more than {LIMITS.jar_directory_bytes} bytes")
    start = end - size - offset
    directory = source.read(end - size, size) if end >= size else b""
    if start < 0 or (count and directory[:4] != _CENTRAL.to_bytes(4, "little")):
        directory, start = source.read(offset, size), 0  # something stands behind the directory
    if count and directory[:4] != _CENTRAL.to_bytes(4, "little"):
        raise Damaged("it has no directory where its end says")
    return _walk(source, start, directory, wanted)


def _find_end(source: Source) -> tuple[int, int, int, int]:
    """Where the directory ends, how many entries it has, its size and its offset."""
    tail_at = max(0, source.size - 22 - _COMMENT)
    tail = source.read(max(tail_at, source.size - 22), 22)
    at = 0
    if tail[:4] != _END or tail[20:] != b"\0\0":
        tail = source.read(tail_at, source.size - tail_at)
        at = tail.rfind(_END, 0, max(0, len(tail) - 18))
        if at < 0:
            raise Damaged("it is no ZIP file, or cut off")
    else:
        tail_at = source.size - 22
    end = tail_at + at
    count, size, offset = struct.unpack_from("<HII", tail, at + 10)
    if _ALL_32 in (size, offset) or count == 0xFFFF:
        locator = source.read(end - 20, 20) if end >= 20 else b""
        if locator[:4] == _LOCATOR_64:
            return _find_end_64(source, end - 20, locator)
    return end, count, size, offset


def _find_end_64(source: Source, behind: int, locator: bytes) -> tuple[int, int, int, int]:
    (said,) = struct.unpack_from("<Q", locator, 8)
    for at in (said, behind - 56):  # where it says, or just before if something was prepended
        record = source.read(at, 56) if 0 <= at <= source.size else b""
        if len(record) == 56 and record[:4] == _END_64:
            count, size, offset = struct.unpack_from("<QQQ", record, 32)
            return at, count, size, offset
    raise Damaged("its ZIP64 directory is not where it says")


def _walk(source: Source, start: int, directory: bytes, wanted: Wanted) -> Zip:
    found: list[Member] = []
    unpack, length, tails, limit = (
        _SIZES.unpack_from,
        len(directory),
        wanted.tails,
        LIMITS.jar_entries,
    )
    at = entries = 0
    trouble = ""
    while at < length:
        if at + 46 > length:
            trouble = f"its directory is cut off behind {entries} entries; the rest was not read"
            break
        mark, names, extra, comment = unpack(directory, at)
        if mark != _CENTRAL or entries >= limit:
            trouble = f"its directory is damaged behind {entries} entries; the rest was not read"
            break
        end = at + 46 + names
        if directory[end - 4 : end] in tails and wanted.chosen(directory[at + 46 : end]):
            found.append(_member(directory, at, directory[at + 46 : end], end + extra))
        at = end + extra + comment
        entries += 1
    return Zip(source, start, tuple(found), entries, trouble)


def _member(directory: bytes, at: int, name: bytes, end: int) -> Member:
    flags, method, crc, packed, size, offset = _FIELDS.unpack_from(directory, at)
    if _ALL_32 in (packed, size, offset):
        size, packed, offset = _wide(directory[at + 46 + len(name) : end], size, packed, offset)
    return Member(name.decode("utf-8", "replace"), flags, method, crc, packed, size, offset)


def _wide(extra: bytes, *fields: int) -> tuple[int, int, int]:
    """Size, packed size and offset, those of 32 bits of ones taken from the ZIP64 extra field."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            values = iter(
                struct.unpack_from(f"<{min(length, len(extra) - at - 4) // 8}Q", extra, at + 4)
            )
            size, packed, offset = (next(values, 0) if f == _ALL_32 else f for f in fields)
            return size, packed, offset
        at += 4 + length
    size, packed, offset = fields
    return size, packed, offset
