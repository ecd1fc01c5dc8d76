"""ELF files made of a few sections, for tests of what looks into programs."""

import struct
from collections.abc import Mapping

BASE = 0x10000
"""Where the file appears in memory: byte n at BASE + n."""


def elf(
    sections: Mapping[str, bytes],
    *,
    wide: bool = True,
    big: bool = False,
    headers: bool = True,
) -> bytes:
    """A program with these sections, 16 bytes aligned, all of it one writable loaded segment.

    Without `headers` there are no section headers, as `sstrip` and packers leave it.
    """
    order = ">" if big else "<"
    head = 64 if wide else 52
    segment = 56 if wide else 32
    body = bytearray(head + segment)
    places = []
    names = b"\0"
    for name, content in {**sections, ".shstrtab": b""}.items():
        body += bytes(-len(body) % 16)
        places.append((len(names), len(body), len(content)))
        names += name.encode() + b"\0"
        body += content
    at, _, _ = places.pop()
    places.append((at, len(body), len(names)))
    body += names
    body += bytes(-len(body) % 16)
    table_at = len(body) if headers else 0
    if headers:
        body += bytes(64 if wide else 40)
        for name_at, offset, size in places:
            form = order + ("IIQQQQIIQQ" if wide else "IIIIIIIIII")
            body += struct.pack(form, name_at, 1, 2, BASE + offset, offset, size, 0, 0, 16, 0)
    loaded = (
        struct.pack(order + "IIQQQQQQ", 1, 6, 0, BASE, BASE, len(body), len(body), 4096)
        if wide
        else struct.pack(order + "IIIIIIII", 1, 0, BASE, BASE, len(body), len(body), 6, 4096)
    )
    count = len(places) + 1 if headers else 0
    body[:16] = b"\x7fELF" + bytes([2 if wide else 1, 2 if big else 1, 1]) + bytes(9)
    fields = (2, 62, 1, BASE, head, table_at, 0, head, segment, 1, 64 if wide else 40, count)
    form = order + ("HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH")
    body[16:head] = struct.pack(form, *fields, count - 1 if headers else 0)
    body[head : head + segment] = loaded
    return bytes(body)


def place_of(program: bytes, content: bytes) -> int:
    """The address at which `content` appears."""
    return BASE + program.index(content)
