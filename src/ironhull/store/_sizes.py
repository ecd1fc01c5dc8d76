"""How large a layer is unpacked: what its descriptor says, else what reading it shows."""

from __future__ import annotations

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
