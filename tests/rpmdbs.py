"""rpm databases made in code: headers, and the three containers that keep them."""

import sqlite3
import struct
import zlib
from collections.abc import Mapping, Sequence

NAME, VERSION, RELEASE, EPOCH, SUMMARY, SIZE = 1000, 1001, 1002, 1003, 1004, 1009
VENDOR, LICENSE, URL, ARCH, SOURCE, MODULARITY = 1011, 1014, 1020, 1022, 1044, 5096
PROVIDES, PROVIDE_FLAGS, PROVIDE_VERSIONS = 1047, 1112, 1113
REQUIRES, REQUIRE_FLAGS, REQUIRE_VERSIONS = 1049, 1048, 1050
BASE_NAMES, DIRECTORIES, DIRECTORY_OF, FLAGS, STATES, MODES = 1117, 1118, 1116, 1037, 1029, 1030

Value = str | int | Sequence[str] | Sequence[int] | bytes
_WIDTHS = {MODES: ("H", 3), STATES: ("B", 1)}


def header(tags: Mapping[int, Value], *, region: bool = True) -> bytes:
    """A header blob of `tags`: text, lists of text, numbers (32 bits), lists of numbers."""
    entries, data = [], b""
    for tag in sorted(tags):
        kind, count, raw, align = _encoded(tag, tags[tag])
        data += b"\0" * (-len(data) % align)
        entries.append((tag, kind, len(data), count))
        data += raw
    if region:  # the tag 63 whose trailer points back over the whole index
        entries.insert(0, (63, 7, len(data), 16))
        data += struct.pack(">iiii", 63, 7, -16 * len(entries), 16)
    index = b"".join(struct.pack(">iIiI", *entry) for entry in entries)
    return struct.pack(">II", len(entries), len(data)) + index + data


def _encoded(tag: int, value: Value) -> tuple[int, int, bytes, int]:
    if isinstance(value, bytes):
        return 7, len(value), value, 1
    if isinstance(value, str):
        kind = 9 if tag == SUMMARY else 6
        return kind, 1, value.encode() + b"\0", 1
    numbers = [value] if isinstance(value, int) else value
    if all(isinstance(one, int) for one in numbers):
        code, kind = _WIDTHS.get(tag, ("I", 4))
        width = struct.calcsize(code)
        return kind, len(numbers), struct.pack(f">{len(numbers)}{code}", *numbers), width
    return 8, len(numbers), b"".join(str(one).encode() + b"\0" for one in numbers), 1


def package(name: str, version: str = "1.0", release: str = "1.el9", **more: Value) -> bytes:
    """The header of a package; `files` are absolute paths of regular files."""
    tags: dict[int, Value] = {
        NAME: name,
        VERSION: version,
        RELEASE: release,
        ARCH: str(more.pop("arch", "x86_64")),
        SOURCE: str(more.pop("source", f"{name}-{version}-{release}.src.rpm")),
        SUMMARY: f"The {name} package",
        LICENSE: str(more.pop("license", "MIT")),
        VENDOR: "Example",
        SIZE: 4096,
    }
    files = [str(path) for path in more.pop("files", ())]  # type: ignore[union-attr]  # texts here
    if files:
        directories = sorted({path.rpartition("/")[0] + "/" for path in files})
        tags[DIRECTORIES] = directories
        tags[BASE_NAMES] = [path.rpartition("/")[2] for path in files]
        tags[DIRECTORY_OF] = [directories.index(p.rpartition("/")[0] + "/") for p in files]
        tags[MODES] = [0o100644] * len(files)
    names = {
        "epoch": EPOCH,
        "provides": PROVIDES,
        "requires": REQUIRES,
        "modularity": MODULARITY,
        "flags": FLAGS,
        "states": STATES,
        "url": URL,
    }
    tags |= {names[key]: value for key, value in more.items()}
    return header(tags)


