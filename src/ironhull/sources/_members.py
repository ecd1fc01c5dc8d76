"""The members of an uncompressed image archive: where each file lies in it."""

from __future__ import annotations

import os

from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.oci._tar import TarReader, clean_path
from ironhull.oci.blobs import Part, open_part
from ironhull.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

__all__ = ["Members", "list_members"]

_READ = 16 * 1024


@dataclass(frozen=True, slots=True)
class Members:
    """Files by path, and links by path with the path they lead to."""

    where: str
    archive: BinaryIO
    parts: Mapping[str, Part]
    links: Mapping[str, str]

    def part(self, path: str) -> Part:
        """The file at `path`, links followed; raises ImageError where there is none."""
        at = clean_path(path)
        for _ in range(LIMITS.symlink_hops):
            if at in self.parts:
                return self.parts[at]
            if at not in self.links:
                break
            at = self.links[at]
        raise ImageError(
            f"{self.where}: {path!r} is missing from the archive", "save the image again"
        )

    def read(self, path: str, limit: int) -> bytes:
        """The content of a file of at most `limit` bytes."""
        part = self.part(path)
        if part.size > limit:
            raise ImageError(f"{self.where}: {path}: {part.size} bytes, more than {limit} allowed")
        return open_part(self.archive, part).read()


def list_members(archive: BinaryIO, where: str) -> Members:
    """Read the headers of `archive`, seeking over what is between; raises ImageError."""
    size = os.fstat(archive.fileno()).st_size
    at = 0

    def more() -> bytes:
        nonlocal at
        piece = os.pread(archive.fileno(), _READ, at)
        at += len(piece)
        return piece

    def leap(count: int) -> None:
        nonlocal at
        at += count
        if at > size:
            raise EOFError

    parts: dict[str, Part] = {}
    links: dict[str, str] = {}
    reader = TarReader(more, where, leap)
    for count, entry in enumerate(reader):
        if count >= LIMITS.archive_members:
            raise ImageError(f"{where}: more than {LIMITS.archive_members} files in the archive")
        parts.pop(entry.path, None)
        links.pop(entry.path, None)
        if entry.kind == "file" and entry.size == reader.stored:
            parts[entry.path] = Part(reader.offset, entry.size)
        elif entry.kind == "symlink":
            links[entry.path] = clean_path(f"{entry.path}/../{entry.link}")
        elif entry.kind == "hardlink":
            links[entry.path] = entry.link
    return Members(where, archive, parts, links)
