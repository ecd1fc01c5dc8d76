"""Packages, the BerkeleyDB file of older rpm releases.

Source: the page layouts of Berkeley DB ("DB page formats", db_page.h) for hash version 8 to 10 and
btree version 9 and 10, in either byte order. Page 0 describes the database; other pages begin with
26 bytes: LSN, own number, previous, next, entries, end of free space, level, type. Hash pages hold
keys and data by turns, at the offsets in a table behind the page's head, growing from the end of
the page downwards; data too long for its page is on a chain of overflow pages.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from itertools import pairwise

from ironhull.limits import LIMITS
from ironhull.oci.probes import Body
from ironhull.values import dataclass

__all__ = ["headers", "is_bdb"]

_HASH, _BTREE = 0x00061561, 0x00053162
_PAGE_HEAD = 26
_HASH_PAGES = frozenset({2, 13})  # P_HASH_UNSORTED, P_HASH
_LEAF_PAGE = 5  # P_LBTREE
_OVERFLOW_PAGE = 7
_KEY_DATA, _OFF_PAGE = 1, 3  # H_KEYDATA and B_KEYDATA, H_OFFPAGE and B_OVERFLOW
_DELETED = 0x80
_CHECKSUMMED = 1  # DBMETA_CHKSUM
_SIZES = frozenset(1 << n for n in range(9, 17))


@dataclass(slots=True)
class _Database:
    body: Body
    order: str  # "<" or ">"
    page_size: int
    last_page: int

    def page(self, number: int) -> bytes:
        data = self.body.read(number * self.page_size, self.page_size)
        if len(data) < self.page_size:
            raise ValueError(f"page {number} is missing")
        return data


def is_bdb(head: bytes) -> bool:
    """Whether a file with these first 16 bytes is a BerkeleyDB hash or btree."""
    return len(head) >= 16 and any(
        struct.unpack_from(f"{order}I", head, 12)[0] in (_HASH, _BTREE) for order in "<>"
    )


def headers(body: Body, trouble: Callable[[str], None]) -> Iterator[bytes]:
    """The header of every package, in the order of pages; damage is told to `trouble`.

    ValueError where the file is no such database.
    """
    database = _open(body, trouble)
    for number in range(1, database.last_page + 1):
        head = body.read(number * database.page_size, _PAGE_HEAD)
        if len(head) < _PAGE_HEAD:
            break
        if head[25] in _HASH_PAGES:
            values = _hash_values(database, database.page(number))
        elif head[25] == _LEAF_PAGE:
            values = _leaf_values(database, database.page(number))
        else:
            continue
        try:
            yield from _guarded(values, number, trouble)
        except ValueError as error:
            trouble(f"page {number}: {error}: its packages are not listed")


def _guarded(
    values: Iterator[bytes | str], number: int, trouble: Callable[[str], None]
) -> Iterator[bytes]:
    for value in values:
        if isinstance(value, str):
            trouble(f"page {number}: {value}: not listed")
        else:
            yield value


def _open(body: Body, trouble: Callable[[str], None]) -> _Database:
    head = body.read(0, 512)
    if len(head) < 512:
        raise ValueError("cut short")
    order = "<" if struct.unpack_from("<I", head, 12)[0] in (_HASH, _BTREE) else ">"
    magic, version, page_size = struct.unpack_from(f"{order}III", head, 12)
    (last_page,) = struct.unpack_from(f"{order}I", head, 32)
    known = {_HASH: (8, 9, 10), _BTREE: (9, 10)}.get(magic, ())
    if version not in known:
        raise ValueError(f"a BerkeleyDB file of unknown version {version}")
    if head[24] or head[26] & _CHECKSUMMED:
        raise ValueError("a BerkeleyDB file that is encrypted or has page checksums")
    if page_size not in _SIZES:
        raise ValueError(f"a BerkeleyDB file with pages of {page_size} bytes")
    if (last_page + 1) * page_size > body.size:
        whole = body.size // page_size
        trouble(f"is cut short: {whole} of {last_page + 1} pages; the rest is not listed")
        last_page = max(whole - 1, 0)
    return _Database(body, order, page_size, last_page)


def _offsets(database: _Database, page: bytes) -> tuple[int, ...]:
    (entries,) = struct.unpack_from(f"{database.order}H", page, 20)
    if _PAGE_HEAD + 2 * entries > database.page_size:
        raise ValueError(f"says {entries} entries")
    return struct.unpack_from(f"{database.order}{entries}H", page, _PAGE_HEAD)


def _hash_values(database: _Database, page: bytes) -> Iterator[bytes | str]:
    """Data of a hash page (or why one cannot be read), without the counter under key 0."""
    offsets = _offsets(database, page)
    bounds = list(pairwise((database.page_size, *offsets)))
    for (key_end, key), (value_end, value) in zip(bounds[::2], bounds[1::2], strict=False):
        if not _PAGE_HEAD <= value < value_end == key < key_end <= database.page_size:
            yield "an entry lies outside of its page"
            continue
        if page[key] == _KEY_DATA and not any(page[key + 1 : key_end]):
            continue
        yield from _value(database, page[value:value_end])


def _value(database: _Database, item: bytes) -> Iterator[bytes | str]:
    if item[0] == _KEY_DATA:
        yield item[1:]
    elif item[0] == _OFF_PAGE and len(item) >= 12:
        page, length = struct.unpack_from(f"{database.order}II", item, 4)
        yield _overflowing(database, page, length)
    else:
        yield f"an entry of unknown kind {item[0]}"


def _leaf_values(database: _Database, page: bytes) -> Iterator[bytes | str]:
    """Data of a btree leaf: length, kind, bytes; or kind 3 with page and length."""
    offsets = _offsets(database, page)
    for key, value in zip(offsets[::2], offsets[1::2], strict=False):
        if max(key, value) + 12 > database.page_size + 8 or min(key, value) < _PAGE_HEAD:
            yield "an entry lies outside of its page"
            continue
        if (page[key + 2] | page[value + 2]) & _DELETED:
            continue
        (length,) = struct.unpack_from(f"{database.order}H", page, key)
        if page[key + 2] == _KEY_DATA and not any(page[key + 3 : key + 3 + length]):
            continue
        kind = page[value + 2]
        (length,) = struct.unpack_from(f"{database.order}H", page, value)
        if kind == _KEY_DATA:
            yield page[value + 3 : value + 3 + length]
        elif kind == _OFF_PAGE:
            yield from _value(database, b"\x03\0\0\0" + page[value + 4 : value + 12])
        else:
            yield f"an entry of unknown kind {kind}"


def _overflowing(database: _Database, page: int, length: int) -> bytes | str:
    """What a chain of overflow pages holds, or why it cannot be read."""
    if length > min(LIMITS.rpm_header_bytes, database.body.size):
        return f"a package header of {length} bytes"
    pieces, left = [], length
    while left:
        if not 0 < page <= database.last_page:
            return f"a package header goes on at page {page}, which is not there"
        data = database.page(page)
        (held,) = struct.unpack_from(f"{database.order}H", data, 22)
        if data[25] != _OVERFLOW_PAGE or not 0 < held <= min(left, len(data) - _PAGE_HEAD):
            return f"a package header goes on at page {page}, which is no part of one"
        pieces.append(data[_PAGE_HEAD : _PAGE_HEAD + held])
        left -= held
        (page,) = struct.unpack_from(f"{database.order}I", data, 16)
    return b"".join(pieces)
