"""Layers: one streaming pass that gives the entries, the wanted files and both digests, verified.

OCI image-spec 1.1, layer.md. Nothing is unpacked to disk and no body is held that nobody wants.
"""

from __future__ import annotations

import os
from functools import partial

from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.model import Layer, Problem
from ironhull.oci._collecting import Budget, Collecting, Place, bounded_body
from ironhull.oci._probing import Probing
from ironhull.oci._tar import Entry, TarReader
from ironhull.oci._uncompressed import Uncompressed
from ironhull.oci.blobs import place_of
from ironhull.oci.decompress import Unpacking, compression
from ironhull.oci.manifests import FOREIGN_LAYER_TYPES, LAYER_TYPES
from ironhull.oci.patterns import Wanted
from ironhull.oci.probes import Probe
from ironhull.values import dataclass, field

TYPE_CHECKING = False  # `typing` is a third of a start; checkers know the name
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import BinaryIO

__all__ = ["Budget", "Entry", "LayerIndex", "read_bodies", "read_layer", "walk"]

_ASIDE = 1024 * 1024  # bytes of a layer that make a thread for hashing worth its start


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


def walk(stream: BinaryIO, where: str = "layer") -> Iterator[tuple[Entry, Callable[[], bytes]]]:
    """Every entry of the (gzip, zstd or raw) tar in `stream`, with a function that gives its body.

    The function works until the next step. Nothing is verified but the archive's own checks; raises
    ImageError.
    """
    unpacking = Unpacking(stream, where)
    reader = TarReader(unpacking.more, where)
    for entry in reader:
        yield entry, partial(bounded_body, reader, entry, where)
    unpacking.finish()  # damage may sit behind the end of the archive


def read_layer(
    layer: Layer,
    wanted: Wanted,
    *,
    probes: Iterable[Probe] = (),
    budget: Budget | None = None,
    spare: Callable[[], bool] = lambda: True,
) -> LayerIndex:
    """Read a layer once: its entries, the bodies of the files `wanted` matches, `probes`' facts.

    Raises ImageError when the layer is damaged, of an unknown kind, beyond LIMITS or when either
    digest or the size is not what the image says. A wanted file beyond LIMITS.file_bytes or the
    budget (default LIMITS.kept_bytes) is left out and named in `unkept`. `spare` tells whether a
    processor is free for a second thread.
    """
    return _read(layer, wanted, budget or Budget(LIMITS.kept_bytes), Probing(probes), spare)


def read_bodies(layer: Layer, positions: frozenset[int], *, budget: Budget) -> LayerIndex:
    """Read a layer again for the bodies at `positions` (files that only links made wanted)."""
    return _read(layer, positions, budget, Probing(()), lambda: True)


def _read(
    layer: Layer,
    wanted: Wanted | frozenset[int],
    budget: Budget,
    probing: Probing,
    spare: Callable[[], bool],
) -> LayerIndex:
    where = f"layer {layer.digest or layer.diff_id}"
    if layer.media_type not in LAYER_TYPES:
        raise ImageError(
            f"{where}: unknown layer type {layer.media_type!r}",
            "Ironhull reads tar layers that are gzip or zstd compressed or not compressed",
        )
    algorithms = (_algorithm(layer.digest), _algorithm(layer.diff_id))
    with _opened(layer, where) as stream:
        place = place_of(stream)
        before = _state(place)
        aside = layer.size > _ASIDE
        reading: Unpacking | Uncompressed
        if place is not None and not _head(place, where):
            reading = Uncompressed(stream, place, layer.size, where, algorithms, aside=aside)
        else:
            reading = Unpacking(stream, where, algorithms, spare=spare if aside else None)
        with reading:
            reader = TarReader(reading.more, where, reading.leap)
            with Collecting(
                reader, wanted, probing, budget, lambda: place if reading.raw else None
            ) as found:
                found.run(where)
            reading.finish()  # what follows the end of the archive belongs to the digest
        if before != _state(place):
            raise ImageError(f"{where}: changed while it was read", "try again")
    _verify(layer, reading, where)
    return LayerIndex(
        diff_id=reading.diff_id,
        digest=reading.digest,
        size=reading.size,
        unpacked=reading.unpacked,
        entries=tuple(found.entries),
        bodies=found.bodies,
        unkept=found.unkept,
        links=tuple(found.links),
        problems=tuple(_problems(reader, found.entries, where)),
        facts=found.facts,
    )


def _problems(reader: TarReader, entries: Iterable[Entry], where: str) -> Iterator[Problem]:
    for name in reader.escaped:
        yield Problem(
            "layers", name, f"path leaves the root in {where}; read as if it stopped there"
        )
    for entry in entries:
        if entry[1] == "other":
            yield Problem("layers", entry.path, f"entry of an unknown type in {where}; not read")


def _state(place: Place | None) -> tuple[int, int] | None:
    """Size and time of the file a layer lies in: bodies may be read from it a second time."""
    if place is None:
        return None
    status = os.fstat(place[0])
    return status.st_size, status.st_mtime_ns


def _head(place: Place, where: str) -> str:
    """How the layer at `place` is compressed."""
    try:
        return compression(os.pread(place[0], 8, place[1]))
    except OSError as error:
        raise ImageError(f"{where}: cannot be read: {error.strerror or error}") from None


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


def _verify(layer: Layer, got: Unpacking | Uncompressed, where: str) -> None:
    hint = "the image is damaged or was tampered with: fetch it again"
    if got.size != layer.size:
        raise ImageError(f"{where}: expected {layer.size} bytes, got {got.size}", hint)
    if layer.digest and got.digest != layer.digest:
        raise ImageError(f"{where}: digest is {got.digest}, not the expected {layer.digest}", hint)
    if got.diff_id != layer.diff_id:
        raise ImageError(
            f"{where}: diff_id is {got.diff_id}, not the expected {layer.diff_id}", hint
        )
