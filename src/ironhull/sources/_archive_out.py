"""An archive of one image as the place a transfer puts it into: an OCI layout in a tar file.

Sizes are known before anything moves, so every blob has its place in the file and several are
written at once; equal images give equal bytes. Of an image for one platform `docker load` takes the
archive too.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from ironhull.errors import ImageError, StoreError
from ironhull.model import Descriptor
from ironhull.oci.blobs import Part, PartBlobs
from ironhull.oci.docker_archive import blob_member, docker_members
from ironhull.oci.images import find_images, read_image
from ironhull.oci.manifests import (
    CONTAINERD_NAME,
    FOREIGN_LAYER_TYPES,
    OCI_INDEX,
    REF_NAME,
    canonical_json,
    descriptor_json,
)
from ironhull.oci.names import Reference
from ironhull.oci.placed_tar import PlacedTar
from ironhull.oci.referrers import entry_of
from ironhull.registry.transfer import Plan
from ironhull.store.files import atomic_file
from ironhull.values import replace

_CHUNK = 1 << 20
_LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'


@contextmanager
def archive_sink(path: Path, reference: Reference | None, found: Plan) -> Iterator[ArchiveSink]:
    """The archive `path`, which takes its place when the image is complete in it.

    Raises StoreError.
    """
    if path.is_dir():
        raise StoreError(f"cannot write {path}: it is a directory", "name a file")
    special = path.exists() and not path.is_file()
    with atomic_file(path) as file:
        if not special:
            yield ArchiveSink(file, reference, found)
            return
        with tempfile.TemporaryFile() as seekable:  # a pipe is written from front to back
            yield ArchiveSink(cast(BinaryIO, seekable), reference, found)
            seekable.seek(0)
            shutil.copyfileobj(seekable, file, _CHUNK)


class ArchiveSink:
    """Puts the image `found` into the empty `file`; threads may share it."""

    def __init__(self, file: BinaryIO, reference: Reference | None, found: Plan) -> None:
        self._tar = PlacedTar(file)
        self._reference = reference
        self._parts: dict[str, Part] = {}
        self._foreign = threading.Lock()
        documents = (*found.documents, *found.companion_documents)
        sizes = {item.descriptor.digest: item.descriptor.size for item in documents}
        for digest, blob in found.blobs.items():
            if blob.media_type not in FOREIGN_LAYER_TYPES:
                sizes.setdefault(digest, blob.size)
        for digest in sorted(sizes):
            self._place(digest, sizes[digest])

    def has_blob(self, _blob: Descriptor) -> bool:
        """A new archive has nothing."""
        return False

    def put_blob(self, blob: Descriptor, opened: Callable[[int], BinaryIO]) -> bool:
        """Write a blob at its place; a foreign one gets its own if there is one."""
        known = blob.digest in self._parts
        try:
            source = opened(0)
        except FileNotFoundError:
            if known and blob.media_type in FOREIGN_LAYER_TYPES:  # it was there at first
                raise ImageError(f"blob {blob.digest}: vanished while it was read") from None
            raise
        with source:
            if not known:
                with self._foreign:
                    self._place(blob.digest, blob.size)
            self._write(blob.digest, iter(lambda: source.read(_CHUNK), b""))
        return False

    def put_documents(self, found: Plan) -> None:
        """Manifests, the index of the layout and what `docker load` reads."""
        for document in (*found.documents, *found.companion_documents):
            self._write(document.descriptor.digest, iter([document.data]))
        entries = [*(entry_of(item) for item in found.companions), self._named(found)]
        index = {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": [descriptor_json(entry) for entry in entries],
        }
        self._tar.add("index.json", canonical_json(index))
        self._add_for_docker(found)
        self._tar.add("oci-layout", _LAYOUT)
        self._tar.finish()

    def _place(self, digest: str, size: int) -> None:
        self._parts[digest] = self._tar.place(blob_member(digest), size)

    def _write(self, digest: str, pieces: Iterator[bytes]) -> None:
        self._tar.write(blob_member(digest), self._parts[digest], pieces)

    def _named(self, found: Plan) -> Descriptor:
        said = {}
        if self._reference is not None:
            said[REF_NAME] = self._reference.familiar
            said[CONTAINERD_NAME] = self._reference.canonical
        return replace(found.root.descriptor, annotations=said)

    def _add_for_docker(self, found: Plan) -> None:
        """Nothing where there are several platforms, or none that is an image of a container."""
        blobs = PartBlobs("the archive", self._tar.file, self._parts)
        try:
            images = find_images(blobs, [found.root.descriptor])
            if len(images) != 1:
                return
            image = read_image(blobs, images[0], name="", origin="archive")
        except ImageError:
            return
        name = self._reference.familiar if self._reference and self._reference.tag else ""
        for member in docker_members(image, name):
            self._tar.add(member.path, cast(bytes, member.content))
