"""rpmdb.sqlite, the package database of rpm since 4.16, and the write-ahead log beside it.

Source: "Database File Format" of SQLite (https://www.sqlite.org/fileformat2.html), sections 1.3
(header), 1.6 (b-tree pages, cells, overflow), 2.1 (records), 2.6 (schema table), 4 (log). Only the
pages of the table Packages are read; SQLite itself would want the whole file and, in WAL mode, to
write beside it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from zlib import crc32

from ironhull.limits import LIMITS
from ironhull.oci.probes import Body
from ironhull.values import dataclass, field

__all__ = ["MAGIC", "WAL_MAGICS", "headers", "log_pages"]

MAGIC = b"SQLite format 3\0"
WAL_MAGICS = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")

_TABLE = b"Packages"
_INTERIOR, _LEAF = 0x05, 0x0D
_WIDTHS = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)  # of serial types 0 to 11
_SIZES = frozenset(1 << n for n in range(9, 17))


@dataclass(slots=True)
class _Database:
    body: Body
    page_size: int
    usable: int
    trouble: Callable[[str], None]
    sums: dict[int, int] = field(default_factory=dict)

    def page(self, number: int) -> bytes:
        data = self.body.read((number - 1) * self.page_size, self.page_size)
        if number < 1 or len(data) < self.page_size:
            raise ValueError(f"page {number} is missing")
        return data


def headers(body: Body, trouble: Callable[[str], None], sums: dict[int, int]) -> Iterator[bytes]:
    """The header of every package, by package number; damage is told to `trouble`.

    `sums` gets the CRC-32 of every b-tree page of the table by its number. ValueError where the
    file is no such database.
    """
    head = body.read(0, 100)
    if len(head) < 100:
        raise ValueError("cut short")
    (page_size,) = struct.unpack_from(">H", head, 16)
    page_size = 65536 if page_size == 1 else page_size
    usable = page_size - head[20]
    if page_size not in _SIZES or usable < 480:
        raise ValueError(f"an SQLite file with pages of {page_size} bytes")
    (pages,) = struct.unpack_from(">I", head, 28)
    if pages * page_size > body.size:
        trouble(f"is cut short: {body.size // page_size} of {pages} pages")
    database = _Database(body, page_size, usable, trouble)
    root = _root_of(database, _TABLE)
    database.sums = sums
    for record in _records(database, root):
        values = _columns(record)
        if len(values) > 1 and isinstance(values[1], bytes):
            yield values[1]
        else:
            trouble("a row without a package header: not listed")


def _root_of(database: _Database, table: bytes) -> int:
    for record in _records(database, 1):
        values = _columns(record)
        if len(values) >= 4 and values[:2] == [b"table", table]:
            root = values[3]
            if isinstance(root, int) and root > 0:
                return root
    raise ValueError(f"has no table {table.decode()}: it is no package database")


def _records(database: _Database, root: int) -> Iterator[bytes]:
    """The records of a table, in the order of their numbers."""
    seen = {root}
    todo = [root]
    while todo:
        number = todo.pop()
        try:
            page = database.page(number)
            children, cells = _cells(page, 100 if number == 1 else 0)
            database.sums[number] = crc32(page)
        except (ValueError, struct.error) as error:
            database.trouble(f"page {number} is damaged ({error}): its packages are not listed")
            continue
        for child in reversed(children):
            if child in seen:
                database.trouble(f"page {child} is used twice: read once")
            else:
                seen.add(child)
                todo.append(child)
        for cell in cells:
            try:
                yield _payload(database, page, cell)
            except (ValueError, IndexError, struct.error) as error:
                database.trouble(f"page {number}: {error}: a package is not listed")


def _cells(page: bytes, start: int) -> tuple[list[int], tuple[int, ...]]:
    """Pages below an interior page, or where the cells of a leaf begin."""
    kind = page[start]
    (count,) = struct.unpack_from(">H", page, start + 3)
    if kind == _LEAF:
        return [], struct.unpack_from(f">{count}H", page, start + 8)
    if kind != _INTERIOR:
        raise ValueError(f"its type is {kind}")
    pointers = struct.unpack_from(f">{count}H", page, start + 12)
    children = [struct.unpack_from(">I", page, at)[0] for at in pointers]
    return [*children, struct.unpack_from(">I", page, start + 8)[0]], ()


def _payload(database: _Database, page: bytes, at: int) -> bytes:
    length, at = _varint(page, at)
    _, at = _varint(page, at)
    if length > min(LIMITS.rpm_header_bytes, database.body.size):
        raise ValueError(f"a record says it has {length} bytes")
    usable = database.usable
    if length <= usable - 35:
        local = length
    else:
        least = (usable - 12) * 32 // 255 - 23
        local = least + (length - least) % (usable - 4)
        local = local if local <= usable - 35 else least
    pieces = [page[at : at + local]]
    if len(pieces[0]) < local:
        raise ValueError("a record lies outside of its page")
    left = length - local
    following = struct.unpack_from(">I", page, at + local)[0] if left else 0
    while left:
        data = database.page(following)
        pieces.append(data[4 : 4 + min(left, usable - 4)])
        left -= len(pieces[-1])
        (following,) = struct.unpack_from(">I", data)
    return b"".join(pieces)


def _columns(record: bytes) -> list[bytes | int | None]:
    """The values of a record; texts and blobs as bytes, a float as None."""
    try:
        return _read_columns(record)
    except (ValueError, IndexError):
        return []


def _read_columns(record: bytes) -> list[bytes | int | None]:
    end, at = _varint(record, 0)
    if end > len(record):
        raise ValueError("a record is cut short")
    kinds = []
    while at < end:
        kind, at = _varint(record, at)
        kinds.append(kind)
    values: list[bytes | int | None] = []
    for kind in kinds:
        width = (kind - 12) // 2 if kind >= 12 else _WIDTHS[kind]
        raw = record[end : end + width]
        if len(raw) < width:
            raise ValueError("a record is cut short")
        end += width
        if kind >= 12:
            values.append(raw)
        elif kind in (8, 9):
            values.append(kind - 8)
        else:
            values.append(int.from_bytes(raw, "big", signed=True) if 0 < kind < 7 else None)
    return values


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for position in range(at, at + 8):
        byte = data[position]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, position + 1
    return value << 8 | data[at + 8], at + 9


def log_pages(body: Body) -> dict[int, int]:
    """The CRC-32 of every page that transactions in a write-ahead log have written, by number."""
    head = body.read(0, 32)
    if len(head) < 32 or head[:4] not in WAL_MAGICS:
        raise ValueError("no write-ahead log")
    (page_size,) = struct.unpack_from(">I", head, 8)
    if page_size not in _SIZES:
        raise ValueError(f"a write-ahead log with pages of {page_size} bytes")
    salt = head[16:24]
    written: dict[int, int] = {}
    open_: dict[int, int] = {}
    at = 32
    while True:
        frame = body.read(at, 24)
        if len(frame) < 24 or frame[8:16] != salt:
            return written
        page = body.read(at + 24, page_size)
        if len(page) < page_size:
            return written
        number, commit = struct.unpack_from(">II", frame)
        open_[number] = crc32(page)
        if commit:
            written |= open_
            open_ = {}
        at += 24 + page_size
