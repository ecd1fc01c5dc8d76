"""Blobs by digest: where an image's documents and layers are read from."""

from __future__ import annotations

import hashlib
import io
import os
import stat

from ironhull.errors import ImageError
from ironhull.model import Descriptor
from ironhull.oci.manifests import check_digest
from ironhull.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import BinaryIO, Protocol
else:
    Protocol = object

__all__ = [
    "AbsentBlobError",
    "Blobs",
    "DirectoryBlobs",
    "Part",
    "PartBlobs",
    "open_part",
    "place_of",
    "read_blob",
]


class AbsentBlobError(ImageError):
    """A manifest or config that is named and not there."""


class Blobs(Protocol):
    """Content by digest; `where` names the place in errors."""

    @property
    def where(self) -> str:
        """The layout or archive, as the user named it."""

    @property
    def apart(self) -> bool:
        """Whether processes that forked may each open blobs for itself."""

    def open(self, digest: str) -> BinaryIO:
        """The stored bytes, unverified; FileNotFoundError where there are none."""


def read_blob(blobs: Blobs, descriptor: Descriptor, limit: int) -> bytes:
    """The bytes `descriptor` names, size and digest verified; raises ImageError, AbsentBlobError.

    `limit` in bytes: a larger blob is refused before it is read.
    """
    where = f"{blobs.where}: blob {descriptor.digest}"
    if descriptor.size > limit:
        raise ImageError(f"{where}: {descriptor.size} bytes, more than the {limit} allowed")
    try:
        with blobs.open(descriptor.digest) as stream:
            data = stream.read(descriptor.size + 1)
    except FileNotFoundError:
        raise AbsentBlobError(
            f"{where}: missing", "the image is incomplete: save or build it again"
        ) from None
    except OSError as error:
        raise ImageError(f"{where}: cannot be read: {error.strerror}") from None
    if len(data) != descriptor.size:
        more = "more" if len(data) > descriptor.size else str(len(data))
        raise ImageError(f"{where}: expected {descriptor.size} bytes, got {more}")
    algorithm = descriptor.digest.partition(":")[0]
    got = f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"
    if got != descriptor.digest:
        raise ImageError(
            f"{where}: the content's digest is {got}",
            "the image is damaged or was tampered with: save or build it again",
        )
    return data


@dataclass(frozen=True, slots=True)
class DirectoryBlobs:
    """The `blobs/` of an OCI image layout (image-spec 1.1, image-layout.md)."""

    apart = True

    root: Path | str

    @property
    def where(self) -> str:
        """The layout's directory."""
        return str(self.root)

    def path(self, digest: str) -> Path:
        """Where the blob of `digest` lies, or would."""
        from pathlib import Path

        return Path(self._place(digest))

    def open(self, digest: str) -> BinaryIO:
        """The blob file; FileNotFoundError where there is none or it is not a file."""
        place = self._place(digest)
        # A FIFO planted here must not block us. `Path` tells where we may not look.
        if not os.path.isfile(place) and not self.path(digest).is_file():  # noqa: PTH113 - start-up
            raise FileNotFoundError(place)
        return open(place, "rb")  # noqa: PTH123 - start-up; the caller closes it

    def _place(self, digest: str) -> str:
        algorithm, _, value = check_digest(digest).partition(":")
        return f"{self.root}/blobs/{algorithm}/{value}"


# ── archives ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Part:
    """`size` bytes of an archive from `offset` on."""

    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class PartBlobs:
    """Blobs that lie in one uncompressed archive, found by digest."""

    apart = True

    where: str
    archive: BinaryIO
    parts: Mapping[str, Part]

    def open(self, digest: str) -> BinaryIO:
        """The part of the archive; FileNotFoundError where it has none."""
        part = self.parts.get(digest)
        if part is None:
            raise FileNotFoundError(digest)
        return open_part(self.archive, part)


class _PartReader(io.RawIOBase):
    """Reads a part by position, so that threads can share the archive's descriptor."""

    def __init__(self, archive: BinaryIO, part: Part) -> None:
        self._archive = archive  # keeps the file open
        self._at = part.offset
        self._end = part.offset + part.size

    @property
    def place(self) -> tuple[int, int]:
        """The archive's descriptor and where in it the next byte lies."""
        return self._archive.fileno(), self._at

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what is used here
        count = os.preadv(
            self._archive.fileno(), [buffer[: max(self._end - self._at, 0)]], self._at
        )
        self._at += count
        return count

    def read(self, size: int = -1) -> bytes:
        left = self._end - self._at
        wanted = left if size is None or size < 0 else min(size, left)
        pieces = []
        while wanted:
            piece = os.pread(self._archive.fileno(), wanted, self._at)
            if not piece:
                break
            self._at += len(piece)
            wanted -= len(piece)
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def open_part(archive: BinaryIO, part: Part) -> BinaryIO:
    """A stream over a part of `archive`, which is left where it stands."""
    return _PartReader(archive, part)  # type: ignore[return-value]  # read() and close() are all we use


def place_of(stream: BinaryIO) -> tuple[int, int] | None:
    """The descriptor and offset where a regular file holds what `stream` gives; None elsewhere."""
    if isinstance(stream, _PartReader):
        return stream.place
    try:
        descriptor = stream.fileno()
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor, stream.tell()
    except (OSError, AttributeError):  # io.UnsupportedOperation is an OSError
        pass
    return None
