"""What makes an OCI archive one that `docker load` takes, as `docker save` writes it.

(moby image-spec v1.2, "Combined Image JSON + Filesystem Changeset Format".) Layers stay as
compressed as they are, as in archives of Docker 25 and later.
"""

from __future__ import annotations

from ironhull.model import Image
from ironhull.oci.manifests import canonical_json
from ironhull.oci.pack import Member

__all__ = ["blob_member", "docker_members"]


def docker_members(image: Image, name: str) -> list[Member]:
    """manifest.json and, with a `name` (repository:tag), `repositories` for `image`."""
    layers = [blob_member(layer.digest) for layer in image.layers]
    manifest = [
        {
            "Config": blob_member(image.config_digest),
            "RepoTags": [name] if name else [],
            "Layers": layers,
        }
    ]
    members = [Member("manifest.json", "file", 0o644, content=canonical_json(manifest))]
    if name and image.layers:
        repository, _, tag = name.rpartition(":")
        top = image.layers[-1].digest.partition(":")[2]
        known = canonical_json({repository: {tag: top}})
        members.append(Member("repositories", "file", 0o644, content=known))
    return members


def blob_member(digest: str) -> str:
    """Where the blob of `digest` lies in an OCI layout or archive (image-layout.md)."""
    return "blobs/" + digest.replace(":", "/")
