"""The header of an installed rpm package, as the package database keeps it.

Source: rpm's documentation, "RPM Package Format, Header Structure", "Immutable header regions" and
"RPM Tags". A header in the database has no lead and no magic: the number of index entries and the
number of data bytes, entries of 16 bytes (tag, type, offset into the data, count), the data; all
numbers are big-endian. Entries behind the region of the package replace those in it.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from ironhull.limits import LIMITS
from ironhull.values import dataclass

__all__ = ["Header", "read_header"]

_NAME, _VERSION, _RELEASE, _EPOCH, _SUMMARY, _SIZE = 1000, 1001, 1002, 1003, 1004, 1009
_VENDOR, _LICENSE, _URL, _ARCH, _OLD_PATHS, _FILE_STATES = 1011, 1014, 1020, 1022, 1027, 1029
_FILE_MODES, _FILE_FLAGS, _SOURCE, _PROVIDES, _REQUIRE_FLAGS = 1030, 1037, 1044, 1047, 1048
_REQUIRES, _REQUIRE_VERSIONS, _PROVIDE_FLAGS, _PROVIDE_VERSIONS = 1049, 1050, 1112, 1113
_DIRECTORY_INDEXES, _BASE_NAMES, _DIRECTORY_NAMES, _LONG_SIZE = 1116, 1117, 1118, 5009
_MODULARITY = 5096

_TEXTS = frozenset({6, 8, 9})  # STRING, STRING_ARRAY, I18NSTRING
_WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8}  # CHAR, INT8, INT16, INT32, INT64
_CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}

_INTRO = struct.Struct(">II")
_ENTRY = struct.Struct(">iIiI")

_COMPARISON = 0x0E  # RPMSENSE_LESS, _GREATER, _EQUAL
_EQUAL = 0x08
_RPMLIB = 1 << 24  # RPMSENSE_RPMLIB: something rpm itself has to know
_CONFIG_DOC_GHOST = 0x43  # RPMFILE_CONFIG, _DOC, _GHOST
_GHOST = 0x40
_REGULAR = 0o100000
_SAMPLES = 4


@dataclass(slots=True)
class Header:
    """What one header tells.

    Absent text is empty, an absent `epoch` too; `size` is installed bytes. `requires` and
    `provides` are names, or "name = epoch:version-release" where just one version is meant.
    Files are `base_names[i]` in `directories[directory_of[i]]` (which begins and ends with a
    slash); files that are only reserved ("ghost") or were not installed are not among them.
    `samples` are a few paths of programs and data, for finding the layer that brought them.
    """

    name: bytes
    epoch: bytes
    version: bytes
    release: bytes
    arch: bytes
    source: bytes
    license: bytes
    vendor: bytes
    size: int
    summary: bytes
    url: bytes
    modularity: bytes
    provides: list[bytes]
    requires: list[bytes]
    directories: list[bytes]
    base_names: list[bytes]
    directory_of: tuple[int, ...]
    samples: list[bytes]


class _Fields:
    """The entries of a header by tag, read when asked for."""

    def __init__(self, blob: bytes) -> None:
        if len(blob) < _INTRO.size:
            raise ValueError("a package header is cut short")
        entries, length = _INTRO.unpack_from(blob)
        if entries > LIMITS.rpm_header_entries or length > LIMITS.rpm_header_bytes:
            raise ValueError(f"a package header says {entries} entries and {length} bytes")
        start = _INTRO.size + entries * _ENTRY.size
        if start + length > len(blob):
            raise ValueError("a package header is cut short")
        self._data = blob[start : start + length]
        self._entries: Mapping[int, tuple[int, int, int]] = {
            tag: (kind, offset, count)
            for tag, kind, offset, count in _ENTRY.iter_unpack(blob[_INTRO.size : start])
        }

    def texts(self, tag: int) -> list[bytes]:
        """The strings of a tag; [] without it."""
        if tag not in self._entries:
            return []
        kind, offset, count = self._entries[tag]
        if kind not in _TEXTS or not 0 <= offset <= len(self._data):
            raise ValueError(f"tag {tag} of a package header is not text")
        if count == 1 or kind == 6:
            end = self._data.find(b"\0", offset)
            found = [self._data[offset:end]] if end >= 0 else []
            count = 1
        else:
            found = self._data[offset:].split(b"\0", min(count, len(self._data)))[:-1]
        if len(found) < count:
            raise ValueError(f"tag {tag} of a package header is cut short")
        return found[:count]

    def text(self, tag: int) -> bytes:
        """The first string of a tag (of a translated one: that of the C locale), or b""."""
        found = self.texts(tag)
        return found[0] if found else b""

    def numbers(self, tag: int) -> tuple[int, ...]:
        """The integers of a tag, unsigned; () without it."""
        if tag not in self._entries:
            return ()
        kind, offset, count = self._entries[tag]
        width = _WIDTHS.get(kind, 0)
        if not width or offset < 0 or offset + count * width > len(self._data):
            raise ValueError(f"tag {tag} of a package header is not a list of numbers")
        return struct.unpack_from(f">{count}{_CODES[width]}", self._data, offset)


def read_header(blob: bytes) -> Header:
    """What `blob` tells. ValueError where it is no header, or one without name or version."""
    fields = _Fields(blob)
    name, version = fields.text(_NAME), fields.text(_VERSION)
    if not name or not version:
        raise ValueError(f"a package header has no {'version' if name else 'name'}")
    epoch = fields.numbers(_EPOCH)
    size = fields.numbers(_LONG_SIZE) or fields.numbers(_SIZE) or (0,)
    header = Header(
        name=name,
        epoch=b"%d" % epoch[0] if epoch else b"",
        version=version,
        release=fields.text(_RELEASE),
        arch=fields.text(_ARCH),
        source=fields.text(_SOURCE),
        license=fields.text(_LICENSE),
        vendor=fields.text(_VENDOR),
        size=size[0],
        summary=fields.text(_SUMMARY),
        url=fields.text(_URL),
        modularity=fields.text(_MODULARITY),
        provides=_dependencies(fields, _PROVIDES, _PROVIDE_FLAGS, _PROVIDE_VERSIONS),
        requires=_dependencies(fields, _REQUIRES, _REQUIRE_FLAGS, _REQUIRE_VERSIONS),
        directories=[],
        base_names=[],
        directory_of=(),
        samples=[],
    )
    _files(fields, header)
    return header


def _dependencies(fields: _Fields, names: int, flags: int, versions: int) -> list[bytes]:
    found = fields.texts(names)
    senses, wanted = fields.numbers(flags), fields.texts(versions)
    if len(senses) != len(found) or len(wanted) != len(found):
        return found
    return [
        b"%b = %b" % (name, version) if sense & _COMPARISON == _EQUAL and version else name
        for name, sense, version in zip(found, senses, wanted, strict=True)
        if not sense & _RPMLIB
    ]


def _files(fields: _Fields, header: Header) -> None:
    base_names, directories = fields.texts(_BASE_NAMES), fields.texts(_DIRECTORY_NAMES)
    directory_of = fields.numbers(_DIRECTORY_INDEXES)
    if not base_names:
        base_names, directories, directory_of = _old_paths(fields.texts(_OLD_PATHS))
    if len(directory_of) != len(base_names) or max(directory_of, default=-1) >= len(directories):
        raise ValueError("the file list of a package header does not fit together")
    flags, states = fields.numbers(_FILE_FLAGS), fields.numbers(_FILE_STATES)
    if len(flags) != len(base_names):
        flags = (0,) * len(base_names)
    if len(states) != len(base_names):
        states = (0,) * len(base_names)
    modes = fields.numbers(_FILE_MODES)
    header.directories = directories
    if any(states) or any(flag & _GHOST for flag in flags):
        kept = [
            i
            for i, (flag, state) in enumerate(zip(flags, states, strict=True))
            if not flag & _GHOST and state != 2  # RPMFILE_STATE_NOTINSTALLED
        ]
        header.base_names = [base_names[i] for i in kept]
        header.directory_of = tuple(directory_of[i] for i in kept)
    else:
        header.base_names, header.directory_of = base_names, directory_of
    for base, number, flag, mode in zip(base_names, directory_of, flags, modes, strict=False):
        if mode & 0o170000 == _REGULAR and not flag & _CONFIG_DOC_GHOST:
            header.samples.append(directories[number] + base)
            if len(header.samples) == _SAMPLES:
                break


def _old_paths(paths: list[bytes]) -> tuple[list[bytes], list[bytes], tuple[int, ...]]:
    """rpm 3 kept whole paths."""
    known: dict[bytes, int] = {}
    base_names, numbers = [], []
    for path in paths:
        directory, _, base = path.rpartition(b"/")
        numbers.append(known.setdefault(directory + b"/", len(known)))
        base_names.append(base)
    return base_names, list(known), tuple(numbers)
