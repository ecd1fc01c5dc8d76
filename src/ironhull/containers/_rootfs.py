"""An image's layers on disk, with the owners they have in the image (OCI image-spec, layer.md)."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ironhull.errors import ImageError
from ironhull.model import Image, Layer
from ironhull.oci.decompress import Unpacking
from ironhull.values import dataclass

__all__ = ["User", "unpack", "user_of"]

_WHITEOUT, _OPAQUE = ".wh.", ".wh..wh..opq"


@dataclass(frozen=True, slots=True)
class User:
    """Whom a process runs as."""

    uid: int
    gid: int
    home: str = "/"


def unpack(image: Image, root: Path) -> None:
    """Write the files of `image` below `root`; raises ImageError for what would leave it."""
    for layer in image.layers:
        _unpack_layer(layer, root)


def _unpack_layer(layer: Layer, root: Path) -> None:
    where = f"layer {layer.digest}"
    try:
        with (
            layer.open() as stored,
            Unpacking(stored, where) as pieces,
            tarfile.open(fileobj=_Stream(pieces), mode="r|") as tar,
        ):
            for member in tar:
                if not _whiteout(member, root):
                    tar.extract(member, root, numeric_owner=True, filter=_kept)
    except (tarfile.TarError, OSError) as trouble:
        raise ImageError(f"{where} cannot be unpacked: {trouble}") from trouble


def _kept(member: tarfile.TarInfo, root: str) -> tarfile.TarInfo:
    """Refused where it leads out of `root` (tarfile.tar_filter); modes stay what they are."""
    checked = tarfile.tar_filter(member, root)
    return checked.replace(mode=member.mode, deep=False)


def _whiteout(member: tarfile.TarInfo, root: Path) -> bool:
    """Whether this removes something, which is then done."""
    directory, _, name = member.name.strip("/").rpartition("/")
    if not name.startswith(_WHITEOUT):
        return False
    place = (root / directory).resolve()
    if not place.is_relative_to(root.resolve()):
        raise ImageError(f"a whiteout leads out of the image: {member.name}")
    gone = list(place.iterdir()) if name == _OPAQUE else [place / name.removeprefix(_WHITEOUT)]
    for path in gone:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return True


class _Stream(io.RawIOBase):
    """The pieces of a tar as a file tarfile can read from."""

    def __init__(self, pieces: Unpacking) -> None:
        self._pieces = iter(pieces)
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._rest) < size:
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._rest += piece
        cut = len(self._rest) if size < 0 else size
        found, self._rest = self._rest[:cut], self._rest[cut:]
        return found


def user_of(config: Mapping[str, Any], root: Path) -> User:
    """The user of an image's configuration: names are looked up in its own passwd and group.

    As engines do: a number without a group has the group passwd gives it, else 0.
    """
    name, _, group = str(config.get("User") or "0").partition(":")
    uid, gid, home = _account(root, name)
    if group:
        gid = int(group) if group.isdigit() else _group(root, group)
    return User(uid, gid, home)


def _account(root: Path, name: str) -> tuple[int, int, str]:
    for fields in _lines(root, "etc/passwd"):
        if len(fields) > 5 and name in (fields[0], fields[2]):
            return int(fields[2]), int(fields[3]), fields[5] or "/"
    if name.isdigit():
        return int(name), 0, "/"
    raise ImageError(f"the image's user {name!r} is not in its etc/passwd", "use a number")


def _group(root: Path, name: str) -> int:
    for fields in _lines(root, "etc/group"):
        if len(fields) > 2 and fields[0] == name:
            return int(fields[2])
    raise ImageError(f"the image's group {name!r} is not in its etc/group", "use a number")


def _lines(root: Path, path: str) -> list[list[str]]:
    try:
        descriptor = os.open(root / path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return []
    with os.fdopen(descriptor, encoding="utf-8", errors="replace") as file:
        return [line.rstrip("\n").split(":") for line in file]
