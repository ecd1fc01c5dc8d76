"""A registry's repository as `oci.blobs.Blobs`: content by digest for whoever reads images."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import BinaryIO

from ironhull.errors import ImageError, RegistryError
from ironhull.limits import LIMITS
from ironhull.model import Descriptor
from ironhull.oci.manifests import INDEX_TYPES, MANIFEST_TYPES, parse_index, parse_manifest
from ironhull.registry._session import AbsentError
from ironhull.registry.repository import Document, Repository

__all__ = ["RegistryBlobs"]

_DOCUMENTS = INDEX_TYPES | MANIFEST_TYPES


class RegistryBlobs:
    """What the documents read so far name; threads may share it.

    Documents are kept in memory, everything else is streamed anew each time it is opened.
    """

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self._known: dict[str, Descriptor] = {}
        self._documents: dict[str, bytes] = {}

    @property
    def where(self) -> str:
        """registry/repository."""
        return self.repository.where

    def document(self, reference: str) -> Document:
        """The manifest or index of a tag or digest; what it names can be opened afterwards."""
        found = self.repository.manifest(reference)
        self._learn(found)
        return found

    def know(self, descriptors: Iterable[Descriptor]) -> None:
        """Let these be opened too."""
        for descriptor in descriptors:
            self._known.setdefault(descriptor.digest, descriptor)

    def open(self, digest: str) -> BinaryIO:
        """The bytes of a blob some document named; FileNotFoundError where there are none."""
        return self.open_at(digest, 0)

    def open_at(self, digest: str, offset: int) -> BinaryIO:
        """As `open`, from `offset` on."""
        if digest in self._documents:
            return io.BytesIO(self._documents[digest][offset:])
        descriptor = self._known.get(digest)
        if descriptor is None:
            raise FileNotFoundError(digest)
        try:
            if descriptor.media_type in _DOCUMENTS:
                return io.BytesIO(self.document(digest).data[offset:])
            return self.repository.open_blob(digest, descriptor.size, offset)
        except AbsentError as trouble:
            raise FileNotFoundError(trouble.message) from trouble

    def _learn(self, document: Document) -> None:
        descriptor, data = document.descriptor, document.data
        if sum(map(len, self._documents.values())) > LIMITS.registry_documents_bytes:
            raise RegistryError(
                f"{self.where}: more than {LIMITS.registry_documents_bytes} bytes of manifests",
                "choose one platform, or leave referrers out",
            )
        self._documents[descriptor.digest] = data
        try:
            if descriptor.media_type in INDEX_TYPES:
                self.know(parse_index(data, descriptor.digest).manifests)
            elif descriptor.media_type in MANIFEST_TYPES:
                manifest = parse_manifest(data, descriptor.digest)
                self.know((manifest.config, *manifest.layers))
        except ImageError:
            return  # whoever reads it says what is wrong
