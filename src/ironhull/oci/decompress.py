"""The tar inside a layer: gzip (also several members), zstd (several frames) or raw, told by magic.

The bytes decide, not the media type: registries hold layers whose type lies about the compression
and every runtime sniffs. Both digests are computed while the bytes stream by; only a few chunks are
held.
"""

from __future__ import annotations

from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.oci._hashing import Aside, Hash

TYPE_CHECKING = False  # `typing` is a third of a start; checkers know the name
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, BinaryIO, Self

__all__ = ["Unpacking", "compression"]

_READ = 512 * 1024  # bytes at a time: large enough that handing them over costs little
_STEP = 512 * 1024
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_OTHERS = {b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x04\x22\x4d\x18": "lz4", b"\x5d\0\0": "lzma"}


def compression(head: bytes) -> str:
    """ "gzip", "zstd", "" for none, or the name of a compression layers do not use."""
    if head.startswith(_GZIP):
        return "gzip"
    if _is_zstd(head):
        return "zstd"
    return next((name for magic, name in _OTHERS.items() if head.startswith(magic)), "")


def _is_zstd(head: bytes) -> bool:
    """A frame (RFC 8878, 3.1.1) or a skippable frame (3.1.2)."""
    return head.startswith(_ZSTD) or (head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50)


class Unpacking:
    """One reading of a layer: iterate over the tar in chunks, then ask what went by.

    `digest` and `size` are of the stored bytes, `diff_id` and `unpacked` of the tar; they are final
    when the iterator is exhausted and the context, if it was entered, left. `algorithms` name the
    hashes of both ("" for none). With `spare`, a thread hashes as soon as that tells of a free
    processor, and the context is needed.
    Raises ImageError for damage and beyond LIMITS.
    """

    def __init__(
        self,
        stream: BinaryIO,
        where: str,
        algorithms: tuple[str, str] = ("", ""),
        *,
        spare: Callable[[], bool] | None = None,
    ) -> None:
        self._stream = stream
        self._where = where
        self._stored = _hash(algorithms[0])
        self._same = algorithms[0] == algorithms[1]
        self._content = _hash(algorithms[1])
        self._aside = Aside(spare) if spare is not None else None
        self._raw = False
        self._pieces: Iterator[bytes] | None = None
        self.leap = None
        self.size = 0
        self.unpacked = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._aside is not None:
            self._aside.close()

    @property
    def digest(self) -> str:
        """The digest of the bytes as stored."""
        return _named(self._stored)

    @property
    def diff_id(self) -> str:
        """The digest of the tar inside."""
        return _named(self._stored if self._raw and self._same else self._content)

    @property
    def raw(self) -> bool:
        """Whether the stored bytes are the tar itself; known after the first chunk."""
        return self._raw

    def __iter__(self) -> Iterator[bytes]:
        first = self._read()
        kind = compression(first[:8])
        if kind == "":
            self._raw = True
            return self._plain(first)
        if kind not in ("gzip", "zstd"):
            raise ImageError(
                f"{self._where}: compressed with {kind}, which image layers do not use"
            )
        decoder, error, starts = _gzip_tools() if kind == "gzip" else _zstd_tools()
        return self._counted(self._inflate(first, kind, decoder, error, starts))

    def more(self) -> bytes:
        """The next piece; b"" at the end."""
        if self._pieces is None:
            self._pieces = iter(self)
        return next(self._pieces, b"")

    def finish(self) -> None:
        """Go on to the end."""
        while self.more():
            pass

    def _read(self) -> bytes:
        try:
            piece = self._stream.read(_READ)
        except OSError as error:
            raise ImageError(f"{self._where}: cannot be read: {error.strerror}") from None
        self._hash(self._stored, piece)
        self.size += len(piece)
        return piece

    def _hash(self, taker: Hash | None, piece: bytes) -> None:
        if taker is None:
            return
        if self._aside is None:
            taker.update(piece)
        else:
            self._aside.update(taker, piece)

    def _plain(self, piece: bytes) -> Iterator[bytes]:
        while piece:
            self.unpacked += len(piece)
            self._limit()
            if not self._same:
                self._hash(self._content, piece)
            yield piece
            piece = self._read()

    def _counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.unpacked += len(piece)
            self._limit()
            self._hash(self._content, piece)
            yield piece

    def _limit(self) -> None:
        if self.unpacked > LIMITS.layer_bytes:
            raise ImageError(f"{self._where}: unpacks to more than {LIMITS.layer_bytes} bytes")
        allowed = max(self.size * LIMITS.layer_ratio, LIMITS.layer_ratio_from)
        if self.unpacked > allowed:
            raise ImageError(
                f"{self._where}: unpacks to more than {LIMITS.layer_ratio_from} bytes"
                f" and {LIMITS.layer_ratio} times its size"
            )

    def _inflate(
        self,
        piece: bytes,
        kind: str,
        new: Callable[[], Any],
        error: type[Exception],
        starts: Callable[[bytes], bool],
    ) -> Iterator[bytes]:
        decoder: Any = None
        while piece:
            if decoder is None:
                piece = self._start(piece, kind, starts)
                if not piece:
                    return
                decoder = new()
            try:
                out = decoder.decompress(piece, _STEP)
            except error as broken:
                raise ImageError(f"{self._where}: {kind} data is damaged: {broken}") from None
            if out:
                yield out
            if decoder.eof:
                piece = decoder.unused_data or self._read()
                decoder = None
            elif decoder.needs_input or not out:
                piece = self._read()
            else:
                piece = yield from self._drain(decoder, kind, error)
                decoder = None if decoder.eof else decoder
        if decoder is not None:
            raise ImageError(f"{self._where}: {kind} data is cut short", "fetch the image again")

    def _drain(self, decoder: Any, kind: str, error: type[Exception]) -> Any:
        """Give what the decoder holds back; returns the next bytes to feed."""
        while not (decoder.eof or decoder.needs_input):
            try:
                out = decoder.decompress(b"", _STEP)
            except error as broken:
                raise ImageError(f"{self._where}: {kind} data is damaged: {broken}") from None
            if not out:
                break
            yield out
        return (decoder.unused_data if decoder.eof else b"") or self._read()

    def _start(self, piece: bytes, kind: str, starts: Callable[[bytes], bool]) -> bytes:
        """The next member or frame; zeros after a gzip member are padding (as gzip(1) has it)."""
        while len(piece) < 4 or (kind == "gzip" and not piece[0]):
            piece = piece.lstrip(b"\0") if kind == "gzip" else piece
            if len(piece) >= 4:
                break
            more = self._read()
            if not more:
                break
            piece += more
        if piece and not starts(piece):
            raise ImageError(f"{self._where}: data that is not {kind} follows the {kind} data")
        return piece


def _hash(algorithm: str) -> Hash | None:
    import hashlib

    return hashlib.new(algorithm) if algorithm else None


def _named(done: Hash | None) -> str:
    return f"{done.name}:{done.hexdigest()}" if done is not None else ""


def _gzip_tools() -> tuple[Callable[[], Any], type[Exception], Callable[[bytes], bool]]:
    from isal import igzip_lib

    def new() -> Any:
        return igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)

    error: Any = igzip_lib.error  # its stub calls it a value
    return new, error, lambda head: head.startswith(_GZIP)


def _zstd_tools() -> tuple[Callable[[], Any], type[Exception], Callable[[bytes], bool]]:
    try:
        from compression import zstd
    except ImportError:
        from backports import zstd

    options = {zstd.DecompressionParameter.window_log_max: LIMITS.zstd_window_log}

    def new() -> Any:
        return zstd.ZstdDecompressor(options=options)

    return new, zstd.ZstdError, _is_zstd
