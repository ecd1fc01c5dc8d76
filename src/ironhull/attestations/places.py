"""Where an image is, to be read and written beside: a registry, the store, a layout on disk."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, Protocol, cast

from ironhull.errors import ImageError, ReferenceFault
from ironhull.limits import LIMITS
from ironhull.model import Descriptor
from ironhull.oci.manifests import (
    INDEX_TYPES,
    OCI_MANIFEST,
    load_json,
    sha256_digest,
)
from ironhull.oci.referrers import Companion
from ironhull.registry.blobs import RegistryBlobs
from ironhull.registry.repository import Document, Repository
from ironhull.registry.transfer import Origin
from ironhull.store.companions import LayoutKeeper
from ironhull.values import dataclass

__all__ = ["LayoutWriter", "Place", "RegistryWriter", "Writer", "place_of", "put", "tag_of"]


class Writer(Protocol):
    """What can be written beside an image."""

    def put(self, document: Document, blobs: Sequence[bytes], companion: Companion) -> None:
        """Keep `blobs` and the manifest, which goes with an image as `companion` says."""

    def rename(
        self, before: Descriptor, after: Document, parts: Sequence[Document], blobs: Sequence[bytes]
    ) -> None:
        """Let the image's name mean the index `after` instead of `before`."""


@dataclass(frozen=True, slots=True)
class Place:
    """An image where it is: `origin` to read it, `writer` to write beside it (None: read only)."""

    origin: Origin
    writer: Writer | None = None

    @property
    def name(self) -> str:
        """How the user calls the image."""
        return self.origin.name


@dataclass(frozen=True, slots=True)
class RegistryWriter:
    """A repository; `tag` is the image's name in it, "" where it is known by digest."""

    repository: Repository
    tag: str = ""

    def put(self, document: Document, blobs: Sequence[bytes], companion: Companion) -> None:
        """Blobs first; the fallback tag is kept where the registry has no referrers API."""
        self._upload(blobs)
        self.repository.put_manifest(document, companion.tag)

    def rename(
        self, before: Descriptor, after: Document, parts: Sequence[Document], blobs: Sequence[bytes]
    ) -> None:
        """The tag means the new index, unless somebody moved it; raises ReferenceFault."""
        if not self.tag:
            raise ReferenceFault(
                f"{self.repository.where}@{before.digest}: a digest cannot mean another index",
                "name the image by its tag, or attach as a referrer",
            )
        self._upload(blobs)
        for part in parts:
            self.repository.put_manifest(part)
        there = self.repository.head(self.tag)
        if there is not None and there.digest not in ("", before.digest):
            raise ReferenceFault(
                f"{self.repository.where}:{self.tag} was changed meanwhile", "try again"
            )
        self.repository.put_manifest(after, self.tag)

    def _upload(self, blobs: Sequence[bytes]) -> None:
        for data in blobs:
            digest = sha256_digest(data)
            if not self.repository.has_blob(digest):

                def opened(offset: int, data: bytes = data) -> BinaryIO:
                    return io.BytesIO(data[offset:])

                blob = Descriptor("application/octet-stream", digest, len(data))
                self.repository.upload(blob, opened)


@dataclass(frozen=True, slots=True)
class LayoutWriter:
    """The local store or a layout on disk; `name` is the image's in it, "" where it has none."""

    keeper: LayoutKeeper
    name: str = ""

    def put(self, document: Document, blobs: Sequence[bytes], companion: Companion) -> None:
        """Blobs first, then the entry of index.json."""
        self._keep((document,), blobs)
        self.keeper.enlist(companion)

    def rename(
        self, before: Descriptor, after: Document, parts: Sequence[Document], blobs: Sequence[bytes]
    ) -> None:
        """The name, or without one every name of the image, means the new index."""
        self._keep((*parts, after), blobs)
        self.keeper.rename(before.digest, after.descriptor, self.name)

    def _keep(self, documents: Sequence[Document], blobs: Sequence[bytes]) -> None:
        known = [(sha256_digest(data), data) for data in blobs]
        self.keeper.put([*known, *((d.descriptor.digest, d.data) for d in documents)])


def place_of(origin: Origin, keeper: LayoutKeeper | None = None, name: str = "") -> Place:
    """The place of an image that was opened as `origin`: a registry writes to itself.

    For the store and layouts `keeper` writes; without one it is read only. `name` is the image's
    own there: its tag, or its name in the layout.
    """
    if isinstance(origin.blobs, RegistryBlobs):
        return Place(origin, RegistryWriter(origin.blobs.repository, name))
    return Place(origin, None if keeper is None else LayoutWriter(keeper, name))


def tag_of(digest: str, suffix: str) -> str:
    """cosign's tag for what goes with `digest`: `sha256-<hex>.sig`, `.att`, `.sbom`.

    (sigstore/cosign, specs/SIGNATURE_SPEC.md, "Tag-based discovery".)
    """
    return f"{digest.replace(':', '-', 1)}.{suffix}"


def put(
    place: Place, manifest: bytes, blobs: Sequence[bytes], *, about: str, tag: str = ""
) -> Descriptor:
    """Write a manifest and its `blobs` beside what has the digest `about`; gives its descriptor.

    Without a `tag` as a referrer: the manifest names `about` as its subject. With one under it,
    replacing what had it. Raises ImageError for a manifest that does not, ReferenceFault where
    nothing can be written, RegistryError, StoreError.
    """
    if place.writer is None:
        raise ReferenceFault(
            f"{place.name}: nothing can be attached there",
            "copy the image to the store, a registry or an OCI layout first",
        )
    found = load_json(manifest, f"{place.name}: new manifest", LIMITS.manifest_bytes)
    subject = found.get("subject")
    said = subject.get("digest") if isinstance(subject, Mapping) else None
    if said not in ((about, None) if tag else (about,)):
        raise ImageError(f"{place.name}: the manifest to attach is about {said}, not {about}")
    descriptor = described(found, manifest)
    companion = Companion(descriptor, about, tag)
    place.writer.put(Document(descriptor, manifest), blobs, companion)
    return descriptor


def described(found: Mapping[str, Any], data: bytes) -> Descriptor:
    """How a list of referrers describes the manifest `data` (distribution-spec, "Listing").

    That is with its artifact type, or else the media type of its config, and its annotations.
    """
    kind = found.get("artifactType") or ""
    media_type = str(found.get("mediaType") or OCI_MANIFEST)
    config = found.get("config")
    if not kind and isinstance(config, Mapping) and media_type not in INDEX_TYPES:
        kind = config.get("mediaType") or ""
    annotations = cast("Mapping[str, str]", found.get("annotations") or {})
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    return Descriptor(media_type, digest, len(data), annotations, artifact_type=str(kind))
