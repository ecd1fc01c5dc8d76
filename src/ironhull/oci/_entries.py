"""Tar entries, and the fast way to the one that nearly all headers hold."""

from __future__ import annotations

import struct
from collections import namedtuple
from zlib import adler32

from ironhull.oci._tar_fields import NUMBERS, OWNERS, clean_path, text

TYPE_CHECKING = False  # `typing` is a third of a start; checkers know the name
if TYPE_CHECKING:
    from typing import NamedTuple

__all__ = ["Entry", "plain_entry"]

_FIELDS = struct.Struct("100s24s12s12s8sB188xc").unpack_from
_KINDS = {ord("0"): "file", ord("1"): "hardlink", ord("2"): "symlink", ord("5"): "dir"}
_LINK = slice(157, 257)
_BLOCK = 512
_ODD = "0"  # paths below may begin with "/" or "." or be empty, and need cleaning
_BLANK = 32  # it or a NUL ends an octal number
_new = tuple.__new__


if TYPE_CHECKING:

    class _Fields(NamedTuple):
        path: str
        kind: str
        mode: int
        uid: int
        gid: int
        size: int
        mtime: int
        link: str

else:
    _Fields = namedtuple("_Fields", "path kind mode uid gid size mtime link")


class Entry(_Fields):
    """One tar entry. A tuple, not a dataclass: layers hold 100,000 of them, it is 4x cheaper.

    `path` is relative to the root, without "." or ".." segments ("" is the root itself); `kind` is
    file, dir, symlink, hardlink, char, block, fifo or "other" (a typeflag nobody defines); `size`
    in bytes with holes of sparse files counted, 0 for what is not a file; `mtime` in seconds since
    the epoch; `link` the target as written for symbolic links, a cleaned path for hard links.
    Names that are not UTF-8 hold surrogate escapes.
    """

    __slots__ = ()


def plain_entry(buffer: bytes, at: int) -> Entry | None:
    """The entry of a header block with nothing odd in it; None where `TarReader` has to look.

    The block lies in `buffer` at `at`, all of it.
    """
    raw, owner, length, changed, own, flag, prefix = _FIELDS(buffer, at)
    header = buffer[at : at + _BLOCK]
    try:
        kind = _KINDS[flag]
        # the low half of adler32 is 1 and the sum of all bytes; a checksum counts itself as blanks
        if (adler32(header) - adler32(own) - int(own[:6], 8) + 256) & 0xFFFF:
            return None
        mode, uid, gid = OWNERS[owner]
        size = int(length[:11], 8) if length[11] <= _BLANK else NUMBERS[length]
        mtime = NUMBERS[changed]
        path = raw.partition(b"\0")[0].decode()
        if prefix != b"\0":
            path = f"{_prefix(header)}/{path}"
    except (ValueError, KeyError):
        return None
    if path < _ODD or path[-1] == "/" or "/." in path or "//" in path:
        if ".." in path:
            return None
        path = clean_path(path)
    if kind == "file":
        if size < 0:
            return None
        return _new(Entry, (path, kind, mode, uid, gid, size, mtime, ""))
    link = "" if kind == "dir" else text(header[_LINK])
    if kind == "hardlink":
        link = clean_path(link)
    return _new(Entry, (path, kind, mode, uid, gid, 0, mtime, link))


def _prefix(header: bytes) -> str:
    """The leading directories of a ustar name; ValueError for other dialects."""
    if header[257:263] != b"ustar\0" or header[508:] == b"tar\0":
        raise ValueError("not ustar")
    return header[345:500].partition(b"\0")[0].decode()
