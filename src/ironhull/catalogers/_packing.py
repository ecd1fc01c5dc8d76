"""Lists of byte strings packed into one, the form in which probes hand over what they found."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import accumulate, pairwise


def pack(fields: Sequence[bytes]) -> bytes:
    """The number of fields and the length of each (32 bits, big-endian), then the fields."""
    return b"".join((struct.pack(f">I{len(fields)}I", len(fields), *map(len, fields)), *fields))


def unpack(data: bytes) -> list[bytes]:
    """The fields `pack` was given. ValueError where `data` is not of its making."""
    try:
        (count,) = struct.unpack_from(">I", data)
        lengths = struct.unpack_from(f">{count}I", data, 4)
    except struct.error as short:
        raise ValueError(f"packed fields cut short: {short}") from None
    position = 4 + 4 * count
    if position + sum(lengths) != len(data):
        raise ValueError("packed fields do not have the length they say")
    ends = accumulate(lengths, initial=position)
    return [data[start:end] for start, end in pairwise(ends)]
