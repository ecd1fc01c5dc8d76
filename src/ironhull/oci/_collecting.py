"""What one pass over a tar keeps: entries, bodies of wanted files, what probes tell of others."""

from __future__ import annotations

from _thread import allocate_lock

from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.oci._bodies import IN_MEMORY, FileBody, MemoryBody, Spool
from ironhull.oci._probing import EXECUTE, Probing, extract
from ironhull.oci._tar import Entry, TarReader
from ironhull.oci.patterns import Wanted
from ironhull.oci.probes import HEAD, Body, Probe

TYPE_CHECKING = False  # `typing` is a third of a start; checkers know the name
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Self

__all__ = ["Budget", "Collecting", "Place", "bounded_body"]

_LINKS = ("symlink", "hardlink")
_SMALL = 16 * 1024  # bytes that are read at once anyway


class Budget:
    """Bytes of bodies one image may keep, shared by the threads that read its layers."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._lock = allocate_lock()
        self.exceeded = False

    def take(self, count: int) -> bool:
        """Whether `count` more bytes may be kept."""
        with self._lock:
            if count > self._left:
                self.exceeded = True
                return False
            self._left -= count
            return True


Place = tuple[int, int]
"""An open file's descriptor and the offset in it where an uncompressed tar begins."""


class Collecting:
    """One pass over `reader`; its attributes are those of a `LayerIndex`.

    `wanted` are the files to keep, or the positions of them; `place()` tells where the tar lies if
    it lies uncompressed in a file: large bodies are then read there, else from a temporary file.
    """

    def __init__(
        self,
        reader: TarReader,
        wanted: Wanted | frozenset[int],
        probing: Probing,
        budget: Budget,
        place: Callable[[], Place | None],
    ) -> None:
        self.entries: list[Entry] = []
        self.bodies: dict[int, bytes] = {}
        self.unkept: dict[int, str] = {}
        self.links: list[int] = []
        self.facts: dict[int, Mapping[str, bytes]] = {}
        self._reader = reader
        self._probing = probing
        self._budget = budget
        self._place = place
        self._spool = Spool()
        self._keeps = self._chooser(wanted)
        self._stops = self._stopper(wanted)
        programs = bool(probing.executables or probing.attributed)
        self._mask = EXECUTE if programs and isinstance(wanted, Wanted) else 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.__exit__()

    def run(self, where: str) -> None:
        """Read the archive to its end; raises ImageError, StoreError."""
        reader, entries, stops, mask = self._reader, self.entries, self._stops, self._mask
        while reader.run(entries, stops, mask):
            position = len(entries) - 1
            entry = entries[position]
            if entry.kind == "file":
                self._file(position, entry, where)
            elif entry.kind in _LINKS and self._keeps(entry.path):
                self.links.append(position)

    def _chooser(self, wanted: Wanted | frozenset[int]) -> Callable[[str], object]:
        if isinstance(wanted, Wanted):
            return wanted.matches
        return lambda _: len(self.entries) - 1 in wanted

    def _stopper(self, wanted: Wanted | frozenset[int]) -> Callable[[str], object]:
        """Whether a path is worth a look: asked for every entry, so it is one look-up for all."""
        if not isinstance(wanted, Wanted):
            return self._keeps
        return Wanted.of((*wanted.patterns, *self._probing.patterns)).matches

    # ── one file ─────────────────────────────────────────────────────────────────────────────────

    def _file(self, position: int, entry: Entry, where: str) -> None:
        reader = self._reader
        if entry.mode & EXECUTE and reader.records:
            self._attributes(position, entry)
        probes = self._probing.choose(entry.path, entry.mode, lambda: reader.peek(HEAD))
        keep = bool(self._keeps(entry.path))
        if keep:
            keep = self._may_keep(position, entry)
        if not probes or not entry.size:
            if keep:
                self.bodies[position] = reader.body()
            return
        largest = LIMITS.file_bytes if reader.sparse else LIMITS.probe_bytes
        if max(entry.size, reader.stored) > largest:
            self._trouble(position, f"{entry.size} bytes, more than {largest}; not looked into")
            return
        body = self._body(position, where)
        self._look(position, entry, probes, body)
        if keep:
            self.bodies[position] = body.read(0, body.size)

    def _attributes(self, position: int, entry: Entry) -> None:
        """What probes tell of extended attributes: star's records, which runtimes restore."""
        for probe in self._probing.attributed:
            value = self._reader.records.get(f"SCHILY.xattr.{probe.attribute}", "")
            if value:
                body = MemoryBody(value.encode("utf-8", "surrogateescape"))
                self._look(position, entry, (probe,), body)

    def _may_keep(self, position: int, entry: Entry) -> bool:
        size = max(entry.size, self._reader.stored)
        if size > LIMITS.file_bytes:
            self._trouble(position, f"{entry.size} bytes, more than {LIMITS.file_bytes}; not read")
        elif not self._budget.take(size):
            self._trouble(position, f"beyond {LIMITS.kept_bytes} bytes of files kept; not read")
        else:
            return True
        return False

    def _look(self, position: int, entry: Entry, probes: Sequence[Probe], body: Body) -> None:
        told = extract(probes, entry.path, body, lambda said: self._trouble(position, said))
        if told and self._budget.take(sum(map(len, told.values()))):
            self.facts[position] = {**self.facts.get(position, {}), **told}
        elif told:
            self._trouble(position, f"beyond {LIMITS.kept_bytes} bytes kept; not looked into")

    def _body(self, position: int, where: str) -> Body:
        """The body of the current entry: where it lies if it is large, else in memory."""
        reader = self._reader
        if reader.sparse:
            return MemoryBody(reader.body())
        size = reader.stored
        place = self._place() if size > _SMALL else None
        if place is not None:  # probes look at little of most programs
            return FileBody(place[0], place[1] + reader.offset, size)
        if size <= IN_MEMORY:
            return MemoryBody(*reader.view())
        return self._spool.take(reader.pieces(), f"{self.entries[position].path} of {where}")

    def _trouble(self, position: int, message: str) -> None:
        before = self.unkept.get(position)
        self.unkept[position] = f"{before}; {message}" if before else message


def bounded_body(reader: TarReader, entry: Entry, where: str) -> bytes:
    """The body of `entry`; raises ImageError beyond LIMITS.file_bytes."""
    if max(entry.size, reader.stored) > LIMITS.file_bytes:
        raise ImageError(f"{where}: {entry.path}: larger than {LIMITS.file_bytes} bytes")
    return reader.body()
