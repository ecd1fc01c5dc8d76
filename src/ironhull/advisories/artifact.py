"""Advisory data as an artifact in a registry (OCI image-spec 1.1, "Guidelines for Artifact Usage").

A manifest with one layer, the bundle of `exchange`, and an empty config. Its annotations tell the
digest and the date of the index, so that whoever has it already downloads nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ironhull.advisories._bundle import Head
from ironhull.errors import AdvisoryError, RegistryError
from ironhull.limits import LIMITS
from ironhull.model import Descriptor, Progress
from ironhull.oci.manifests import (
    EMPTY_JSON,
    MANIFEST_TYPES,
    OCI_MANIFEST,
    canonical_json,
    parse_manifest,
    sha256_digest,
)
from ironhull.values import dataclass

if TYPE_CHECKING:
    from ironhull.oci.names import Reference
    from ironhull.registry import Repository

__all__ = ["Found", "download", "find", "publish"]

ARTIFACT = "application/vnd.ironhull.advisories.v1"
LAYER = "application/vnd.ironhull.advisories.v1.tar+zstd"
DIGEST = "io.github.ironhull.advisories.digest"
DATE = "io.github.ironhull.advisories.date"
_CREATED = "org.opencontainers.image.created"
_TITLE = "org.opencontainers.image.title"
_EMPTY = b"{}"
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """Advisory data a registry offers: the manifest's `digest`, its layer, what it tells."""

    digest: str
    layer: Descriptor
    annotations: Mapping[str, str]

    @property
    def index(self) -> str:
        """The digest of the index it says it holds."""
        return self.annotations.get(DIGEST, "")


def publish(repository: Repository, tag: str, bundle: Path, head: Head) -> str:
    """Put the bundle at `bundle` into `repository` under `tag`; gives the manifest's digest.

    What is there already is not sent again. Raises RegistryError.
    """
    from ironhull.registry import Document

    layer = Descriptor(LAYER, *_measured(bundle))
    config = Descriptor(EMPTY_JSON, sha256_digest(_EMPTY), len(_EMPTY))
    manifest = canonical_json(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": ARTIFACT,
            "config": _plain(config),
            "layers": [{**_plain(layer), "annotations": {_TITLE: "ironhull-advisories.tar.zst"}}],
            "annotations": {_CREATED: head.built, DIGEST: head.digest, DATE: head.date},
        }
    )
    if not repository.has_blob(config.digest):
        repository.upload(config, _empty_from)
    if not repository.has_blob(layer.digest):
        repository.upload(layer, lambda offset: _opened(bundle, offset))
    digest = sha256_digest(manifest)
    document = Document(Descriptor(OCI_MANIFEST, digest, len(manifest)), manifest)
    repository.put_manifest(document, tag)
    return digest


def find(repository: Repository, reference: Reference) -> Found:
    """What the registry has under a tag or digest; a digest is verified.

    Raises RegistryError, and AdvisoryError for what is not advisory data.
    """
    name = reference.digest or reference.tag
    what = f"{repository.where}{'@' if reference.digest else ':'}{name}"
    document = repository.manifest(name)
    hint = "name what `ironhull db publish` put there"
    if document.descriptor.media_type not in MANIFEST_TYPES:
        raise AdvisoryError(f"{what}: an image of several platforms, not advisory data", hint)
    manifest = parse_manifest(document.data, what)
    layers = [layer for layer in manifest.layers if layer.media_type == LAYER]
    if manifest.artifact_type != ARTIFACT or len(layers) != 1:
        kind = manifest.artifact_type or manifest.config.media_type
        raise AdvisoryError(f"{what}: not advisory data but {kind[:100]}", hint)
    if layers[0].size > LIMITS.advisory_bundle_bytes:
        raise AdvisoryError(f"{what}: {layers[0].size} bytes are more than we read")
    return Found(document.descriptor.digest, layers[0], manifest.annotations)


def download(
    repository: Repository, found: Found, target: BinaryIO, progress: Progress | None = None
) -> None:
    """Write the bundle to `target`; raises RegistryError, also for one of another digest."""
    layer = found.layer
    digest = hashlib.new(layer.digest.partition(":")[0])
    done = 0
    with repository.open_blob(layer.digest, layer.size) as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
            target.write(piece)
            done += len(piece)
            if progress is not None:
                progress("advisory data", done, layer.size)
    if digest.hexdigest() != layer.digest.partition(":")[2]:
        raise RegistryError(
            f"{repository.where}@{layer.digest}: the registry sends something else",
            "its copy is damaged or was tampered with",
        )


def _plain(descriptor: Descriptor) -> dict[str, object]:
    return {
        "mediaType": descriptor.media_type,
        "digest": descriptor.digest,
        "size": descriptor.size,
    }


def _measured(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return f"sha256:{digest}", file.tell()


def _empty_from(offset: int) -> BinaryIO:
    import io

    return io.BytesIO(_EMPTY[offset:])


def _opened(path: Path, offset: int) -> BinaryIO:
    file = path.open("rb")
    file.seek(offset)
    return file
