"""Sparse files in tar: GNU's old format and the pax formats 0.0, 0.1 and 1.0.

GNU tar manual, "Storing Sparse Files". Every function raises ValueError for a map that lies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ironhull.limits import LIMITS
from ironhull.values import dataclass

__all__ = ["Sparse", "expand", "from_gnu", "from_pax"]


@dataclass(frozen=True, slots=True)
class Sparse:
    """Full size in bytes; (offset, size) of each piece of data (None: they lead the body)."""

    size: int
    pieces: tuple[tuple[int, int], ...] | None


def from_gnu(header: bytes, more: Callable[[], bytes]) -> Sparse:
    """The old format: four pieces in the header, 21 in each block `more()` gives (typeflag S)."""
    pieces = _pieces(header[386:482])
    extended = header[482]
    budget = LIMITS.tar_header_bytes
    while extended:
        block = more()
        budget -= len(block)
        if budget < 0:
            raise ValueError("sparse map is too large")
        pieces += _pieces(block[:504])
        extended = block[504]
    size = _octal(header[483:495])
    if not 0 <= size < 1 << 63:
        raise ValueError(f"sparse size {size}")
    return Sparse(size, tuple(pieces))


def from_pax(records: Mapping[str, str], holes: list[int]) -> Sparse | None:
    """Formats 0.0 (`holes`: offset, size, offset, ...), 0.1 and 1.0; None if it is none."""
    size = records.get("GNU.sparse.realsize") or records.get("GNU.sparse.size")
    if size is None:
        return None
    full = _number(size)
    if records.get("GNU.sparse.major") == "1":
        return Sparse(full, None)
    if "GNU.sparse.map" in records:
        holes = [_number(number) for number in records["GNU.sparse.map"].split(",")]
    if len(holes) % 2:
        raise ValueError("sparse map of an odd length")
    return Sparse(full, tuple(zip(holes[::2], holes[1::2], strict=True)))


def expand(data: bytes, sparse: Sparse) -> bytes:
    """The file with its holes filled; the caller has bounded `sparse.size`."""
    pieces = sparse.pieces
    start = 0
    if pieces is None:
        pieces, start = _leading_map(data)
    out = bytearray(sparse.size)
    last = 0
    for offset, size in pieces:
        if offset < last or offset + size > sparse.size or start + size > len(data):
            raise ValueError(f"piece of {size} bytes at {offset} does not fit")
        out[offset : offset + size] = data[start : start + size]
        start += size
        last = offset + size
    if start != len(data) and data[start:].strip(b"\0"):
        raise ValueError("data beyond its map")
    return bytes(out)


def _leading_map(data: bytes) -> tuple[tuple[tuple[int, int], ...], int]:
    """Format 1.0: decimal numbers, a line each, before the data, padded to a block."""
    end = data.find(b"\n", 0, 32)
    count = _number(data[: max(end, 0)].decode("ascii", "replace"))
    if count * 4 > len(data):
        raise ValueError("sparse map is longer than the file")
    numbers: list[int] = []
    at = end + 1
    for _ in range(2 * count):
        end = data.find(b"\n", at, at + 32)
        if end < 0:
            raise ValueError("sparse map is cut short")
        numbers.append(_number(data[at:end].decode("ascii", "replace")))
        at = end + 1
    return tuple(zip(numbers[::2], numbers[1::2], strict=True)), at + -at % 512


def _pieces(area: bytes) -> list[tuple[int, int]]:
    found = []
    for at in range(0, len(area) - 23, 24):
        if not area[at]:
            break
        found.append((_octal(area[at : at + 12]), _octal(area[at + 12 : at + 24])))
    return found


def _octal(field: bytes) -> int:
    if field[0] & 0x80:
        return int.from_bytes(field[1:], "big")
    value = int(field.partition(b"\0")[0].strip() or b"0", 8)
    if value < 0:
        raise ValueError("negative number in a sparse map")
    return value


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        raise ValueError(f"{text[:40]!r} is not a number")
    return int(text)
