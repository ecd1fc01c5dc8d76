"""Images in registries, read without being kept: layers are streamed into whoever reads them.

OCI distribution-spec 1.1; documents are verified as they are read, layers by `oci.layers`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ironhull.errors import ReferenceFault
from ironhull.limits import LIMITS
from ironhull.model import Attachment, Descriptor, Image, Platform
from ironhull.oci.images import Found, find_images, read_chosen, read_image
from ironhull.oci.manifests import IN_TOTO, INDEX_TYPES, MANIFEST_TYPES, sha256_digest
from ironhull.oci.names import Reference
from ironhull.oci.referrers import LazyAttachments, attachments_of, subject_in
from ironhull.registry import AbsentError, DeniedError, Registries
from ironhull.registry.blobs import RegistryBlobs
from ironhull.store.cache_files import CacheFiles, key_of
from ironhull.values import replace

__all__ = ["believed", "open_registry", "open_remote", "referrers_of"]

_PROVENANCE = "https://slsa.dev/provenance/v1"


def open_registry(
    text: str, platform: Platform | None, registries: Registries, *, cache: Path | str | None = None
) -> Image:
    """The image `NAME[:TAG][@DIGEST]`; nothing of a layer is read before it is opened.

    Manifests and configs are kept below the folder `cache`: an image that was read before costs one
    request, for what its tag names. Attestations and referrers are looked for when `attachments` is
    first used. Raises ReferenceFault (malformed, not there, not for this platform), RegistryError,
    ImageError.
    """
    reference, blobs, root = open_remote(text, registries, cache=cache)
    name = reference.familiar

    def read(chosen: Found) -> Image:
        bare = replace(chosen, attestations=())
        image = read_image(blobs, bare, name=name, origin="registry")
        attachments = LazyAttachments(lambda: _attached(blobs, chosen), _PROVENANCE)
        return replace(image, attachments=attachments)

    return read_chosen(blobs, find_images(blobs, [root]), platform, name, read)


def open_remote(
    text: str, registries: Registries, *, cache: Path | str | None = None
) -> tuple[Reference, RegistryBlobs, Descriptor]:
    """The name, the repository's content and the document (index or manifest) it leads to.

    Raises ReferenceFault, RegistryError.
    """
    reference = Reference.parse(text)
    blobs = RegistryBlobs(
        registries.repository(reference), None if cache is None else _Documents(cache)
    )
    try:
        root = blobs.document(reference.digest or reference.tag)
    except AbsentError as trouble:
        raise ReferenceFault(
            f"{reference.canonical} is not in the registry: {trouble.message}", "check the name"
        ) from trouble
    return reference, blobs, root.descriptor


class _Documents:
    """Manifests and configs of registries below the cache folder, by digest."""

    def __init__(self, root: Path | str) -> None:
        limit = max(LIMITS.config_bytes, LIMITS.manifest_bytes)
        self._files = CacheFiles(str(root), "registries", limit=limit)

    def load(self, digest: str) -> bytes | None:
        """The document with that digest; None where none is kept."""
        data = self._files.load(key_of(("document", digest)))
        return data if data is not None and sha256_digest(data) == digest else None

    def keep(self, digest: str, data: bytes) -> None:
        """Keep a document whose digest was checked."""
        self._files.keep(key_of(("document", digest)), data)


def referrers_of(blobs: RegistryBlobs, digest: str) -> Iterator[Descriptor]:
    """The manifests in the registry whose subject is `digest`; what only claims so is left out.

    Raises RegistryError, ImageError.
    """
    for listed in blobs.repository.referrers(digest):
        if (found := believed(blobs, listed, digest)) is not None:
            yield found


def believed(blobs: RegistryBlobs, listed: Descriptor, digest: str) -> Descriptor | None:
    """What the registry lists as a referrer of `digest`, where the manifest says the same.

    Raises RegistryError, ImageError.
    """
    if listed.media_type not in MANIFEST_TYPES | INDEX_TYPES:
        return None
    try:
        found = blobs.document(listed.digest)
    except AbsentError:
        return None  # removed, and its list not yet told
    if subject_in(found.data, f"{blobs.where}@{listed.digest}") != digest:
        return None
    return replace(listed, size=found.descriptor.size)


def _attached(blobs: RegistryBlobs, found: Found) -> Iterator[Attachment]:
    about = found.descriptor.digest
    yield from attachments_of(blobs, found.attestations, IN_TOTO, about=about, storage="index")
    seen = {item.digest for item in found.attestations}
    for digest in dict.fromkeys((found.descriptor.digest, found.index_digest)):
        fresh = [r for r in referrers_of(blobs, digest) if r.digest not in seen] if digest else []
        yield from attachments_of(blobs, fresh, about=digest, storage="referrer")
        tagged = _tagged(blobs, digest) if digest else []
        yield from attachments_of(blobs, tagged, about=digest, storage="tag")


def _tagged(blobs: RegistryBlobs, digest: str) -> list[Descriptor]:
    """The manifest of attestations under cosign's tag for `digest`, where there is one."""
    try:
        return [blobs.document(f"{digest.replace(':', '-')}.att").descriptor]
    except (AbsentError, DeniedError):
        return []
