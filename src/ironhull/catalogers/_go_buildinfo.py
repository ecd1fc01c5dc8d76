"""Go's build information as the linker leaves it in a program.

Source: Go's `debug/buildinfo` (where it is, both formats) and `cmd/link` (what is written there):
the mark "\\xff Go buildinf:", a byte with the size of pointers, a byte of flags (1: big endian,
2: strings follow in place, Go 1.18 and newer), then the toolchain's version and the module list,
either as pointers to Go strings at 16 (Go 1.13 to 1.17) or as (varint length, bytes) at 32.
"""

from __future__ import annotations

from ironhull.catalogers._elf import Elf
from ironhull.catalogers._go_version import filled_in
from ironhull.limits import LIMITS
from ironhull.oci.probes import Body

__all__ = ["from_elf", "from_windows", "texts"]

_MARK = b"\xff Go buildinf:"
_SECTION = b".go.buildinfo"
_CONSTANTS = b".rodata"
_TRACES = (b".gopclntab", b".note.go.buildid", b".data.rel.ro.gopclntab")
_ALIGNED = 16
_IN_PLACE, _BIG_ENDIAN = 2, 1
_SENTINEL = 16  # bytes around the module list, so that it is found in memory


def texts(elf: Elf, modules: bytes) -> bytes:
    """Versions in the read-only data, one a line, of a program whose module list lacks its own.

    Nothing where the list has it, or has the linker's flags, which tell which variable is which.
    """
    if b"\t-ldflags=" in modules or b"build\tvcs.revision=" in modules:
        return b""
    for line in modules.split(b"\n"):
        if line.startswith(b"mod\t") and b"\t(devel)" not in line:
            return b""
    section = elf.section(_CONSTANTS)
    if section is None:
        return b""
    found = filled_in(
        lambda at, count: elf.body.read(section.offset + at, count),
        min(section.size, LIMITS.program_bytes, max(elf.body.size - section.offset, 0)),
        section.address,
    )
    return "\n".join(dict.fromkeys(found)).encode()


def from_elf(elf: Elf) -> tuple[str, bytes] | None:
    """(version of the toolchain, module list) of a Go program; None of one that is not Go's.

    Raises ValueError for a Go program that does not tell.
    """
    section = elf.section(_SECTION)
    at = -1
    if section is not None:
        at = _find(elf.body, section.offset, section.size)
    trace = section is not None or any(elf.has(name) for name in _TRACES)
    if at < 0 and (trace or not elf.names):
        at = _find_in_data(elf)
    if at >= 0:
        return _read(elf.body, at, elf)
    if trace:
        raise ValueError("a Go program without build information: built before Go 1.13 or altered")
    return None


def from_windows(body: Body) -> tuple[str, bytes] | None:
    """The same of a Windows program, for the format with strings in place."""
    if body.read(0, 2) != b"MZ":
        return None
    at = _find(body, 0, body.size)
    return _read(body, at, None) if at >= 0 else None


def _find_in_data(elf: Elf) -> int:
    for segment in elf.segments():
        if segment.data:
            at = _find(elf.body, segment.offset, min(segment.size, LIMITS.go_search_bytes))
            if at >= 0:
                return at
    return -1


def _find(body: Body, start: int, count: int) -> int:
    """Where the mark begins, aligned within `count` bytes behind `start`; -1 if nowhere."""
    end = start + count
    at = start
    for _ in range(LIMITS.elf_headers):
        if count <= 1 << 20:
            data = body.read(at, end - at)
            found = data.find(_MARK)
            at = at + found if found >= 0 else -1
        else:
            at = body.find(_MARK, at)
        if at < 0 or at + 32 > end:
            return -1
        if (at - start) % _ALIGNED == 0:
            return at
        at += 1
    return -1


def _read(body: Body, at: int, elf: Elf | None) -> tuple[str, bytes]:
    head = body.read(at, 32)
    flags = head[15] if len(head) == 32 else 0
    if flags & _IN_PLACE:
        version, behind = _text(body, at + 32)
        modules, _ = _text(body, behind)
    elif elf is not None and head[14:15] in (b"\4", b"\x08"):
        if (head[14], bool(flags & _BIG_ENDIAN)) != (elf.pointer_size, elf.big_endian):
            raise ValueError("Go build information of another kind of machine than its program's")
        version, modules = (_pointed(elf, address) for address in elf.pointers(head[16:], 2))
    else:
        raise ValueError("Go build information of an unknown format")
    if not version:
        raise ValueError("Go build information without a version")
    return version.decode("utf-8", "replace"), _bare(modules)


def _text(body: Body, at: int) -> tuple[bytes, int]:
    """A string of varint length at `at`, and where it ends."""
    length = shift = used = 0
    for byte in body.read(at, 10):
        length |= (byte & 0x7F) << shift
        shift, used = shift + 7, used + 1
        if byte < 0x80:
            break
    start = at + used
    if not used or length > min(LIMITS.go_info_bytes, body.size - start):
        raise ValueError("Go build information is cut off or too large")
    return body.read(start, length), start + length


def _pointed(elf: Elf, address: int) -> bytes:
    """The Go string (address, length) whose header is at `address`; "" for no address."""
    if not address:
        return b""
    start, length = elf.pointers(elf.read_address(address, 2 * elf.pointer_size), 2)
    if length > LIMITS.go_info_bytes:
        raise ValueError("Go build information is too large")
    text = elf.read_address(start, length)
    if len(text) != length:
        raise ValueError("Go build information leads outside the file")
    return text


def _bare(modules: bytes) -> bytes:
    """The module list without the sentinels around it; empty of a program built without modules."""
    if not modules:
        return b""
    if len(modules) <= 2 * _SENTINEL or modules[-_SENTINEL - 1 : -_SENTINEL] != b"\n":
        raise ValueError("Go build information is cut off or damaged: no end of the module list")
    return modules[_SENTINEL:-_SENTINEL]
