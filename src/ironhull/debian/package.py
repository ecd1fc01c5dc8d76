"""Reading .deb files (deb(5)): the control files, and the file system entries of the data archive.

Nothing is written and nothing of a package is run; what a package holds is checked against
`LIMITS` and its paths cannot leave the root.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, Any, BinaryIO, Protocol

from ironhull.debian import ar
from ironhull.debian.deb822 import read_fields, stanzas
from ironhull.errors import RepositoryError, StoreError
from ironhull.limits import LIMITS

__all__ = ["Control", "Entry", "read_control", "read_data"]

_AGAIN = "fetch the package again"
_CHUNK = 1 << 18
_XZ_MEMORY = 512 << 20  # `xz -9` needs 65 MiB to unpack
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
                    yield from _entries(_inflate(content, name, deb.name), deb.name)
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
    except _damage() as trouble:
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
        except _damage() as trouble:
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


# ── compression ──────────────────────────────────────────────────────────────────────────────────


class _Decoder(Protocol):
    """What lzma, bz2 and zstd decompressors have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def needs_input(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gzip:
    """zlib's decompressor in the shape of the others."""

    def __init__(self) -> None:
        import zlib

        self._inner = zlib.decompressobj(31)
        self._rest = b""

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._rest

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        out = self._inner.decompress(self._rest + data, max(max_length, 0))
        self._rest = self._inner.unconsumed_tail
        return out


def _decoder(name: str, where: str) -> _Decoder:
    suffix = name.rpartition(".")[2]
    if suffix == "xz":
        import lzma

        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
    if suffix == "lzma":
        import lzma

        return lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_XZ_MEMORY)
    if suffix == "gz":
        return _Gzip()
    if suffix == "bz2":
        import bz2

        return bz2.BZ2Decompressor()
    if suffix == "zst":
        return _zstd()
    raise RepositoryError(f"{where}: {name} is compressed in a way we do not know", "report it")


def _zstd() -> _Decoder:
    module = _zstd_module()
    options = {module.DecompressionParameter.window_log_max: LIMITS.zstd_window_log}
    decoder: _Decoder = module.ZstdDecompressor(options=options)
    return decoder


def _zstd_module() -> Any:
    try:
        return import_module("compression.zstd")  # Python 3.14 and later
    except ImportError:
        return import_module("backports.zstd")


def _damage() -> tuple[type[Exception], ...]:
    """What tarfile and the decompressors raise; looked up when something was raised."""
    import lzma
    import zlib

    zstd_error: type[Exception] = _zstd_module().ZstdError
    return tarfile.TarError, EOFError, ValueError, lzma.LZMAError, zlib.error, zstd_error


class _Inflated(io.RawIOBase):
    """What a compressed stream unpacks to, at most `LIMITS.deb_unpacked_bytes` of it."""

    def __init__(self, stream: BinaryIO, name: str, where: str) -> None:
        self._stream = stream
        self._make: Callable[[], _Decoder] = lambda: _decoder(name, where)
        self._decoder = self._make()
        self._where = where
        self._pending = b""
        self._given = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        want = size if size >= 0 else _CHUNK
        while want:
            if self._decoder.eof and not self._next_stream():
                return b""
            feed = self._feed()
            try:
                out = self._decoder.decompress(feed, want)
            except OSError as trouble:  # how bz2 says that data is damaged
                raise EOFError(str(trouble)) from trouble
            if out:
                return self._counted(out)
        return b""

    def _next_stream(self) -> bool:
        """Whether another compressed stream follows the one that ended."""
        rest = self._decoder.unused_data or self._stream.read(_CHUNK)
        if not rest.strip(b"\0"):
            return False
        self._decoder = self._make()
        self._pending = rest
        return True

    def _feed(self) -> bytes:
        if not self._decoder.needs_input:
            return b""
        feed, self._pending = self._pending or self._stream.read(_CHUNK), b""
        if not feed:
            raise EOFError("the compressed data ends too early")
        return feed

    def _counted(self, data: bytes) -> bytes:
        self._given += len(data)
        if self._given > LIMITS.deb_unpacked_bytes:
            raise RepositoryError(
                f"{self._where}: unpacks to more than {LIMITS.deb_unpacked_bytes} bytes",
                "do not trust this package",
            )
        return data


def _inflate(content: BinaryIO, name: str, where: str) -> BinaryIO:
    if name.endswith(".tar"):
        return content
    return _Inflated(content, name, where)  # type: ignore[return-value]  # reads like a BinaryIO
