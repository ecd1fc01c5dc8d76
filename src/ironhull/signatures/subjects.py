"""What of an image there is to sign: the image, and with it what its index and referrers hold."""

from __future__ import annotations

from collections.abc import Iterator

from ironhull.attestations import Place
from ironhull.attestations.finding import companions_of
from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.model import Descriptor
from ironhull.oci.blobs import read_blob
from ironhull.oci.manifests import IN_TOTO, INDEX_TYPES, MANIFEST_TYPES, parse_index
from ironhull.registry.blobs import RegistryBlobs
from ironhull.values import replace

__all__ = ["subjects_of"]


def subjects_of(place: Place, *, recursive: bool) -> Iterator[Descriptor]:
    """The image's index or manifest; when `recursive` also all that follows.

    Every manifest of the index, those of attestations among them, and every referrer that holds an
    unsigned statement. Raises RegistryError, ImageError.
    """
    root = place.origin.root
    plain = Descriptor(root.media_type, root.digest, root.size)
    yield plain
    if not recursive:
        return
    seen = {root.digest}
    below = [item for item in _below(place, plain, 0) if item.digest not in seen]
    for item in (*below, *(r for i in (plain, *below) for r in _statements(place, i.digest))):
        if item.digest not in seen:
            seen.add(item.digest)
            yield item


def _below(place: Place, top: Descriptor, depth: int) -> Iterator[Descriptor]:
    """The manifests an index lists, also through indexes."""
    if top.media_type not in INDEX_TYPES:
        return
    if depth > LIMITS.index_depth:
        raise ImageError(f"{place.name}: indexes in more than {LIMITS.index_depth} indexes")
    data = read_blob(place.origin.blobs, top, LIMITS.manifest_bytes)
    for entry in parse_index(data, f"{place.name}@{top.digest}").manifests:
        if entry.media_type in INDEX_TYPES | MANIFEST_TYPES:
            item = Descriptor(entry.media_type, entry.digest, entry.size)
            yield item
            yield from _below(place, item, depth + 1)


def _statements(place: Place, digest: str) -> Iterator[Descriptor]:
    """Referrers that are bare statements: envelopes and bundles are signed already."""
    blobs = place.origin.blobs
    for companion in companions_of(place, digest):
        item = companion.descriptor
        if companion.tag or item.artifact_type != IN_TOTO or item.media_type not in MANIFEST_TYPES:
            continue
        if isinstance(blobs, RegistryBlobs):  # its size is a claim of the list
            item = replace(item, size=blobs.document(item.digest).descriptor.size)
        yield Descriptor(item.media_type, item.digest, item.size)
