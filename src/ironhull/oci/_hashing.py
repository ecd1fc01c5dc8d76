"""Hashing on a second thread, so that two processors work on one stream."""

from __future__ import annotations

from _queue import SimpleQueue

TYPE_CHECKING = False  # `typing` is a third of a start; checkers know the name
if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from typing import Protocol
else:
    Protocol = object

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
    """Hashes pieces in the order they come: at once, or on a thread that is a few behind at most.

    The thread begins when `spare()` first tells that a processor is free for it, if the system
    allows one. `close()` waits until all pieces are taken; the hashes may be asked for then.
    """

    def __init__(self, spare: Callable[[], bool]) -> None:
        self._todo: SimpleQueue[tuple[Hash, bytes] | None] = SimpleQueue()
        self._freed: SimpleQueue[None] = SimpleQueue()
        self._given = self._taken = 0
        self._waits = False
        self._spare = spare
        self._thread: threading.Thread | None = None

    def update(self, taker: Hash, piece: bytes) -> None:
        """Have `taker` take `piece`, now or soon."""
        if self._thread is None and not (self._spare() and self._start()):
            taker.update(piece)
            return
        self._given += 1
        while self._given - self._taken > _WAITING:
            self._waits = True
            if self._given - self._taken > _WAITING:  # it may have gone on meanwhile
                self._freed.get()
        self._todo.put((taker, piece))

    def _start(self) -> bool:
        import threading

        thread = threading.Thread(target=self._work, name="ironhull-hash", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system allows no further thread: not asked again
            self._spare = _never
            return False
        self._thread = thread
        return True

    def close(self) -> None:
        """Wait until all pieces are taken and end the thread."""
        if self._thread is not None:
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


def _never() -> bool:
    return False
