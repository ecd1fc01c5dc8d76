"""Reading the layers of an image: each once, several at a time, from a cache if that has them."""

from __future__ import annotations

from collections.abc import Callable

from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.model import Image, Layer
from ironhull.oci._merge import Merged
from ironhull.oci._workers import read_side_by_side
from ironhull.oci.layers import Budget, LayerIndex, read_bodies, read_layer
from ironhull.oci.patterns import Wanted
from ironhull.oci.probes import Probe
from ironhull.values import replace

TYPE_CHECKING = False  # `typing` is a third of a start; checkers know the name
if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from ironhull.oci._workers import Spare

__all__ = ["Keep", "Load", "Reading"]

Load = Callable[[Layer], LayerIndex | None]
"""A layer's index as kept by an earlier pass of the same `pass_key`; None where there is none."""

Keep = Callable[[Layer, LayerIndex], None]
"""Takes a layer's index, read and verified."""


class Reading:
    """The layers of one image, read as `indexes`; what is new in them is given to `keep`.

    Raises ImageError, StoreError.
    """

    def __init__(
        self,
        image: Image,
        wanted: Wanted,
        probes: Sequence[Probe],
        load: Load | None,
        keep: Keep | None,
    ) -> None:
        if len(image.layers) > LIMITS.layers:
            raise ImageError(
                f"{image.name}: {len(image.layers)} layers, more than the {LIMITS.layers} allowed"
            )
        self.layers = image.layers
        self.wanted = wanted
        self._probes = probes
        self._keep = keep
        self._budget = Budget(LIMITS.kept_bytes)
        known = [self._known(load, layer) for layer in self.layers]
        with _NoCollection():
            found = self._all(known)
        if self._budget.exceeded:
            # Which files fit depended on who came first: again, in order. What does not fit in this
            # image may fit in another, so nothing is kept.
            self._keep = None
            self._budget = Budget(LIMITS.kept_bytes)
            found = [self._read(layer) for layer in self.layers]
        self.indexes = found
        self._new = {at for at, index in enumerate(found) if index is not known[at]}

    def complete(self, merged: Merged) -> None:
        """Read the bodies of files that are wanted through links only, and keep what is new."""
        missing: dict[int, set[int]] = {}
        for node in merged.targets:
            number, position = node.body >> 32, node.body & 0xFFFF_FFFF
            index = self.indexes[number]
            if position not in index.bodies and position not in index.unkept:
                missing.setdefault(number, set()).add(position)
        for number, positions in sorted(missing.items()):
            again = read_bodies(self.layers[number], frozenset(positions), budget=self._budget)
            index = self.indexes[number]
            self.indexes[number] = replace(
                index,
                bodies={**index.bodies, **again.bodies},
                unkept={**index.unkept, **again.unkept},
            )
            self._new.add(number)
        if self._keep is not None and not self._budget.exceeded:
            for number in sorted(self._new):
                self._keep(self.layers[number], self.indexes[number])
        self._new.clear()

    def _all(self, known: Sequence[LayerIndex | None]) -> list[LayerIndex]:
        """The indexes of all layers; those not `known` are read, each once."""
        first = {
            (layer.diff_id, layer.digest): at for at, layer in reversed([*enumerate(self.layers)])
        }
        same = [first[layer.diff_id, layer.digest] for layer in self.layers]
        done = {number: index for number, index in enumerate(known) if index is not None}
        todo = sorted(set(same) - set(done))
        read = read_side_by_side([self.layers[at] for at in todo], self._whole, self._account)
        done |= {todo[at]: index for at, index in read.items()}
        done |= _by_threads(self.layers, [at for at in todo if at not in done], self._read)
        return [done[number] for number in same]

    def _read(self, layer: Layer, spare: Spare = lambda: True) -> LayerIndex:
        return read_layer(layer, self.wanted, probes=self._probes, budget=self._budget, spare=spare)

    def _whole(self, layer: Layer, spare: Spare) -> LayerIndex:
        """As `_read`, but nothing may be left out because others took its room."""
        index = self._read(layer, spare)
        if self._budget.exceeded:
            raise ImageError("more than may be kept: read in order, one layer after the other")
        return index

    def _known(self, load: Load | None, layer: Layer) -> LayerIndex | None:
        index = load(layer) if load is not None else None
        if index is None or index.diff_id != layer.diff_id:
            return None
        self._account(index)
        return index

    def _account(self, index: LayerIndex) -> None:
        """Count what was kept of a layer that was not read here."""
        self._budget.take(
            sum(map(len, index.bodies.values()))
            + sum(len(data) for told in index.facts.values() for data in told.values())
        )


class _NoCollection:
    """No search for cycles meanwhile: there are none in 100,000 entries, and it takes its time."""

    def __enter__(self) -> None:
        import gc

        self._was_enabled = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        import gc

        if self._was_enabled:
            gc.enable()


def _by_threads(
    layers: Sequence[Layer], numbers: Sequence[int], read: Callable[[Layer], LayerIndex]
) -> dict[int, LayerIndex]:
    """Read layers in two threads, the largest first; the error of the lowest layer is raised."""
    done: dict[int, LayerIndex] = {}
    failed: dict[int, BaseException] = {}
    todo = sorted(numbers, key=lambda number: layers[number].size)
    import threading

    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if not todo:
                    return
                number = todo.pop()
            try:
                done[number] = read(layers[number])
            except BaseException as error:  # noqa: BLE001 - carried to the caller's thread
                failed[number] = error

    second = threading.Thread(target=work, name="ironhull-layers", daemon=True)
    together = len(todo) > 1 and _start(second)
    try:
        work()
    finally:
        if together:
            with lock:
                todo.clear()
            second.join()
    if failed:
        raise failed[min(failed)]
    return done


def _start(thread: threading.Thread) -> bool:
    """Whether it runs: a system may allow no further thread, and one is enough."""
    try:
        thread.start()
    except RuntimeError:
        return False
    return True
