"""A gzip stream (RFC 1952) whose bytes depend on nothing but its content and the level.

The content is cut into blocks of a fixed size that are deflated side by side, each with the 32 KiB
before it as dictionary, and put together in order (as pigz does): every processor works, and the
bytes are the same however many there are.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["GzipWriter", "Sink"]

# ID1 ID2, deflate, no flags, no time, no extra flags, operating system "unknown"
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_BLOCK = 1 << 19
_WINDOW = 1 << 15
_END = b"\x03\x00"  # an empty last block, RFC 1951 3.2.6
_WORKERS = 8


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object:
        """Take all of `data`."""


class GzipWriter:
    """Compresses what is written into `sink`, hashing both sides on the way.

    A context manager. After `close()` (which leaves `sink` open): `digest` and `size` of the
    compressed bytes, `diff_id` and `plain_size` of what was written.
    """

    def __init__(self, sink: Sink, level: int) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self._sink = sink
        self._level = level
        self._workers = min(os.cpu_count() or 1, _WORKERS)
        self._pool = ThreadPoolExecutor(self._workers, "gzip")
        self._running: deque[Future[bytes]] = deque()
        self._block = bytearray()
        self._before = b""
        self._plain = hashlib.sha256()
        self._packed = hashlib.sha256()
        self._crc = 0
        self.plain_size = 0
        self.size = 0
        self._put(_HEADER)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def write(self, data: bytes) -> None:
        """Take `data`."""
        self._plain.update(data)
        self._crc = zlib.crc32(data, self._crc)
        self.plain_size += len(data)
        self._block += data
        while len(self._block) >= _BLOCK:
            self._start(bytes(self._block[:_BLOCK]))
            del self._block[:_BLOCK]

    def close(self) -> None:
        """End the stream."""
        if self._block:
            self._start(bytes(self._block))
            self._block.clear()
        while self._running:
            self._put(self._running.popleft().result())
        length = self.plain_size & 0xFFFFFFFF
        self._put(_END + self._crc.to_bytes(4, "little") + length.to_bytes(4, "little"))

    @property
    def digest(self) -> str:
        """`sha256:hex` of the compressed bytes."""
        return f"sha256:{self._packed.hexdigest()}"

    @property
    def diff_id(self) -> str:
        """`sha256:hex` of the bytes written."""
        return f"sha256:{self._plain.hexdigest()}"

    def _start(self, block: bytes) -> None:
        self._running.append(self._pool.submit(_deflate, block, self._before, self._level))
        self._before = block[-_WINDOW:]
        if len(self._running) > 2 * self._workers:  # what waits in memory stays bounded
            self._put(self._running.popleft().result())

    def _put(self, data: bytes) -> None:
        self._packed.update(data)
        self.size += len(data)
        self._sink.write(data)


def _deflate(block: bytes, before: bytes, level: int) -> bytes:
    """`block` as whole deflate blocks that end on a byte (RFC 1951)."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=before)
    return packer.compress(block) + packer.flush(zlib.Z_SYNC_FLUSH)
