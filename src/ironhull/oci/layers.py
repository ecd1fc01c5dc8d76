"""Layers: one streaming pass that gives the entries, the wanted files and both digests, verified.

OCI image-spec 1.1, layer.md. Nothing is unpacked to disk and no body is held that nobody wants.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import BinaryIO

from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.model import Layer, Problem
from ironhull.oci._probing import MemoryBody, Probing
from ironhull.oci._tar import Entry, TarReader
from ironhull.oci.decompress import Unpacking
from ironhull.oci.manifests import FOREIGN_LAYER_TYPES, LAYER_TYPES
from ironhull.oci.patterns import Wanted
from ironhull.oci.probes import Probe
from ironhull.values import dataclass, field

__all__ = ["Budget", "Entry", "LayerIndex", "read_bodies", "read_layer", "walk"]

_Choice = Callable[[Entry, int], bool]


@dataclass(frozen=True, slots=True)
class LayerIndex:
    """What one pass over a layer found; positions are indexes into `entries`.

    `bodies` holds the content of wanted files, `facts` what probes kept of theirs by probe name
    (files without facts are not in it), `unkept` says of wanted files why their content is
    not held, `links` are the wanted entries that are links (their targets may not be wanted).
    `digest` and `size` are of the stored bytes, `unpacked` of the tar, in bytes.
    """

    diff_id: str
    digest: str
    size: int
    unpacked: int
    entries: tuple[Entry, ...]
    bodies: Mapping[int, bytes]
    unkept: Mapping[int, str] = field(default_factory=dict)
    links: tuple[int, ...] = ()
    problems: tuple[Problem, ...] = ()
    facts: Mapping[int, Mapping[str, bytes]] = field(default_factory=dict)


class Budget:
    """Bytes of bodies one image may keep, shared by the threads that read its layers."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._lock = threading.Lock()
        self.exceeded = False

    def take(self, count: int) -> bool:
        """Whether `count` more bytes may be kept."""
        with self._lock:
            if count > self._left:
                self.exceeded = True
                return False
            self._left -= count
            return True


def walk(stream: BinaryIO, where: str = "layer") -> Iterator[tuple[Entry, Callable[[], bytes]]]:
    """Every entry of the (gzip, zstd or raw) tar in `stream`, with a function that gives its body.

    The function works until the next step. Nothing is verified but the archive's own checks; raises
    ImageError.
    """
    unpacking = Unpacking(stream, where, ("sha256", "sha256"))
    pieces = iter(unpacking)
    reader = TarReader(lambda: next(pieces, b""), where)
    for entry in reader:
        yield entry, partial(_bounded_body, reader, entry, where)
    for _ in pieces:
        pass  # damage may sit behind the end of the archive


def _bounded_body(reader: TarReader, entry: Entry, where: str) -> bytes:
    if max(entry.size, reader.stored) > LIMITS.file_bytes:
        raise ImageError(f"{where}: {entry.path}: larger than {LIMITS.file_bytes} bytes")
    return reader.body()


def read_layer(
    layer: Layer, wanted: Wanted, *, probes: Iterable[Probe] = (), budget: Budget | None = None
) -> LayerIndex:
    """Read a layer once: its entries, the bodies of the files `wanted` matches, `probes`' facts.

    Raises ImageError when the layer is damaged, of an unknown kind, beyond LIMITS or when either
    digest or the size is not what the image says. A wanted file beyond LIMITS.file_bytes or the
    budget (default LIMITS.kept_bytes) is left out and named in `unkept`.
    """
    budget = budget or Budget(LIMITS.kept_bytes)
    matches = wanted.matches
    return _read(layer, lambda entry, _: matches(entry.path), budget, Probing(probes))


def read_bodies(layer: Layer, positions: frozenset[int], *, budget: Budget) -> LayerIndex:
    """Read a layer again for the bodies at `positions` (files that only links made wanted)."""
    return _read(layer, lambda _, position: position in positions, budget, Probing(()))


