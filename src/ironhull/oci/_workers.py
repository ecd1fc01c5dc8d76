"""Layers read by several processes side by side: threads would wait for the interpreter's lock.

Inflating and hashing leave the lock alone, but every piece of a layer passes through Python, and
there two threads stand in each other's way: that costs a fifth to two fifths more processor time
and half as much time again. So the process forks: each part reads its share of the layers, and what
a child found comes back through memory, encoded.

That is done where it is safe: on Linux, in a process of one thread, for layers that lie in files.
A child that fails tells nothing but that: its layers are read again here, where errors belong.
"""

from __future__ import annotations

import os
import sys
from _thread import _count as other_threads
from functools import partial

from ironhull.errors import Error
from ironhull.model import Layer
from ironhull.oci.encoding import decoded, encoded
from ironhull.oci.layers import LayerIndex

TYPE_CHECKING = False  # `typing` is a third of a start; checkers know the name
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["read_side_by_side"]

_MOST = 4  # processes: each holds what it found and may have a temporary file
_WORTH = 512 * 1024  # bytes of layers that are worth a process, which takes some milliseconds
_NUMBER = 8  # bytes of a number between processes

if TYPE_CHECKING:
    Spare = Callable[[], bool]
    """Whether a processor is free to help."""

    Read = Callable[[Layer, Spare], LayerIndex]


def read_side_by_side(
    layers: Sequence[Layer], read: Read, received: Callable[[LayerIndex], None]
) -> dict[int, LayerIndex]:
    """What `read` makes of `layers`, by their number; none of them where it cannot be done here.

    Layers that could not be read are missing. `received` is told of what another process read.
    """
    apart = all(layer.apart for layer in layers)
    shares = _shares(layers) if apart and _may_fork() else []
    if len(shares) < 2:
        return {}
    crew = _Crew(len(shares))
    children: list[_Child] = []
    try:
        for at, share in enumerate(shares[1:], start=1):
            children.append(_Child(crew, at))
            children[-1].start(layers, share, read)
        found = dict(_readable(layers, shares[0], read, crew.spare))
        crew.done(0)
        for child in children:
            for number, index in child.found():
                received(index)
                found[number] = index
        return found
    finally:
        for child in children:
            child.end()


def _may_fork() -> bool:
    return sys.platform == "linux" and other_threads() == 0 and len(os.sched_getaffinity(0)) > 1


def _shares(layers: Sequence[Layer]) -> list[list[int]]:
    """Layers by number, for each process those of about as many bytes; the largest share first."""
    by_size = sorted(range(len(layers)), key=lambda number: -layers[number].size)
    for count in range(min(_MOST, len(os.sched_getaffinity(0))), 1, -1):
        shares: list[list[int]] = [[] for _ in range(count)]
        bytes_of = [0] * count
        for number in by_size:
            least = bytes_of.index(min(bytes_of))
            shares[least].append(number)
            bytes_of[least] += layers[number].size
        if min(bytes_of) >= _WORTH:
            order = sorted(range(count), key=lambda at: -bytes_of[at])
            return [shares[at] for at in order]
    return []


def _readable(
    layers: Sequence[Layer], share: Iterable[int], read: Read, spare: Spare
) -> Iterator[tuple[int, LayerIndex]]:
    for number in share:
        try:  # noqa: SIM105 - contextlib is a part of a start
            yield number, read(layers[number], spare)
        except Error:
            pass


class _Crew:
    """The processes that read one image, which tell each other that they are done."""

    def __init__(self, count: int) -> None:
        import mmap

        self._marks = mmap.mmap(-1, count)
        self._count = count
        self._processors = len(os.sched_getaffinity(0))

    def done(self, number: int) -> None:
        """Process `number` leaves its processor to others."""
        self._marks[number] = 1

    def spare(self) -> bool:
        """Whether fewer processes are at work than there are processors."""
        return self._count - self._marks[:].count(1) < self._processors


class _Child:
    """A process that reads a share; what it found is in a file in memory."""

    def __init__(self, crew: _Crew, number: int) -> None:
        self._crew = crew
        self._number = number
        self._pid = -1
        self._results = -1

    def start(self, layers: Sequence[Layer], share: Sequence[int], read: Read) -> None:
        """Begin; where the system allows no further process, `found` is none."""
        parent = os.getpid()
        try:
            self._results = os.memfd_create("layers")
            self._pid = os.fork()
            if self._pid == 0:
                spare = partial(self._spare, parent)
                for number, index in _readable(layers, share, read, spare):
                    self._tell(number, encoded(index))
        except OSError:
            pass
        finally:
            if os.getpid() != parent:  # whatever happened: nothing of it is this process's to tell
                self._crew.done(self._number)
                os._exit(0)

    def _spare(self, parent: int) -> bool:
        """Asked again and again: what nobody waits for any more is not gone on with."""
        if os.getppid() != parent:
            raise SystemExit
        return self._crew.spare()

    def _tell(self, number: int, data: bytes) -> None:
        head = number.to_bytes(_NUMBER, "big") + len(data).to_bytes(_NUMBER, "big")
        for piece in (head, data):
            left = memoryview(piece)
            while left:
                left = left[os.write(self._results, left) :]

    def found(self) -> Iterator[tuple[int, LayerIndex]]:
        """Wait for the process and read what it told; what it could not tell is missing."""
        if self._results < 0:
            return
        if self._pid > 0:
            os.waitpid(self._pid, 0)
            self._pid = -1
        size = os.fstat(self._results).st_size
        at = 0
        while at < size:
            head = os.pread(self._results, 2 * _NUMBER, at)
            at += 2 * _NUMBER
            length = int.from_bytes(head[_NUMBER:], "big")
            data = os.pread(self._results, length, at)
            at += length
            if len(data) < length:  # it was ended in the middle
                return
            yield int.from_bytes(head[:_NUMBER], "big"), decoded(data)

    def end(self) -> None:
        """End the process if it is still at work, and forget what it told."""
        if self._pid > 0:
            import signal

            os.kill(self._pid, signal.SIGKILL)  # nobody waited for it yet: it is there
            os.waitpid(self._pid, 0)
        if self._results >= 0:
            os.close(self._results)
