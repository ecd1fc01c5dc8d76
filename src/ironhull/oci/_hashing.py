"""Hashing on a second thread, so that two processors work on one stream."""

from __future__ import annotations

import threading
from _queue import SimpleQueue
from typing import Protocol

__all__ = ["Aside", "Hash"]

_WAITING = 6  # pieces: enough to even out what else the processors have to do


class Hash(Protocol):
    """What `hashlib.new` gives."""

    @property
    def name(self) -> str:
        """The algorithm."""

    def update(self, data: bytes, /) -> None:
        """Take `data`."""

    def hexdigest(self) -> str:
        """The digest of what was taken, in hexadecimal digits."""


class Aside:
    """A thread that hashes pieces in the order they come, at most a few behind the giver.

    `close()` waits until all are taken; the hashes may be asked for then.
    """

    def __init__(self) -> None:
        self._todo: SimpleQueue[tuple[Hash, bytes] | None] = SimpleQueue()
        self._freed: SimpleQueue[None] = SimpleQueue()
        self._given = self._taken = 0
        self._waits = False
        self._thread = threading.Thread(target=self._work, name="ironhull-hash", daemon=True)

    @classmethod
    def started(cls) -> Aside | None:
        """One at work; None where the system allows no further thread."""
        aside = cls()
        try:
            aside._thread.start()
        except RuntimeError:
            return None
        return aside

    def update(self, taker: Hash, piece: bytes) -> None:
        """Have `taker` take `piece`, soon."""
        self._given += 1
        while self._given - self._taken > _WAITING:
            self._waits = True
            if self._given - self._taken > _WAITING:  # it may have gone on meanwhile
                self._freed.get()
        self._todo.put((taker, piece))

    def close(self) -> None:
        """Wait until all pieces are taken and end the thread."""
        self._todo.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (item := self._todo.get()) is not None:
            item[0].update(item[1])
            del item  # not two pieces at once while waiting for the next
            self._taken += 1
            if self._waits:
                self._waits = False
                self._freed.put(None)
