""".NET applications published as a single file: the deps.json inside the executable.

Source: github.com/dotnet/runtime, docs/design/features "single-file"; the bundle header that
Microsoft.NET.HostModel writes and the host reads (version 1 of .NET Core 3, 2 of .NET 5,
6 since .NET 6). The files lie behind the ELF image; a marker in it (the SHA-256 of ".net core
bundle" and a line feed) follows the offset of the header. deps.json is never compressed.
"""

from __future__ import annotations

import struct

from ironhull.limits import LIMITS
from ironhull.oci.probes import Body

__all__ = ["extract"]

_MARKER = bytes.fromhex("8b1202b96a612038727b930214d7a03213f5b9e6efae3318ee3b2dce24b36aae")
_DEPS_BYTES = 32 << 20
_ENTRIES = 100_000
_DEPS_JSON = 3  # type of an entry, in headers of version 1
_DYNAMIC = (3).to_bytes(2, "little")  # ET_DYN
_INTERPRETER = (3).to_bytes(4, "little")  # PT_INTERP
_HEADER = struct.Struct("<IIi")  # major, minor, number of files; then the identity
_LOCATION = struct.Struct("<qq")  # offset and size
_ENTRY = struct.Struct("<qqB")  # offset, size, type; then the path


def extract(_path: str, body: Body) -> bytes:
    if not _may_hold_files(body):
        return b""
    marker = body.find(_MARKER)
    if marker < 8:
        return b""
    (header,) = struct.unpack("<q", body.read(marker - 8, 8))
    if not 0 < header < body.size:
        return b""  # an application host that no files were added to
    major, _, count = _HEADER.unpack(body.read(header, _HEADER.size))
    position = _behind_text(body, header + _HEADER.size)
    if major >= 2:
        offset, size = _LOCATION.unpack(body.read(position, _LOCATION.size))
    else:
        offset, size = _listed(body, position, count)
    if size <= 0:
        return b""
    if size > _DEPS_BYTES or not 0 <= offset <= body.size - size:
        raise ValueError("the bundle's deps.json lies outside of it")
    return body.read(offset, size)


def _may_hold_files(body: Body) -> bool:
    """Whether this is a program, not a library, with bytes behind its section headers.

    Section headers end an ELF file as linkers write it; patchelf puts those of libraries elsewhere.
    Hosts of .NET are little-endian ones.
    """
    head = body.read(0, 64)
    if len(head) < 64 or head[5] != 1:
        return False
    wide = head[4] == 2
    (offset,) = struct.unpack_from("<Q" if wide else "<I", head, 0x28 if wide else 0x20)
    size, count = struct.unpack_from("<HH", head, 0x3A if wide else 0x2E)
    return bool(body.size > offset + size * count) and not _is_library(body, head, wide=wide)


def _is_library(body: Body, head: bytes, *, wide: bool) -> bool:
    """Whether it has segments and names no loader, as a program of a dynamic type does."""
    if head[16:18] != _DYNAMIC:
        return False
    (offset,) = struct.unpack_from("<Q" if wide else "<I", head, 0x20 if wide else 0x1C)
    size, count = struct.unpack_from("<HH", head, 0x36 if wide else 0x2A)
    table = body.read(offset, size * min(count, LIMITS.elf_headers))
    kinds = (table[at : at + 4] for at in range(0, len(table), max(size, 4)))
    return bool(table) and _INTERPRETER not in kinds


def _listed(body: Body, position: int, count: int) -> tuple[int, int]:
    """Offset and size of deps.json in the list of files of a version 1 header; (0, 0) without."""
    for _ in range(min(count, _ENTRIES)):
        offset, size, kind = _ENTRY.unpack(body.read(position, _ENTRY.size))
        if kind == _DEPS_JSON:
            return offset, size
        position = _behind_text(body, position + _ENTRY.size)
    return 0, 0


def _behind_text(body: Body, position: int) -> int:
    """The offset behind a string whose length comes first, 7 bits a byte, lowest first."""
    length = shift = 0
    for byte in body.read(position, 5):
        position += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return position + length
    raise ValueError("the bundle's header is damaged")
