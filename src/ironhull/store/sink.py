"""The local store, or an OCI layout on disk, as the place a transfer puts an image into."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ironhull.errors import StoreError
from ironhull.model import Descriptor
from ironhull.oci.manifests import REF_NAME
from ironhull.oci.names import Reference
from ironhull.oci.referrers import Companion, entry_of
from ironhull.oci.storage import storage_error
from ironhull.store import _layout
from ironhull.store._layout import Blobs
from ironhull.store.files import locked_directory
from ironhull.store.images import ImageStore
from ironhull.values import dataclass, replace

__all__ = ["LayoutSink", "directory_sink", "store_sink"]

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
def directory_sink(path: Path, name: str) -> Iterator[LayoutSink]:
    """The layout in directory `path`, made where there is none; the image gets `name` in it."""
    there = path.is_dir() and any(item.name != "blobs" for item in path.iterdir())
    if (path.exists() and not path.is_dir()) or (there and not (path / "oci-layout").is_file()):
        raise StoreError(
            f"cannot write an OCI layout to {path}: something else is there",
            "name a new or empty directory, or an OCI layout",
        )
    try:
        path.mkdir(parents=True, exist_ok=True)
        private = Path(tempfile.mkdtemp(prefix=".ironhull-", dir=path))
    except OSError as trouble:
        raise storage_error(trouble, f"cannot write {path}") from trouble

    def finish(root: Descriptor, companions: Sequence[Companion]) -> None:
        said = {REF_NAME: name} if name else {}
        beside = tuple(entry_of(item) for item in companions)
        entry = replace(root, annotations=said)
        with locked_directory(path):
            kept = tuple(
                other
                for other in _layout.read_index(path)
                if other not in beside
                and (
                    other.annotations.get(REF_NAME) != name
                    if name
                    else other.digest != root.digest or REF_NAME in other.annotations
                )
            )
            _layout.write_index(path, (*kept, *beside, entry))

    try:
        yield LayoutSink(Blobs(path, private), finish)
    finally:
        shutil.rmtree(private, ignore_errors=True)
