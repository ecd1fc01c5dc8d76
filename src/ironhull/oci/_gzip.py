"""A gzip stream (RFC 1952) whose bytes depend on nothing but its content."""

import hashlib
import zlib
from typing import Protocol

__all__ = ["GzipWriter", "Sink"]

# ID1 ID2, deflate, no flags, no time, no extra flags, operating system "unknown"
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object:
        """Take all of `data`."""


class GzipWriter:
    """Compresses what is written into `sink`, hashing both sides on the way.

    After `close()` (which leaves `sink` open): `digest` and `size` of the compressed bytes,
    `diff_id` and `plain_size` of what was written.
    """

    def __init__(self, sink: Sink, level: int) -> None:
        self._sink = sink
        self._deflate = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._plain = hashlib.sha256()
        self._packed = hashlib.sha256()
        self._crc = 0
        self.plain_size = 0
        self.size = 0
        self._put(_HEADER)

    def write(self, data: bytes) -> None:
        """Take `data`."""
        self._plain.update(data)
        self._crc = zlib.crc32(data, self._crc)
        self.plain_size += len(data)
        self._put(self._deflate.compress(data))

    def close(self) -> None:
        """End the stream."""
        self._put(self._deflate.flush())
        length = self.plain_size & 0xFFFFFFFF
        self._put(self._crc.to_bytes(4, "little") + length.to_bytes(4, "little"))

    @property
    def digest(self) -> str:
        """`sha256:hex` of the compressed bytes."""
        return f"sha256:{self._packed.hexdigest()}"

    @property
    def diff_id(self) -> str:
        """`sha256:hex` of the bytes written."""
        return f"sha256:{self._plain.hexdigest()}"

    def _put(self, data: bytes) -> None:
        if data:
            self._packed.update(data)
            self.size += len(data)
            self._sink.write(data)
