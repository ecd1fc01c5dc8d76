"""Writing beside images of an OCI layout: attestations, signatures, a new index round an image.

The local store and layouts of other tools differ in who they share the lock with, no more.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from ironhull.errors import ReferenceFault
from ironhull.model import Descriptor
from ironhull.oci.manifests import REF_NAME
from ironhull.oci.referrers import Companion, companion_of, entry_of
from ironhull.oci.storage import storage_error
from ironhull.store import _layout
from ironhull.store._layout import Blobs
from ironhull.store.files import locked, locked_directory
from ironhull.store.images import ImageStore
from ironhull.values import dataclass

__all__ = ["LayoutKeeper", "directory_keeper", "store_keeper"]


@dataclass(frozen=True, slots=True)
class LayoutKeeper:
    """The layout at `root`; `private` is where the store keeps its lock, None in other layouts."""

    root: Path
    private: Path | None = None

    def put(self, blobs: Sequence[tuple[str, bytes]]) -> None:
        """Keep blobs (digest, bytes); raises StoreError."""
        with self._blobs() as there:
            for digest, data in blobs:
                there.put(digest, data)

    def enlist(self, companion: Companion) -> None:
        """Let `companion`, whose blobs are there, go with its image.

        One under a tag replaces what had the tag. Raises StoreError.
        """
        with self._locked():
            kept = [e for e in _layout.read_index(self.root) if not _is_same(e, companion)]
            _layout.write_index(self.root, (*kept, entry_of(companion)))

    def rename(self, before: str, after: Descriptor, name: str) -> None:
        """Let `name` ("": every name) of the image `before` (digest) mean `after`.

        Raises ReferenceFault where the name means something else by now, StoreError.
        """
        with self._locked():
            entries = _layout.read_index(self.root)
            mine = [
                entry
                for entry in entries
                if entry.digest == before and name in ("", entry.annotations.get(REF_NAME, ""))
            ]
            if not mine:
                raise ReferenceFault(
                    f"{self.root}: {name or before} was changed meanwhile", "try again"
                )
            changed = [
                Descriptor(after.media_type, after.digest, after.size, entry.annotations)
                if entry in mine
                else entry
                for entry in entries
            ]
            _layout.write_index(self.root, tuple(changed))

    @contextmanager
    def _blobs(self) -> Iterator[Blobs]:
        if self.private is not None:
            yield Blobs(self.root, self.private)
            return
        try:
            private = Path(tempfile.mkdtemp(prefix=".ironhull-", dir=self.root))
        except OSError as trouble:
            raise storage_error(trouble, f"cannot write into {self.root}") from trouble
        try:
            yield Blobs(self.root, private)
        finally:
            shutil.rmtree(private, ignore_errors=True)

    def _locked(self) -> AbstractContextManager[None]:
        if self.private is not None:
            return locked(self.private / "lock")
        return locked_directory(self.root)


def _is_same(entry: Descriptor, companion: Companion) -> bool:
    known = companion_of(entry)
    if known is None:  # as other tools list a referrer: by its digest alone
        return entry.digest == companion.descriptor.digest and REF_NAME not in entry.annotations
    if known.about != companion.about or known.tag != companion.tag:
        return False
    return bool(known.tag) or known.descriptor.digest == companion.descriptor.digest


def store_keeper(store: ImageStore) -> LayoutKeeper:
    """The local store, to write beside its images."""
    return LayoutKeeper(store.root, store.incoming.private)


def directory_keeper(path: Path) -> LayoutKeeper:
    """The OCI layout in directory `path`, which is there, to write beside its images."""
    return LayoutKeeper(path)
