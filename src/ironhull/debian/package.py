"""Reading .deb files (deb(5)): the control files, and the file system entries of the data archive.

Nothing is written and nothing of a package is run; what a package holds is checked against
`LIMITS` and its paths cannot leave the root.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from ironhull.debian import ar
from ironhull.debian._inflate import damage, inflate
from ironhull.debian.deb822 import read_fields, stanzas
from ironhull.errors import RepositoryError, StoreError
from ironhull.limits import LIMITS

__all__ = ["Control", "Entry", "read_control", "read_data"]

_AGAIN = "fetch the package again"
_CHUNK = 1 << 18
_KINDS = {
    tarfile.REGTYPE: "file",
    tarfile.AREGTYPE: "file",
    tarfile.CONTTYPE: "file",
    tarfile.LNKTYPE: "hardlink",
    tarfile.SYMTYPE: "symlink",
    tarfile.DIRTYPE: "dir",
    tarfile.CHRTYPE: "char",
    tarfile.BLKTYPE: "block",
    tarfile.FIFOTYPE: "fifo",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One member of a data archive: `path` without a leading slash ("" is the root).

    `kind` is that of oci.pack.Member; `link` the target of a symlink as written, or the path of
    the file a hardlink is another name of.
    """

    path: str
    kind: str
    mode: int
    uid: int
    gid: int
    mtime: int
    size: int
    link: str = ""
    device: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Control:
    """A control archive: the fields of `control`, and every other file by name."""

    fields: Mapping[str, str]
    files: Mapping[str, bytes]


def read_control(deb: Path) -> Control:
    """The control archive of a .deb; raises RepositoryError where it is damaged."""
    files: dict[str, bytes] = {}
    for entry, content in _archive(deb, "control.tar"):
        if content is not None:
            if entry.size > LIMITS.file_bytes or len(files) > LIMITS.archive_members:
                raise RepositoryError(f"{deb.name}: control file {entry.path} is too large", _AGAIN)
            files[entry.path] = content.read()
    text = files.pop("control", None)
    if text is None:
        raise RepositoryError(f"{deb.name}: no control file in it", _AGAIN)
    try:
        fields = read_fields(next(stanzas(text.decode("utf-8", "replace")), ""))
    except ValueError as trouble:
        raise RepositoryError(f"{deb.name}: its control file: {trouble}", _AGAIN) from trouble
    for name in ("Package", "Version", "Architecture"):
        if not fields.get(name):
            raise RepositoryError(f"{deb.name}: its control file has no {name}", _AGAIN)
    return Control(fields, files)


def read_data(deb: Path) -> Iterator[tuple[Entry, BinaryIO | None]]:
    """Entries of the data archive in its order; content for regular files only.

    A content is to be read before the next entry is asked for. Raises RepositoryError where the
    archive is damaged, too large, or names a path outside the root.
    """
    yield from _archive(deb, "data.tar")


def _archive(deb: Path, stem: str) -> Iterator[tuple[Entry, BinaryIO | None]]:
    try:
        with deb.open("rb") as file:
            found = False
            for number, (name, content) in enumerate(ar.members(file, deb.name)):
                if number == 0:
                    _check_version(name, content, deb.name)
                if name == stem or name.startswith(stem + "."):
                    found = True
                    yield from _entries(inflate(content, name, deb.name), deb.name)
                    break
            if not found:
                raise RepositoryError(f"{deb.name}: not a .deb: there is no {stem} in it", _AGAIN)
    except OSError as trouble:
        reason = trouble.strerror or trouble
        raise StoreError(f"cannot read {deb}: {reason}", "check the download cache") from trouble


def _check_version(name: str, content: BinaryIO, where: str) -> None:
    if name != "debian-binary" or not content.read(16).startswith(b"2."):
        raise RepositoryError(f"{where}: not a .deb of format 2", _AGAIN)


# ── the tar inside ───────────────────────────────────────────────────────────────────────────────


def _entries(stream: BinaryIO, where: str) -> Iterator[tuple[Entry, BinaryIO | None]]:
    number = 0
    try:
        with closing(
            tarfile.open(
                fileobj=stream,
                mode="r|",
                bufsize=_CHUNK,
                encoding="utf-8",
                errors="surrogateescape",
            )
        ) as tar:
            for info in tar:
                number += 1
                if number > LIMITS.archive_members:
                    raise RepositoryError(
                        f"{where}: more than {LIMITS.archive_members} files in it"
                    )
                content = tar.extractfile(info) if info.isreg() else None
                data = _Content(content, where) if content is not None else None
                yield _entry(info, where), data  # type: ignore[misc]  # reads like a BinaryIO
                tar.members.clear()  # type: ignore[attr-defined]  # else it keeps every header
    except damage() as trouble:
        raise RepositoryError(f"{where}: damaged: {trouble}", _AGAIN) from trouble


class _Content(io.RawIOBase):
    """A file inside the archive; damage that shows as it is read is a RepositoryError as well."""

    def __init__(self, inner: IO[bytes], where: str) -> None:
        self._inner = inner
        self._where = where

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            return self._inner.read(size)
        except damage() as trouble:
            raise RepositoryError(f"{self._where}: damaged: {trouble}", _AGAIN) from trouble


def _entry(info: tarfile.TarInfo, where: str) -> Entry:
    kind = _KINDS.get(info.type)
    if kind is None:
        raise RepositoryError(f"{where}: {info.name} is of no kind we know ({info.type!r})")
    path = _inside(info.name, where)
    link = info.linkname
    if kind == "hardlink":
        link = _inside(link, where)
    if kind in ("hardlink", "symlink") and (not link or "\0" in link):
        raise RepositoryError(f"{where}: {info.name} is a link to nothing")
    return Entry(
        path=path,
        kind=kind,
        mode=info.mode & 0o7777,
        uid=max(info.uid, 0),
        gid=max(info.gid, 0),
        mtime=max(int(info.mtime), 0),
        size=info.size if kind == "file" else 0,
        link=link if kind in ("hardlink", "symlink") else "",
        device=(info.devmajor, info.devminor) if kind in ("char", "block") else (0, 0),
    )


def _inside(name: str, where: str) -> str:
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or "\0" in name:
        raise RepositoryError(
            f"{where}: {name!r} leads out of the root", "do not trust this package"
        )
    path = "/".join(parts)
    if len(path) > LIMITS.path_bytes:
        raise RepositoryError(f"{where}: a path of more than {LIMITS.path_bytes} bytes")
    return path