def _read(layer: Layer, choose: _Choice, budget: Budget, probing: Probing) -> LayerIndex:
    where = f"layer {layer.digest or layer.diff_id}"
    if layer.media_type not in LAYER_TYPES:
        raise ImageError(
            f"{where}: unknown layer type {layer.media_type!r}",
            "Ironhull reads tar layers that are gzip or zstd compressed or not compressed",
        )
    with _opened(layer, where) as stream:
        unpacking = Unpacking(stream, where, (_algorithm(layer.digest), _algorithm(layer.diff_id)))
        found = _collect(unpacking, where, choose, budget, probing)
    _verify(layer, unpacking, where)
    entries, bodies, unkept, links, escaped, facts = found
    problems = [
        Problem("layers", name, f"path leaves the root in {where}; read as if it stopped there")
        for name in escaped
    ]
    problems += [
        Problem("layers", entry.path, f"entry of an unknown type in {where}; not read")
        for entry in entries
        if entry.kind == "other"
    ]
    return LayerIndex(
        diff_id=unpacking.diff_id,
        digest=unpacking.digest,
        size=unpacking.size,
        unpacked=unpacking.unpacked,
        entries=tuple(entries),
        bodies=bodies,
        unkept=unkept,
        links=tuple(links),
        problems=tuple(problems),
        facts=facts,
    )


_Facts = dict[int, Mapping[str, bytes]]
_Found = tuple[list[Entry], dict[int, bytes], dict[int, str], list[int], list[str], _Facts]


def _collect(
    unpacking: Unpacking, where: str, choose: _Choice, budget: Budget, probing: Probing
) -> _Found:
    pieces = iter(unpacking)
    reader = TarReader(lambda: next(pieces, b""), where)
    entries: list[Entry] = []
    bodies: dict[int, bytes] = {}
    unkept: dict[int, str] = {}
    links: list[int] = []
    facts: _Facts = {}
    for position, entry in enumerate(reader):
        entries.append(entry)
        kind = entry.kind
        if kind == "file":
            if entry.size and probing.may_want(entry.path, entry.mode):
                body = reader.body()
                told = probing.run(
                    entry.path, entry.mode, MemoryBody(body), partial(unkept.__setitem__, position)
                )
                if told:
                    facts[position] = told
                if choose(entry, position):
                    bodies[position] = body
            elif choose(entry, position):
                if max(entry.size, reader.stored) > LIMITS.file_bytes:
                    unkept[position] = (
                        f"{entry.size} bytes, more than {LIMITS.file_bytes}; not read"
                    )
                elif not budget.take(max(entry.size, reader.stored)):
                    unkept[position] = f"beyond {LIMITS.kept_bytes} bytes of files kept; not read"
                else:
                    bodies[position] = reader.body()
        elif kind in ("symlink", "hardlink") and choose(entry, position):
            links.append(position)
    for _ in pieces:
        pass  # what follows the end of the archive belongs to the digest
    return entries, bodies, unkept, links, reader.escaped, facts


def _opened(layer: Layer, where: str) -> BinaryIO:
    try:
        return layer.open()
    except OSError as error:
        if layer.media_type in FOREIGN_LAYER_TYPES:
            raise ImageError(
                f"{where}: a foreign layer, kept at another address and not in this image",
                "save the image with its non-distributable layers included",
            ) from None
        raise ImageError(f"{where}: cannot be opened: {error.strerror or error}") from None


def _algorithm(digest: str) -> str:
    return digest.partition(":")[0] or "sha256"


def _verify(layer: Layer, got: Unpacking, where: str) -> None:
    hint = "the image is damaged or was tampered with: fetch it again"
    if got.size != layer.size:
        raise ImageError(f"{where}: expected {layer.size} bytes, got {got.size}", hint)
    if layer.digest and got.digest != layer.digest:
        raise ImageError(f"{where}: digest is {got.digest}, not the expected {layer.digest}", hint)
    if got.diff_id != layer.diff_id:
        raise ImageError(
            f"{where}: diff_id is {got.diff_id}, not the expected {layer.diff_id}", hint
        )
