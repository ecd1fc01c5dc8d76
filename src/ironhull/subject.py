"""What an SBOM of an image is about, told by the image itself."""

from __future__ import annotations

from collections.abc import Mapping

from ironhull.model import Image, Subject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["subject_of"]


def subject_of(image: Image, *, disk_size: int) -> Subject:
    """What an SBOM of `image` is about; `disk_size` in bytes as `oci.tree` measured it.

    Values of the image config that are not of the type the OCI image-spec gives are left out.
    """
    config = _mapping(image.config.get("config"))
    labels = {**_mapping(image.annotations), **_mapping(config.get("Labels"))}
    return Subject(
        name=image.name,
        digest=image.digest,
        kind="directory" if image.origin == "fs" else "image",
        id=image.config_digest,
        index_digest=image.index_digest,
        platform=image.platform,
        content_size=image.content_size,
        disk_size=disk_size,
        layers=tuple(layer.diff_id for layer in image.layers),
        steps=tuple(layer.created_by for layer in image.layers),
        user=_text(config.get("User")),
        entrypoint=_texts(config.get("Entrypoint")),
        created=_text(image.config.get("created")),
        source=_text(labels.get("org.opencontainers.image.source")),
        revision=_text(labels.get("org.opencontainers.image.revision")),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        return ()
    return tuple(item for item in value if isinstance(item, str))
