"""Blobs under way: the threads that move them, streams that are counted and verified."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import BinaryIO, Self

from ironhull.errors import ImageError, RegistryError
from ironhull.limits import LIMITS
from ironhull.model import Descriptor, Progress

__all__ = ["Counting", "Passing", "Tally", "Traffic"]


class Traffic:
    """Threads that move blobs, for any number of transfers; no two move the same blob at a time."""

    def __init__(self, threads: int = LIMITS.http_parallel) -> None:
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="transfer")
        self._lock = threading.Lock()
        self._moving: dict[str, tuple[threading.Lock, int]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown(wait=True, cancel_futures=True)

    @contextmanager
    def alone(self, digest: str) -> Iterator[None]:
        """Hold what says that a blob is under way."""
        with self._lock:
            lock, waiting = self._moving.get(digest, (threading.Lock(), 0))
            self._moving[digest] = (lock, waiting + 1)
        try:
            with lock:
                yield
        finally:
            with self._lock:
                lock, waiting = self._moving.pop(digest)
                if waiting > 1:
                    self._moving[digest] = (lock, waiting - 1)


class _StoppedError(RegistryError):
    """Another part of the transfer failed."""


class Passing:
    """A stream that is counted and, where it is read from its start, verified as it goes by."""

    def __init__(
        self, stream: BinaryIO, blob: Descriptor, where: str, tell: Callable[[int], None]
    ) -> None:
        self._stream = stream
        self._blob = blob
        self._where = where
        self._tell = tell
        self._hash = hashlib.new(blob.digest.partition(":")[0])
        self._size = 0

    def read(self, count: int = -1) -> bytes:
        try:
            data = self._stream.read(count)
        except OSError as trouble:
            raise ImageError(
                f"{self._where}: blob {self._blob.digest}: cannot be read: {trouble.strerror}"
            ) from trouble
        self._hash.update(data)
        self._size += len(data)
        self._tell(len(data))
        if self._size >= self._blob.size or not data:
            self._check()
        return data

    def _check(self) -> None:
        got = f"{self._hash.name}:{self._hash.hexdigest()}"
        if self._size != self._blob.size or got != self._blob.digest:
            raise ImageError(
                f"{self._where}: blob {self._blob.digest}: the content's digest is {got}",
                "the copy there is damaged or was tampered with",
            )

    def __enter__(self) -> Passing:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()


class Counting(Passing):
    """The rest of a blob: who puts it together verifies the whole."""

    def _check(self) -> None:
        """Nothing can be said of a part."""


class Tally:
    """What is done so far, told by all threads."""

    def __init__(self, total: int, what: str, progress: Progress | None) -> None:
        self._lock = threading.Lock()
        self._total = total
        self._what = what
        self._progress = progress
        self.stop = threading.Event()
        self.done = 0

    def add(self, count: int) -> None:
        if self.stop.is_set():
            raise _StoppedError(f"{self._what}: stopped")
        with self._lock:
            self.done += count
            if self._progress:
                self._progress(self._what, min(self.done, self._total), self._total)
