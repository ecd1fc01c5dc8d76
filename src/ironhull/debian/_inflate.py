"""The compressions a member of a .deb may have (deb(5)), read as streams of bounded length."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from importlib import import_module
from typing import Any, BinaryIO, Protocol

from ironhull.errors import RepositoryError
from ironhull.limits import LIMITS

__all__ = ["damage", "inflate"]

_CHUNK = 1 << 18
_XZ_MEMORY = 512 << 20  # `xz -9` needs 65 MiB to unpack


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


def damage() -> tuple[type[Exception], ...]:
    """What tarfile and the decompressors raise for bad data; asked for when something was."""
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


def inflate(content: BinaryIO, name: str, where: str) -> BinaryIO:
    """What `content`, the member `name` (data.tar.xz) of the package `where`, unpacks to.

    Reading it raises RepositoryError beyond the limit, and one of `damage` for bad data.
    """
    if name.endswith(".tar"):
        return content
    return _Inflated(content, name, where)  # type: ignore[return-value]  # reads like a BinaryIO
