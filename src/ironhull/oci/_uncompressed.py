"""Layers that are not compressed and lie in a file: walked and hashed side by side.

Hashing reads every byte, walking headers and what is wanted alone. They need not wait for each
other: each reads the file by position, at its own pace.
"""

from __future__ import annotations

import os

from ironhull.errors import ImageError
from ironhull.limits import LIMITS

TYPE_CHECKING = False  # `typing` is a third of a start; checkers know the name
if TYPE_CHECKING:
    from typing import BinaryIO, Self

__all__ = ["Uncompressed"]

_READ = 1024 * 1024  # bytes hashed at a time: they stay in the processor's cache
_WINDOW = 16 * 1024  # bytes read behind a leap; twice as many each time where none is leapt over
_LARGEST = 256 * 1024


class Uncompressed:
    """One reading of the tar `stream` holds, which lies at `place` and should have `size` bytes.

    `more` and `leap` are what `TarReader` asks for. `digest`, `diff_id` and `size` (of all that the
    stream holds) are known after `finish()`. A context manager; `aside` hashes on a thread of its
    own. `algorithms` name the hashes of the bytes as stored and as unpacked, which are the same
    bytes here. Raises ImageError.
    """

    raw = True

    def __init__(
        self,
        stream: BinaryIO,
        place: tuple[int, int],
        size: int,
        where: str,
        algorithms: tuple[str, str],
        *,
        aside: bool,
    ) -> None:
        import hashlib
        import threading

        self._stream = stream
        self._descriptor, self._start = place
        self._where = where
        self._at = 0
        self._end = size
        self._window = _WINDOW
        self._hashes = {name: hashlib.new(name) for name in algorithms}
        self._algorithms = algorithms
        self._failed: BaseException | None = None
        self._stopped = False
        self._aside = aside
        self._thread = threading.Thread(target=self._work, name="ironhull-hash", daemon=True)
        self.size = 0

    def __enter__(self) -> Self:
        if self._aside:
            try:
                self._thread.start()
            except RuntimeError:  # no further thread is allowed: hashed at the end
                self._aside = False
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        if self._aside:
            self._thread.join()

    @property
    def digest(self) -> str:
        """The digest of the bytes as stored."""
        return self._named(0)

    @property
    def diff_id(self) -> str:
        """The digest of the tar."""
        return self._named(1)

    @property
    def unpacked(self) -> int:
        """Bytes of the tar."""
        return self.size

    def more(self) -> bytes:
        """The next bytes to walk over; none at the end."""
        try:
            piece = os.pread(
                self._descriptor, min(self._window, self._end - self._at), self._start + self._at
            )
        except OSError as error:
            raise self._unreadable(error) from None
        self._at += len(piece)
        self._window = min(2 * self._window, _LARGEST)
        return piece

    def leap(self, count: int) -> None:
        """Leave out `count` bytes; EOFError beyond the end."""
        if count > self._end - self._at:
            raise EOFError
        self._at += count
        self._window = _WINDOW

    def finish(self) -> None:
        """Wait until all is hashed."""
        if self._aside:
            self._thread.join()
        else:
            self._work()
        if self._failed is not None:
            raise self._failed

    def _work(self) -> None:
        takers = tuple(self._hashes.values())
        try:
            buffer = memoryview(bytearray(_READ))
            while not self._stopped and (count := self._stream.readinto(buffer)):  # type: ignore[attr-defined]  # what lies in a file has it
                self.size += count
                if self.size > LIMITS.layer_bytes:
                    raise ImageError(f"{self._where}: more than {LIMITS.layer_bytes} bytes")
                for taker in takers:
                    taker.update(buffer[:count])
        except OSError as error:
            self._failed = self._unreadable(error)
        except BaseException as error:  # noqa: BLE001 - carried to the thread that waits
            self._failed = error

    def _named(self, which: int) -> str:
        name = self._algorithms[which]
        return f"{name}:{self._hashes[name].hexdigest()}"

    def _unreadable(self, error: OSError) -> ImageError:
        return ImageError(f"{self._where}: cannot be read: {error.strerror or error}")
