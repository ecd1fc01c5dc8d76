"""ELF files: just the headers, as much as finding a section or an address needs.

Source: System V ABI, gABI 4.1 chapters 4 and 5 (ELF header, sections, program header); both classes
and byte orders. Every table is bounded by LIMITS; what points outside the file is not there.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from ironhull.limits import LIMITS
from ironhull.oci.probes import Body
from ironhull.values import dataclass

__all__ = ["MAGIC", "Elf", "Section", "Segment", "read_elf"]

MAGIC = b"\x7fELF"
_LOAD = 1  # PT_LOAD
_NO_BITS = 8  # SHT_NOBITS
_COMPRESSED = 0x800  # SHF_COMPRESSED
_WRITE, _EXECUTE = 2, 1  # PF_W, PF_X
_EXTENDED = 0xFFFF  # SHN_XINDEX, PN_XNUM


@dataclass(frozen=True, slots=True)
class Section:
    """A section's place in the file (`offset`, `size` bytes) and in memory (`address`)."""

    offset: int
    size: int
    address: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A loaded segment: `size` bytes of the file at `offset` appear at `address`."""

    offset: int
    size: int
    address: int
    flags: int

    @property
    def data(self) -> bool:
        """Whether it is writable and not executable: where variables are."""
        return self.flags & (_WRITE | _EXECUTE) == _WRITE


class Elf:
    """One ELF file. Nothing is read before it is asked for.

    `names` holds the names of all sections, each followed by a zero byte; empty where the file
    has no section headers or they are damaged.
    """

    def __init__(self, body: Body, header: bytes) -> None:
        self.body = body
        self.wide = header[4] == 2
        self.big_endian = header[5] == 2
        order = ">" if self.big_endian else "<"
        self._order = order
        fields = struct.unpack_from(
            order + ("QQQIHHHHHH" if self.wide else "IIIIHHHHHH"), header, 24
        )
        self._entry, self._segments_at, self._sections_at = fields[:3]
        self._segment_size, self._segment_count = fields[5:7]
        self._section_size, self._section_count, self._names_index = fields[7:10]
        self._table = b""
        self.names = self._read_names()

    @property
    def pointer_size(self) -> int:
        """Bytes of an address."""
        return 8 if self.wide else 4

    def has(self, name: bytes) -> bool:
        """Whether a section of that name is listed."""
        return b"\0" + name + b"\0" in self.names

    def section(self, name: bytes) -> Section | None:
        """The first section of that name that has bytes in the file and is not compressed."""
        if not self.has(name):
            return None
        for name_at, kind, flags, place in self._sections():
            if self.names[name_at : name_at + len(name) + 1] == name + b"\0":
                inside = 0 <= place.offset <= self.body.size - place.size
                return place if inside and kind != _NO_BITS and not flags & _COMPRESSED else None
        return None

    def segments(self) -> Iterator[Segment]:
        """The loaded segments; sizes are cut where the file ends."""
        least = 56 if self.wide else 32
        count = min(self._segment_count, LIMITS.elf_headers)
        if self._segment_size < least:
            return
        table = self.body.read(self._segments_at, count * self._segment_size)
        form = struct.Struct(self._order + ("IIQQQQ" if self.wide else "IIIIIII"))
        for at in range(0, len(table) - least + 1, self._segment_size):
            fields = form.unpack_from(table, at)
            if self.wide:
                kind, flags, offset, address, _, size = fields
            else:
                kind, offset, address, _, size, _, flags = fields
            if kind == _LOAD and offset < self.body.size:
                yield Segment(offset, min(size, self.body.size - offset), address, flags)

    def read_address(self, address: int, count: int) -> bytes:
        """`count` bytes of the file that appear at `address`; fewer or none where it has not."""
        for segment in self.segments():
            into = address - segment.address
            if 0 <= into < segment.size:
                return self.body.read(segment.offset + into, min(count, segment.size - into))
        return b""

    def pointers(self, data: bytes, count: int) -> tuple[int, ...]:
        """`count` addresses at the beginning of `data`; raises ValueError where it is shorter."""
        if len(data) < count * self.pointer_size:
            raise ValueError("a pointer leads outside the file")
        form = self._order + str(count) + ("Q" if self.wide else "I")
        return struct.unpack_from(form, data)

    def _read_names(self) -> bytes:
        least = 64 if self.wide else 40
        if not self._sections_at or self._section_size < least:
            return b""
        count, index = self._section_count, self._names_index
        if count == 0 or index == _EXTENDED:  # then section 0 holds the numbers
            first = self.body.read(self._sections_at, self._section_size)
            if len(first) < least:
                return b""
            _, _, _, place, link = self._unpack(first, 0)
            count = count or place.size
            index = link if index == _EXTENDED else index
        count = min(count, LIMITS.elf_headers)
        self._table = self.body.read(self._sections_at, count * self._section_size)
        if (index + 1) * self._section_size > len(self._table):
            return b""
        names = self._unpack(self._table, index * self._section_size)[3]
        if names.size > LIMITS.elf_names_bytes:
            return b""
        return self.body.read(names.offset, names.size)

    def _sections(self) -> Iterator[tuple[int, int, int, Section]]:
        """(where its name is, type, flags, place) of every section."""
        for at in range(0, len(self._table) - self._section_size + 1, self._section_size):
            yield self._unpack(self._table, at)[:4]

    def _unpack(self, table: bytes, at: int) -> tuple[int, int, int, Section, int]:
        form = self._order + ("IIQQQQI" if self.wide else "IIIIIII")
        name_at, kind, flags, address, offset, size, link = struct.unpack_from(form, table, at)
        return name_at, kind, flags, Section(offset, size, address), link


def read_elf(body: Body) -> Elf | None:
    """The ELF file `body` is; None where it is none, or its header is cut or of no known class."""
    header = body.read(0, 64)
    if header[:4] != MAGIC or len(header) < 52 or header[4] not in (1, 2):
        return None
    if header[5] not in (1, 2) or (header[4] == 2 and len(header) < 64):
        return None
    return Elf(body, header)
