"""A layout on disk, or the local store, as the place a transfer puts an image into."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO

from ironhull.errors import ImageError
from ironhull.model import Descriptor
from ironhull.registry.transfer import Plan
from ironhull.store.sink import LayoutSink
from ironhull.values import dataclass


@dataclass(frozen=True, slots=True)
class Kept:
    """`sink` as what a transfer knows."""

    sink: LayoutSink

    def has_blob(self, blob: Descriptor) -> bool:
        """Whether it is there in full."""
        return self.sink.has(blob)

    def put_blob(self, blob: Descriptor, opened: Callable[[int], BinaryIO]) -> bool:
        """Fetch it; nothing is nearby."""
        self.sink.fetch(blob, opened)
        return False

    def put_documents(self, found: Plan) -> None:
        """The documents, then the name."""
        for document in (*found.documents, *found.companion_documents):
            self.sink.put(document.descriptor.digest, document.data)
        self.sink.finish(found.root.descriptor, found.companions)


@dataclass(frozen=True, slots=True)
class CheckedLayout:
    """As `Kept`, but what is there is read; what is damaged is put again. Digests once `checked`
    are believed."""

    kept: Kept
    checked: set[str]

    def has_blob(self, blob: Descriptor) -> bool:
        """Whether it is there, in full and right; what is not right is taken away."""
        if not self.kept.has_blob(blob):
            return False
        if blob.digest in self.checked:
            return True
        blobs = self.kept.sink.blobs
        try:
            blobs.verified(blob)
        except ImageError:
            with suppress(FileNotFoundError):
                blobs.path(blob.digest).unlink()
            return False
        self.checked.add(blob.digest)
        return True

    def put_blob(self, blob: Descriptor, opened: Callable[[int], BinaryIO]) -> bool:
        """As `Kept`; what is put was verified."""
        self.kept.put_blob(blob, opened)
        self.checked.add(blob.digest)
        return False

    def put_documents(self, found: Plan) -> None:
        """As `Kept`; damaged documents make room first."""
        for document in (*found.documents, *found.companion_documents):
            self.has_blob(document.descriptor)
        self.kept.put_documents(found)
