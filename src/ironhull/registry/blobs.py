"""A registry's repository as `oci.blobs.Blobs`: content by digest for whoever reads images."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import BinaryIO, Protocol

from ironhull.errors import ImageError, RegistryError
from ironhull.limits import LIMITS
from ironhull.model import Descriptor
from ironhull.oci.manifests import (
    DOCKER_CONFIG,
    INDEX_TYPES,
    MANIFEST_TYPES,
    OCI_CONFIG,
    parse_index,
    parse_manifest,
    sha256_digest,
)
from ironhull.registry._session import AbsentError
from ironhull.registry.repository import Document, Repository
from ironhull.values import replace

__all__ = ["KeptDocuments", "RegistryBlobs"]

_DOCUMENTS = INDEX_TYPES | MANIFEST_TYPES


_CONFIGS = {OCI_CONFIG, DOCKER_CONFIG}


class KeptDocuments(Protocol):
    """Where manifests and configs are kept from one run to the next, by digest."""

    def load(self, digest: str) -> bytes | None:
        """The document with that digest, checked; None where it is not kept."""

    def keep(self, digest: str, data: bytes) -> None:
        """Keep a document whose digest was checked."""


class RegistryBlobs:
    """What the documents read so far name; threads may share it.

    Documents are kept in memory, everything else is streamed anew each time it is opened. What is
    `kept` of an earlier run is not asked for: a digest names the same bytes for ever. What a tag
    names is asked each time.
    """

    apart = True

    def __init__(self, repository: Repository, kept: KeptDocuments | None = None) -> None:
        self.repository = repository
        self._kept = kept
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
        small = descriptor.media_type in _DOCUMENTS or descriptor.media_type in _CONFIGS
        if small and self._kept is not None:
            return io.BytesIO(self._small(descriptor, self._kept)[offset:])
        try:
            if descriptor.media_type in _DOCUMENTS:
                return io.BytesIO(self.document(digest).data[offset:])
            return self.repository.open_blob(digest, descriptor.size, offset)
        except AbsentError as trouble:
            raise FileNotFoundError(trouble.message) from trouble

    def _small(self, descriptor: Descriptor, kept: KeptDocuments) -> bytes:
        """A manifest or config: the one kept, else the registry's, kept if it is what it should."""
        digest = descriptor.digest
        data = kept.load(digest)
        if data is not None:
            self._learn(Document(replace(descriptor, size=len(data)), data))
            return data
        try:
            if descriptor.media_type in _DOCUMENTS:
                data = self.document(digest).data  # checked
                kept.keep(digest, data)
                return data
            with self.repository.open_blob(digest, descriptor.size) as stream:
                data = stream.read(min(descriptor.size, LIMITS.config_bytes) + 1)
        except AbsentError as trouble:
            raise FileNotFoundError(trouble.message) from trouble
        if sha256_digest(data) == digest:
            kept.keep(digest, data)
        return data

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
