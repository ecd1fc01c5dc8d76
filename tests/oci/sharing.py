"""What `test_workers` asks of a process of one thread: `python -m tests.oci.sharing CASE PLACE`.

Pytest's own processes have threads, and those do not fork.
"""

import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.model import Layer
from ironhull.oci import _reading, _workers
from ironhull.oci._reading import Reading
from ironhull.oci.layers import LayerIndex, read_layer
from ironhull.oci.patterns import Wanted
from ironhull.oci.probes import Body, Probe
from ironhull.values import replace as changed
from tests.oci._craft import file, image, other, stored, tar

WANTED = Wanted.of(["**/*.txt"])
PARENT = os.getpid()


def sized(_: str, body: Body) -> bytes:
    return f"{body.size}".encode()


SIZES = Probe("sizes", "1", sized, ("**/*.bin",))


def noise(number: int, count: int = 1_200_000) -> bytes:
    return random.Random(number).randbytes(count)


def lying(place: Path, contents: Sequence[bytes], *, raw: bool = False) -> list[Layer]:
    """Layers in files, as sources for what lies on this machine give them."""
    made = []
    for number, content in enumerate(contents):
        one = stored(content, (lambda data: data)) if raw else stored(content)
        path = place / f"{number}"
        path.write_bytes(one.open().read())
        made.append(replace(one, open=partial(open, path, "rb"), apart=True))
    return made


def four(place: Path, *, raw: bool = False) -> list[Layer]:
    escaping = file("../../up.txt", "up")
    return lying(
        place,
        [
            tar([file("a.txt", "A" * number), file(f"x{number}.bin", noise(number)), more])
            for number, more in enumerate(
                [other("l.txt", "symlink", "a.txt"), file("\udcff.txt"), escaping, file("b.bin")]
            )
        ],
        raw=raw,
    )


def reading(layers: Sequence[Layer], *probes: Probe) -> Reading:
    return Reading(image(*layers), WANTED, probes, None, None)


def alone(layers: Sequence[Layer], *probes: Probe) -> list[LayerIndex]:
    return [read_layer(layer, WANTED, probes=probes) for layer in layers]


def forks() -> Callable[[], int]:
    """Count the processes that are started from here on."""
    count = 0

    def counted() -> None:
        nonlocal count
        count += 1

    os.register_at_fork(after_in_parent=counted)
    return lambda: count


def same_as_alone(place: Path) -> None:
    for raw in (False, True):
        layers = four(place, raw=raw)
        started = forks()
        assert reading(layers, SIZES).indexes == alone(layers, SIZES)
        assert started() >= 1
        assert [len(index.problems) for index in alone(layers)] == [0, 0, 1, 0]


def a_child_that_dies(place: Path) -> None:
    def deadly(path: str, body: Body) -> bytes:
        if os.getpid() != PARENT:
            os.kill(os.getpid(), signal.SIGKILL)
        return sized(path, body)

    layers = four(place)
    assert reading(layers, changed(SIZES, extract=deadly)).indexes == alone(layers, SIZES)


def a_child_that_ends(place: Path) -> None:
    def ending(path: str, body: Body) -> bytes:
        if os.getpid() != PARENT:
            raise SystemExit(3)
        return sized(path, body)

    layers = four(place)
    assert reading(layers, changed(SIZES, extract=ending)).indexes == alone(layers, SIZES)


def what_cannot_be_told(place: Path) -> None:
    def refused(_: LayerIndex) -> bytes:
        raise ValueError("has no such form")

    layers = four(place)
    _workers.encoded = refused  # type: ignore[attr-defined]  # a module's own name
    assert reading(layers, SIZES).indexes == alone(layers, SIZES)


def damage(place: Path) -> None:
    layers = four(place)
    for number in (2, 1):  # the lowest is told, whoever was to read it
        path = place / f"{number}"
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        try:
            reading(layers)
        except ImageError as error:
            assert layers[number].digest in str(error), error
        else:
            raise AssertionError("damage was not told")


def no_room(place: Path) -> None:
    layers = lying(place, [tar([file("a.txt", noise(number))]) for number in range(4)])
    _reading.LIMITS = changed(LIMITS, kept_bytes=3_000_000)  # type: ignore[attr-defined]  # a module's own name
    found = reading(layers).indexes
    assert [len(index.bodies) for index in found] == [1, 1, 0, 0]
    assert [len(index.unkept) for index in found] == [0, 0, 1, 1]


def an_error_ends_the_children(place: Path) -> None:
    def stopped(path: str, body: Body) -> bytes:
        if os.getpid() == PARENT:
            raise KeyboardInterrupt
        signal.pause()
        return b""

    try:
        reading(four(place), changed(SIZES, extract=stopped))
    except KeyboardInterrupt:
        pass
    else:
        raise AssertionError("not interrupted")
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return
    raise AssertionError("a child is still there")


def not_where_it_is_not_safe(place: Path) -> None:
    layers = four(place)
    started = forks()
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    reading(layers)
    ended.set()
    thread.join()
    reading([replace(layer, apart=False) for layer in layers])
    reading(lying(place, [tar([file("a")]), tar([file("b")])]))  # too small to be worth it
    processors = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(processors)})
    reading(four(place))
    os.sched_setaffinity(0, processors)
    assert started() == 0


def no_process_to_be_had(place: Path) -> None:
    def refused() -> int:
        raise BlockingIOError("no more processes")

    layers = four(place)
    os.fork = refused
    assert reading(layers, SIZES).indexes == alone(layers, SIZES)


CASES = (
    same_as_alone,
    a_child_that_dies,
    a_child_that_ends,
    what_cannot_be_told,
    damage,
    no_room,
    an_error_ends_the_children,
    not_where_it_is_not_safe,
    no_process_to_be_had,
)

if __name__ == "__main__":
    {case.__name__: case for case in CASES}[sys.argv[1]](Path(sys.argv[2]))
