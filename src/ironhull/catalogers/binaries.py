"""Software built from source, owned by no package: known by the version inside its files.

The rows of `_binary_programs` and `_binary_libraries` say which files to look into and for which
text. Packages are `pkg:generic/NAME@VERSION`, as Syft names them. What a distribution package ships
is left out: it is that package. Libraries are known by their sonames; under usr/local, opt and in
the library directories of Python wheels by any name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from ironhull.catalogers._binary_libraries import LIBRARIES
from ironhull.catalogers._binary_programs import PROGRAMS
from ironhull.catalogers._binary_rows import Row
from ironhull.catalogers._probes import BINARIES
from ironhull.catalogers._row import Found
from ironhull.lazy import regex
from ironhull.limits import LIMITS
from ironhull.model import File, Location, Package, Tree
from ironhull.oci.probes import Body

__all__ = ["extract", "parse"]

_NAME = "binaries"
_ROWS = (*PROGRAMS, *LIBRARIES)
_SECTIONS = (b".rodata", b".data", b".data.rel.ro", b".comment")
_AROUND = 160  # bytes looked at before and behind an anchor
_TRIES = 10_000  # anchors in one file
_NUMBER = r"(\d+\.\d+)t?m?(?:\.so[.\d]*)?$"  # python3.12, libpython3.13t.so.1.0
_FILES: Mapping[str, tuple[str, str, str]] = {
    "VERSION": ("go", "BSD-3-Clause", r"go(\d+\.\d+\S*)"),
    "OTP_VERSION": ("erlang", "Apache-2.0", r"(\d+(?:\.\d+)+)"),
}
"""Small files beside a program that tell its version: name, licence, what to look for."""


def extract(path: str, body: Body) -> bytes:
    """NAME NUL VERSION of the first row whose text is there; else nothing."""
    name = path.rpartition("/")[2]
    rows = _rows_of(name)
    if not rows or body.read(0, 4) != b"\x7fELF":
        return b""
    number = re.search(_NUMBER, name)
    for data in _constants(body):
        for row in rows:
            version = _version(row, number[1] if number else "", data)
            if version:
                return f"{row.name}\0{row.mend(version)}".encode()
    return b""


def _rows_of(name: str) -> list[Row]:
    """The rows a file may be of, by its name."""
    found = _BY_NAME.get(name)
    if found is None:  # libcrypto.so.3, libssl-0a1b2c3d.so.1.1, libMagickCore-7.Q16HDRI.so.10
        library, _, rest = name.partition(".so")
        if rest.strip(".0123456789abcdefghijklmnopqrstuvwxyz") == "" or name.startswith("ld-musl-"):
            found = _BY_LIBRARY.get(library) or _BY_LIBRARY.get(library.partition("-")[0])
        if name.startswith("ld-musl-"):
            found = _BY_LIBRARY["ld-musl"]
    return found or []


def _constants(body: Body) -> Iterator[bytes]:
    """The parts of a program that hold its texts; all of it where it does not tell its parts."""
    from ironhull.catalogers._elf import read_elf

    elf = read_elf(body)
    if elf is None:
        return
    sections = [elf.section(name) for name in _SECTIONS]
    if not any(sections):
        yield body.read(0, LIMITS.program_bytes)
    for section in sections:
        if section is not None:
            yield b"\0" + body.read(section.offset, min(section.size, LIMITS.program_bytes)) + b"\0"


def _version(row: Row, number: str, data: bytes) -> str:
    if row.decide is not None:
        return row.decide(data)
    plain = number.encode()
    for text in row.texts:
        anchor = text.anchor.replace(b"{v}", plain)
        pattern = regex(text.pattern.replace(b"{v}", re.escape(plain)))
        if not anchor:
            versions = {match[1] for match in pattern.finditer(data)}
            version = versions.pop() if len(versions) == 1 else b""
        else:
            version = _near(anchor, pattern, data)
        if version:
            return version.decode("ascii", "replace")
    return ""


def _near(anchor: bytes, pattern: re.Pattern[bytes], data: bytes) -> bytes:
    """The first version around an anchor."""
    at = data.find(anchor)
    for _ in range(_TRIES):
        if at < 0:
            break
        match = pattern.search(data, max(0, at - _AROUND), at + len(anchor) + _AROUND)
        if match:
            return match[1]
        at = data.find(anchor, at + 1)
    return b""


def _index(names: Callable[[Row], Iterable[str]]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in _ROWS:
        for name in names(row):
            found.setdefault(name, []).append(row)
    return found


_BY_NAME = _index(lambda row: row.programs)
_BY_LIBRARY = _index(lambda row: row.libraries)


def parse(file: File, tree: Tree) -> Iterator[Found]:
    beside = _FILES.get(file.path.rpartition("/")[2])
    if beside is not None:
        name, licence, pattern = beside
        match = re.match(pattern, tree.read(file.path)[:100_000].decode("utf-8", "replace"))
        if match:
            yield _package(name, match[1], licence, file)
        return
    name, _, version = tree.facts(file.path, BINARIES.name).decode().partition("\0")
    yield _package(name, version, _LICENCES[name], file)


def _package(name: str, version: str, licence: str, file: File) -> Package:
    return Package(
        ecosystem="generic",
        name=name,
        version=version,
        licenses=(licence,),
        locations=(Location(file.path, file.layer),),
        found_by=_NAME,
    )


_LICENCES = {row.name: row.licence for row in _ROWS}
