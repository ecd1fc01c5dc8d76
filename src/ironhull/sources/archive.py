"""Images in one file: OCI archives and what `docker save` writes, also compressed as a whole.

An OCI archive is a tar of an OCI layout (image-spec 1.1, image-layout.md). `docker save` writes
manifest.json (moby, image/spec/v1.2.md); since version 25 also an OCI layout, which is then read.
Uncompressed archives are read in place; compressed ones are unpacked to an unnamed temporary file,
so memory stays flat either way.
"""

from __future__ import annotations

import os

from ironhull.errors import ImageError, ReferenceFault
from ironhull.limits import LIMITS
from ironhull.model import Image, Platform
from ironhull.oci.blobs import Part, PartBlobs
from ironhull.oci.decompress import Unpacking, compression
from ironhull.oci.manifests import parse_index
from ironhull.oci.storage import storage_error
from ironhull.sources._members import Members, list_members
from ironhull.sources._pick import kind_of, load_picked, pick, split_path
from ironhull.sources.layout import check_version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = ["blob_parts", "open_archive", "open_file", "read_archive"]


def open_archive(text: str, platform: Platform | None) -> Image:
    """The image `FILE`, `FILE:NAME` or `FILE@DIGEST`; raises ReferenceFault, ImageError."""
    archive, path, wanted = open_file(text)
    return read_archive(archive, path, wanted, platform)


def open_file(text: str) -> tuple[BinaryIO, str, str]:
    """The archive `FILE[:NAME]` without its compression, the file's path and the name.

    Raises ReferenceFault, ImageError.
    """
    path, wanted = split_path(text)
    kind = kind_of(path, f"archive://{text}")
    if kind != "file":
        what = "not a file" if kind else "no such file"
        hint = f"write oci-dir://{text}" if kind == "dir" else "check the path"
        raise ReferenceFault(f"archive://{text}: {what}", hint)
    archive = _uncompressed(path)
    _check_tar(archive, path)
    return archive, path, wanted


def read_archive(archive: BinaryIO, where: str, wanted: str, platform: Platform | None) -> Image:
    """The image `wanted` ("" for the only one) of an uncompressed archive, read in place.

    `where` names it in errors; the file is kept open by what is read from it. Raises
    ReferenceFault, ImageError.
    """
    members = list_members(archive, where)
    if "index.json" in members.parts:
        return _open_oci(members, wanted, platform)
    if "manifest.json" in members.parts:
        from ironhull.sources._docker import open_docker

        return open_docker(members, wanted, platform)
    raise ImageError(
        f"{where}: neither an OCI archive nor one of `docker save`: no index.json and no"
        " manifest.json in it",
        "for a tar of a root file system, unpack it and use fs://",
    )


def _check_tar(archive: BinaryIO, path: str) -> None:
    """Refuse what cannot be a tar: its first block is no header, of the old format neither."""
    head = archive.read(512)
    archive.seek(0)
    known = head[257:262] == b"ustar" or not head.strip(b"\0") or _is_old_tar(head)
    if len(head) < 512 or not known:
        raise ImageError(
            f"{path}: not an image archive: no tar file", "give what `docker save -o FILE` wrote"
        )


def _is_old_tar(head: bytes) -> bool:
    """Whether the checksum of a header without magic (V7) is right."""
    digits = head[148:156].strip(b"\0 ")
    blank = head[:148] + b" " * 8 + head[156:]
    return bool(digits) and not digits.strip(b"01234567") and int(digits, 8) == sum(blank)


def _open_oci(members: Members, wanted: str, platform: Platform | None) -> Image:
    where = members.where
    if "oci-layout" in members.parts:
        check_version(members.read("oci-layout", 4096), where)
    data = members.read("index.json", LIMITS.manifest_bytes)
    blobs = PartBlobs(where, members.archive, blob_parts(members))
    entries = parse_index(data, f"{where}: index.json").manifests
    picked = pick(blobs, entries, wanted, "archive")
    return load_picked(blobs, picked, entries, platform, "archive")


def blob_parts(members: Members) -> dict[str, Part]:
    """Where each blob of an OCI archive lies, by digest."""
    found = {}
    for path, part in members.parts.items():
        folder, _, rest = path.partition("/")
        algorithm, slash, value = rest.partition("/")
        if folder == "blobs" and slash:
            found[f"{algorithm}:{value}"] = part
    return found


def _uncompressed(path: str) -> BinaryIO:
    try:
        archive = open(path, "rb")  # noqa: PTH123, SIM115 - start-up; kept open by what is read of it
        kind = compression(archive.read(8))
        archive.seek(0)
    except OSError as error:
        raise ImageError(f"{path}: cannot be read: {error.strerror}") from None
    if kind == "":
        return archive
    with archive:
        return _spooled(archive, path)


def _spooled(archive: BinaryIO, where: str) -> BinaryIO:
    """The archive unpacked into a file without a name; gone when nobody reads it any more."""
    import tempfile

    try:
        unpacked = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the image that reads it
        try:
            for piece in Unpacking(archive, where):
                unpacked.write(piece)
            unpacked.flush()
        except BaseException:
            unpacked.close()
            raise
    except OSError as error:
        doing = f"cannot unpack {where} to {tempfile.gettempdir()}"
        raise storage_error(error, doing) from error
    os.lseek(unpacked.fileno(), 0, os.SEEK_SET)
    return unpacked
