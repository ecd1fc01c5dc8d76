"""Packages.db, the "new database" of rpm that SUSE uses.

Source: the comments and layout in rpm's lib/backend/ndb/rpmpkg.c. Numbers are little-endian, space
is counted in blocks of 16 bytes. A header ("RpmP"), slots of one block each on the first pages
("Slot", package number, first block, number of blocks), then the packages: a head ("BlbS", package
number, time, length), the rpm header, zeroes, a tail (Adler-32 of all before, length, "BlbE").
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from zlib import adler32

from ironhull.limits import LIMITS
from ironhull.oci.probes import Body

MAGIC = b"RpmP"

_BLOCK = 16
_PAGE = 4096
_HEADER = struct.Struct("<4sIIII")
_HEADER_BLOCKS = 2
_SLOT = struct.Struct("<4sIII")
_HEAD = struct.Struct("<4sIII")
_TAIL = struct.Struct("<II4s")


def headers(body: Body, trouble: Callable[[str], None]) -> Iterator[bytes]:
    """The header of every package, by package number; damaged ones are told to `trouble`.

    ValueError where the file is no such database.
    """
    try:
        magic, version, _, pages, _ = _HEADER.unpack(body.read(0, _HEADER.size))
    except struct.error:
        raise ValueError("cut short") from None
    if magic != MAGIC or version != 0:
        raise ValueError(f"an ndb database of unknown version {version}")
    if pages * _PAGE > body.size:
        raise ValueError(f"cut short: {pages} pages of slots in {body.size} bytes")
    for number, first, count in sorted(_slots(body, pages, trouble)):
        try:
            yield _header(body, number, first, count, trouble)
        except ValueError as error:
            trouble(f"package {number}: {error}: not listed")


def _slots(
    body: Body, pages: int, trouble: Callable[[str], None]
) -> Iterator[tuple[int, int, int]]:
    for page in range(pages):
        data = body.read(page * _PAGE, _PAGE)
        start = 0 if page else _HEADER_BLOCKS * _SLOT.size
        wrong = 0
        for magic, number, first, count in _SLOT.iter_unpack(data[start:]):
            if magic != b"Slot":
                wrong += 1
            elif first:
                yield number, first, count
        if wrong:
            trouble(f"page {page}: {wrong} damaged slots: their packages are not listed")


def _header(
    body: Body, number: int, first: int, count: int, trouble: Callable[[str], None]
) -> bytes:
    size = count * _BLOCK
    if not _HEAD.size + _TAIL.size <= size <= LIMITS.rpm_header_bytes:
        raise ValueError(f"takes {size} bytes, which cannot be")
    data = body.read(first * _BLOCK, size)
    if len(data) < size:
        raise ValueError("cut short")
    magic, same, _, length = _HEAD.unpack_from(data)
    checksum, again, end = _TAIL.unpack_from(data, size - _TAIL.size)
    if magic != b"BlbS" or same != number or _HEAD.size + length + _TAIL.size > size:
        raise ValueError("does not begin as a package does")
    if end != b"BlbE" or again != length or checksum != adler32(data[: -_TAIL.size]):
        trouble(f"package {number}: its checksum is wrong; listed as it is")
    return data[_HEAD.size : _HEAD.size + length]