def sqlite(blobs: Sequence[bytes], *, page_size: int = 4096) -> bytes:
    """rpmdb.sqlite as rpm's backend lays it out, in WAL mode."""
    connection = sqlite3.connect(":memory:")
    connection.execute(f"PRAGMA page_size = {page_size}")
    connection.execute("CREATE TABLE 'Name' (key TEXT NOT NULL, hnum INTEGER, idx INTEGER)")
    connection.execute(
        "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)"
    )
    connection.executemany("INSERT INTO Packages(blob) VALUES (?)", [(blob,) for blob in blobs])
    connection.commit()
    data = bytearray(connection.serialize())
    connection.close()
    data[18:20] = b"\2\2"
    return bytes(data)


def ndb(blobs: Sequence[bytes], *, pages: int = 1) -> bytes:
    """Packages.db; deleted slots lie between those in use."""
    slots, space = b"", b""
    for number, blob in enumerate(blobs, 1):
        total = -(-(16 + len(blob) + 12) // 16)
        start = struct.pack("<4sIII", b"BlbS", number, 1_700_000_000, len(blob)) + blob
        start += bytes(total * 16 - 12 - len(start))
        at = pages * 256 + len(space) // 16
        slots += struct.pack("<4sIII", b"Slot", number, at, total)
        slots += struct.pack("<4sIII", b"Slot", 0, 0, 0)
        space += start + struct.pack("<II4s", zlib.adler32(start), len(blob), b"BlbE")
    head = struct.pack("<4sIIII12x", b"RpmP", 0, 7, pages, len(blobs) + 1)
    free = pages * 4096 - len(head) - len(slots)
    assert free >= 0, "more pages of slots, please"
    return head + slots + struct.pack("<4sIII", b"Slot", 0, 0, 0) * (free // 16) + space


def bdb(
    blobs: Sequence[bytes], *, order: str = "<", page_size: int = 4096, kind: int = 13
) -> bytes:
    """Packages as a BerkeleyDB hash: one bucket page an entry, data inline or overflowing."""
    pages: list[bytes] = []
    spill: list[bytes] = []
    first_spill = 1 + len(blobs) + 1
    items = [struct.pack(f"{order}I", len(blobs) + 1), *blobs]
    for number, blob in enumerate(items):
        key = b"\x01" + struct.pack(f"{order}I", number)
        if len(blob) < page_size // 4:
            value = b"\x01" + blob
        else:
            value = struct.pack(f"{order}B3xII", 3, first_spill + len(spill), len(blob))
            spill += _overflow(blob, order, page_size, first_spill + len(spill))
        pages.append(_bucket(key, value, order, page_size, 1 + number, kind))
    last = len(pages) + len(spill)
    meta = bytearray(page_size)
    struct.pack_into(f"{order}8xIIII", meta, 0, 0, 0x061561, 9, page_size)
    meta[25] = 8
    struct.pack_into(f"{order}I", meta, 32, last)
    struct.pack_into(f"{order}III", meta, 72, len(pages) - 1, 0xFFFF, 0x7FFF)
    struct.pack_into(f"{order}32I", meta, 96, *([1] * 32))
    return bytes(meta) + b"".join(pages) + b"".join(spill)


def _bucket(key: bytes, value: bytes, order: str, size: int, number: int, kind: int) -> bytes:
    page = bytearray(size)
    at_key = size - len(key)
    at_value = at_key - len(value)
    struct.pack_into(f"{order}8xIIIHHBB", page, 0, number, 0, 0, 2, at_value, 0, kind)
    struct.pack_into(f"{order}HH", page, 26, at_key, at_value)
    page[at_value:] = value + key
    return bytes(page)


def _overflow(blob: bytes, order: str, size: int, number: int) -> list[bytes]:
    room = size - 26
    pieces = [blob[at : at + room] for at in range(0, len(blob), room)]
    pages = []
    for position, piece in enumerate(pieces):
        following = number + position + 1 if position + 1 < len(pieces) else 0
        head = struct.pack(
            f"{order}8xIIIHHBB", number + position, 0, following, 1, len(piece), 0, 7
        )
        pages.append((head + piece).ljust(size, b"\0"))
    return pages
