"""Reading tar: every dialect found in image layers, one forward pass, nothing unpacked.

POSIX ustar and pax (IEEE Std 1003.1-2017, pax, "ustar Interchange Format" and "pax Extended
Header"), GNU tar (manual, "Basic Tar Format", "Storing Sparse Files"), star prefixes and V7. Where
dialects leave room we do as Go's archive/tar, with which container runtimes unpack.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from zlib import adler32

from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.oci import _sparse
from ironhull.oci._entries import Entry, plain_entry
from ironhull.oci._tar_fields import (
    checksum_ok,
    clean_path,
    decimal,
    number,
    path_escapes,
    pax_records,
    seconds,
    text,
)

__all__ = ["Entry", "TarReader", "clean_path", "path_escapes"]

BLOCK = 512
_HEADER = struct.Struct("100s8s8s8s12s12s8sc100s8s80x155s12x")
_ZERO = bytes(BLOCK)
_KINDS = {
    b"0": "file",
    b"\0": "file",
    b"7": "file",  # contiguous: a regular file everywhere
    b"S": "file",  # GNU sparse
    b"1": "hardlink",
    b"2": "symlink",
    b"3": "char",
    b"4": "block",
    b"5": "dir",
    b"6": "fifo",
}
_EXTENSIONS = b"xgXLK"
_ROUND = BLOCK - 1


class TarReader:
    """Iterate over entries; between two steps `body()` reads the content of the entry just given.

    `more()` gives the next bytes, b"" at the end. With `leap(n)` (skip `n` bytes of the source;
    raises EOFError beyond its end) bodies that are not read are not fetched either. `where` names
    the archive in errors; `escaped` collects names that climbed above the root. Raises ImageError.
    """

    def __init__(
        self, more: Callable[[], bytes], where: str, leap: Callable[[int], None] | None = None
    ) -> None:
        self._more = more
        self._leap = leap
        self._where = where
        self._buffer = b""
        self._at = 0
        self._base = 0  # offset of the buffer's start in the archive
        self._left = 0  # bytes of the current body, and of its padding
        self._padding = 0
        self._sparse: _sparse.Sparse | None = None
        self._globals: dict[str, str] = {}
        self._pax: dict[str, str] = {}
        self.records: dict[str, str] = {}  # pax records of the entry just given
        self._holes: list[int] = []  # pax sparse 0.0: offset, size, offset, size ...
        self._long_name: str | None = None
        self._long_link: str | None = None
        self._extended = 0
        self._entries = 0
        self._names = 0
        self.escaped: list[str] = []

    @property
    def offset(self) -> int:
        """Where the body of the entry just given starts in the archive."""
        return self._base + self._at

    @property
    def stored(self) -> int:
        """Bytes the archive holds for the body not yet read: less than `size` for sparse files."""
        return self._left

    def __iter__(self) -> Iterator[Entry]:
        found: list[Entry] = []
        while self.run(found, _always):
            yield found.pop()

    def run(self, entries: list[Entry], wants: Callable[[str], object], mask: int = 0) -> bool:
        """Append entries up to one that `wants(path)` or a file whose mode has a bit of `mask`.

        The entry stopped at is the last of `entries`, and `body()` or `peek()` are about it. False
        at the archive's end.
        """
        self._pass_body()
        counted = len(entries)
        add = entries.append
        while True:
            buffer, at = self._buffer, self._at
            last = -1 if self._globals else len(buffer) - BLOCK
            while at <= last:
                entry = plain_entry(buffer, at)
                if entry is None:
                    break
                add(entry)
                at += BLOCK
                path, kind, mode, _, _, size, _, _ = entry
                if (mode & mask and kind == "file") or wants(path):
                    self._at, self._left, self._padding = at, size, -size % BLOCK
                    self._sparse = None
                    self.records = {}
                    self._count(entries, counted)
                    return True
                at += (size + _ROUND) & ~_ROUND
            self._at = min(at, len(buffer))
            self._count(entries, counted)
            counted = len(entries)
            if at >= len(buffer) and self._next_block(at - len(buffer)):
                continue
            entry = self._entry()
            if entry is None:
                return False
            add(entry)
            if (entry[2] & mask and entry[1] == "file") or wants(entry[0]):
                self._count(entries, counted)
                return True
            self._pass_body()

    def _next_block(self, count: int) -> bool:
        """Pass the buffer and `count` bytes more; whether all of a block is in the next one."""
        self._skip(count)
        if self._at == len(self._buffer):
            self._refill()
        return not self._globals and len(self._buffer) - self._at >= BLOCK

    def _pass_body(self) -> None:
        if self._left or self._padding:
            self._skip(self._left + self._padding)
            self._left = self._padding = 0

    def _count(self, entries: list[Entry], start: int) -> None:
        """Bound the entries given and the bytes of their names."""
        self._entries += len(entries) - start
        self._names += sum([len(entry[0]) + len(entry[7]) for entry in entries[start:]])
        most, longest = LIMITS.layer_entries, LIMITS.layer_path_bytes
        if self._entries > most or self._names > longest:
            raise ImageError(f"{self._where}: more than {most} entries or {longest} bytes of names")

    def peek(self, count: int) -> bytes:
        """The first `count` bytes of the body as the archive holds it, fewer if it is shorter."""
        count = min(count, self._left)
        self._gather(count)
        return self._buffer[self._at : self._at + count]

    def view(self) -> tuple[bytes, int, int]:
        """The body as a part of some bytes, (bytes, start, end), not copied if they hold it all.

        As the archive has it: not for sparse files. Once, as `body()`.
        """
        count = self._left
        at = self._at
        if at + count <= len(self._buffer):
            self._at += count
            self._left = 0
            return self._buffer, at, at + count
        return self.body(), 0, count

    def pieces(self) -> Iterator[bytes]:
        """The body as the archive has it, in pieces; once, as `body()`."""
        while self._left:
            if self._at == len(self._buffer) and not self._refill():
                raise self._damage("is cut short")
            piece = self._buffer[self._at : self._at + self._left]
            self._at += len(piece)
            self._left -= len(piece)
            yield piece

    @property
    def sparse(self) -> bool:
        """Whether the entry just given is a sparse file."""
        return self._sparse is not None

    def body(self) -> bytes:
        """The content of the entry just given, holes filled; once, and before the next step."""
        data = self._take(self._left)
        self._left = 0
        if self._sparse is None:
            return data
        try:
            return _sparse.expand(data, self._sparse)
        except ValueError as error:
            raise ImageError(f"{self._where}: sparse file is damaged: {error}") from None

    # ── headers ──────────────────────────────────────────────────────────────────────────────────

    def _entry(self) -> Entry | None:
        self._sparse = None
        while True:
            header = self._block()
            if header is None:
                if self._extended:
                    raise self._damage("ends after an extended header")
                return None
            fields = _HEADER.unpack(header)
            # The checksum counts itself as spaces (256); adler32's low half is 1 + the byte sum.
            own = fields[6]
            want = adler32(header) - 1 - sum(own) + 256
            try:
                size = number(fields[4])
                if (want - number(own)) & 0xFFFF and not checksum_ok(header, number(own)):
                    raise self._damage("header checksum is wrong")
                if fields[7] not in _EXTENSIONS:
                    return self._finish(header, fields, size)
                self._extend(fields[7], size)
            except ValueError as error:
                raise self._damage(f"a header is not valid: {error}") from None

    def _block(self) -> bytes | None:
        """The next header block; None at the end of the archive."""
        at = self._at
        header = self._buffer[at : at + BLOCK]
        if len(header) < BLOCK:
            header = self._take(BLOCK, or_end=True)
            if not header:
                return None
        else:
            self._at = at + BLOCK
        if header != _ZERO:
            return header
        second = self._take(BLOCK, or_end=True)
        if second and second != _ZERO:
            raise self._damage("data follows a lone block of zeros")
        return None

    def _finish(self, header: bytes, fields: tuple[bytes, ...], size: int) -> Entry:
        raw, mode, uid, gid, _, mtime, _, flag, target, magic, prefix = fields
        name = text(raw)
        if prefix[0] and magic[:6] == b"ustar\0":
            # star keeps access and change times behind a shorter prefix, with "tar\0" at the end
            star = header[508:] == b"tar\0"
            name = f"{text(prefix[:131] if star else prefix)}/{name}"
        values = [number(mode), number(uid), number(gid), size, number(mtime)]
        link = text(target) if flag in b"12" else ""
        kind = _KINDS.get(flag, "other")
        if self._extended or self._globals:
            name, link = self._overrides(name, link, values)
        if flag == b"\0" and name.endswith("/"):
            kind = "dir"  # V7 had no typeflag for directories
        size = values[3]
        if size < 0 or size > _MAX:
            raise ValueError(f"size {size}")
        if kind not in ("file", "other"):
            size = 0  # header only, whatever it claims (archive/tar, isHeaderOnly)
        self._left = size
        self._padding = -size % BLOCK
        if kind == "file" and (flag == b"S" or self._pax or self._holes):
            size, name = self._holed(header, flag, name, size)
        self.records = self._pax
        if self._extended:
            self._reset()
        path = clean_path(name)
        if ".." in name and path_escapes(name):
            self.escaped.append(name)
        if kind == "hardlink":
            link = clean_path(link)
        return Entry(path, kind, values[0] & 0o7777, values[1], values[2], size, values[4], link)

    def _reset(self) -> None:
        """Forget what extended headers said of one entry."""
        self._pax = {}
        self._holes = []
        self._long_name = self._long_link = None
        self._extended = 0

    def _extend(self, flag: bytes, size: int) -> None:
        """Take in a pax or GNU header that speaks of the next entry."""
        self._extended += max(size, 0) + BLOCK
        if size < 0 or self._extended > LIMITS.tar_header_bytes:
            raise self._damage(f"extended headers of more than {LIMITS.tar_header_bytes} bytes")
        data = self._take(size)
        self._skip(-size % BLOCK)
        if flag == b"L":
            self._long_name = text(data)
        elif flag == b"K":
            self._long_link = text(data)
        else:
            into = self._globals if flag == b"g" else self._pax
            for key, value in pax_records(data):
                if key in ("GNU.sparse.offset", "GNU.sparse.numbytes"):
                    self._holes.append(decimal(value))
                elif value:
                    into[key] = value
                else:
                    into.pop(key, None)  # an empty value takes the record back
        if flag == b"g":
            self._extended = 0
            if sum(map(len, self._globals)) > LIMITS.tar_header_bytes:
                raise self._damage("global headers are too large")

    def _overrides(self, name: str, link: str, values: list[int]) -> tuple[str, str]:
        """Apply pax records and GNU long names to the fields of a header."""
        records = {**self._globals, **self._pax} if self._globals else self._pax
        if records:
            name = records.get("path", name)
            link = records.get("linkpath", link)
            for position, key in enumerate(("uid", "gid", "size"), start=1):
                if key in records:
                    values[position] = decimal(records[key])
            if "mtime" in records:
                values[4] = seconds(records["mtime"])
        return self._long_name or name, self._long_link or link

    def _holed(self, header: bytes, flag: bytes, name: str, size: int) -> tuple[int, str]:
        """Size and name of a file that may be sparse; remembers its map for `body()`."""
        if flag == b"S":
            self._sparse = _sparse.from_gnu(header, lambda: self._take(BLOCK))
        elif any(key.startswith("GNU.sparse.") for key in self._pax) or self._holes:
            self._sparse = _sparse.from_pax(self._pax, self._holes)
            name = self._pax.get("GNU.sparse.name", name)
        if self._sparse is None:
            return size, name
        return self._sparse.size, name

    # ── bytes ────────────────────────────────────────────────────────────────────────────────────

    def _take(self, count: int, *, or_end: bool = False) -> bytes:
        """Exactly `count` bytes; with `or_end` also none, at the end of the archive."""
        at = self._at
        data = self._buffer[at : at + count]
        self._at = at + len(data)
        if len(data) == count:
            return data
        parts = [data]
        missing = count - len(data)
        while missing:
            if not self._refill():
                if or_end and missing == count:
                    return b""
                raise self._damage("is cut short")
            part = self._buffer[:missing]
            self._at = len(part)
            missing -= len(part)
            parts.append(part)
        return b"".join(parts)

    def _skip(self, count: int) -> None:
        have = len(self._buffer) - self._at
        if count <= have:
            self._at += count
            return
        count -= have
        self._at = len(self._buffer)
        if self._leap is not None:
            self._base += self._at + count
            self._buffer, self._at = b"", 0
            try:
                self._leap(count)
            except EOFError:
                raise self._damage("is cut short") from None
            return
        while count:
            if not self._refill():
                raise self._damage("is cut short")
            self._at = min(count, len(self._buffer))
            count -= self._at

    def _gather(self, count: int) -> None:
        """Have the next `count` bytes in the buffer, if the archive has them."""
        while len(self._buffer) - self._at < count:
            more = self._more()
            if not more:
                return
            self._base += self._at
            self._buffer, self._at = self._buffer[self._at :] + more, 0

    def _refill(self) -> bool:
        self._base += len(self._buffer)
        self._buffer = self._more()
        self._at = 0
        return bool(self._buffer)

    def _damage(self, what: str) -> ImageError:
        return ImageError(f"{self._where}: tar archive {what} (byte {self.offset})")


def _always(*_: object) -> bool:
    return True


_MAX = (1 << 63) - 1
