"""How large a layer is unpacked: what its descriptor says, else what reading it shows."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ironhull.errors import StoreError
from ironhull.model import Descriptor, Layer
from ironhull.oci.edit import UNPACKED_SIZE


def unpacked_size(layer: Layer, named: Descriptor) -> int:
    """Bytes of the regular files in `layer`; reads it only where `named` does not say.

    Raises ImageError for a layer that is not what it says.
    """
    said = named.annotations.get(UNPACKED_SIZE, "")
    if said.isascii() and said.isdigit():
        return int(said)
    from ironhull.oci.layers import read_layer
    from ironhull.oci.patterns import Wanted

    index = read_layer(layer, Wanted.of(()))
    return sum(entry.size for entry in index.entries if entry.kind == "file")


def kept_size(place: Path, layer: Layer, named: Descriptor) -> int:
    """As `unpacked_size`, remembered in directory `place` where the layer had to be read."""
    from ironhull.store.files import atomic_write

    path = place / layer.digest.replace(":", "-")
    with suppress(OSError, ValueError):
        return int(path.read_text(encoding="ascii"))
    size = unpacked_size(layer, named)
    if UNPACKED_SIZE not in named.annotations:
        with suppress(StoreError):  # a store that cannot be written to is still listed
            atomic_write(path, str(size).encode())
    return size
