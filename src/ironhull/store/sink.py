"""The local store, or an OCI layout on disk, as the place a transfer puts an image into."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ironhull.errors import StoreError
from ironhull.model import Descriptor
from ironhull.oci.manifests import REF_NAME
from ironhull.oci.names import Reference
from ironhull.oci.referrers import Companion
from ironhull.store import _layout, _lookup
from ironhull.store._layout import Blobs, reachable
from ironhull.store._private import PRIVATE, private_place
from ironhull.store.files import locked_directory
from ironhull.store.images import ImageStore
from ironhull.values import dataclass, replace

__all__ = ["LayoutSink", "directory_sink", "reachable", "store_sink"]

_OWN = ("blobs", PRIVATE)
Name = Callable[[Descriptor, Sequence[Companion]], None]


@dataclass(frozen=True, slots=True)
class LayoutSink:
    """`blobs` of a layout; `finish` names the image when all of it is there."""

    blobs: Blobs
    finish: Name

    def has(self, blob: Descriptor) -> bool:
        """Whether the blob is there in full."""
        return self.blobs.has(blob)

    def fetch(self, blob: Descriptor, opened: Callable[[int], BinaryIO]) -> None:
        """Put a blob, going on where an earlier try stopped; raises ImageError, StoreError."""
        self.blobs.fetch(blob, opened)

    def put(self, digest: str, data: bytes) -> None:
        """Put a document whose digest is known to be `digest`."""
        self.blobs.put(digest, data)


def store_sink(store: ImageStore, reference: Reference | None) -> LayoutSink:
    """The local store, where the image gets the name `reference`."""

    def finish(root: Descriptor, companions: Sequence[Companion]) -> None:
        store.take(root, reference, companions)

    return LayoutSink(store.incoming, finish)


@contextmanager
def directory_sink(path: Path, name: str, *, keep: bool = False) -> Iterator[LayoutSink]:
    """The layout in directory `path`, made where there is none; the image gets `name` in it.

    With `keep` the image that had the name stays, without one. Blobs that were interrupted go on in
    the next run. Raises StoreError.
    """
    there = path.is_dir() and any(item.name not in _OWN for item in path.iterdir())
    if (path.exists() and not path.is_dir()) or (there and not (path / "oci-layout").is_file()):
        raise StoreError(
            f"cannot write an OCI layout to {path}: something else is there",
            "name a new or empty directory, or an OCI layout",
        )

    def finish(root: Descriptor, companions: Sequence[Companion]) -> None:
        entry = replace(root, annotations={REF_NAME: name} if name else {})
        beside, outdone = _lookup.entered(blobs, companions)
        with locked_directory(path):
            kept = [item for item in _layout.read_index(path) if not outdone(item)]
            before = [item for item in kept if _gives_way(item, entry)]
            kept = [item for item in kept if item not in before]
            if keep:
                kept += _nameless(before, {item.digest for item in (*kept, entry)})
            _layout.write_index(path, (*kept, *beside, entry))

    with private_place(path) as private:
        blobs = Blobs(path, private)
        yield LayoutSink(blobs, finish)


def _gives_way(there: Descriptor, entry: Descriptor) -> bool:
    """Whether `there` has the name of `entry`, or is it, both without one."""
    name = entry.annotations.get(REF_NAME)
    if name:
        return there.annotations.get(REF_NAME) == name
    return there.digest == entry.digest and REF_NAME not in there.annotations


def _nameless(before: Sequence[Descriptor], known: set[str]) -> list[Descriptor]:
    """Images whose name is taken, if nothing else in the layout is them."""
    gone = {item.digest: replace(item, annotations={}) for item in before}
    return [item for digest, item in gone.items() if digest not in known]
