"""A repository as the place a transfer puts an image into."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import BinaryIO

from ironhull.model import Descriptor
from ironhull.registry.repository import Repository
from ironhull.registry.transfer import Plan
from ironhull.values import dataclass, field

__all__ = ["RegistrySink"]


@dataclass(frozen=True, slots=True)
class RegistrySink:
    """`repository`, where the image gets `tag` ("": its digest only).

    `mounts` tells which repository of the same registry may have a blob, by digest; "" is for all
    others.
    """

    repository: Repository
    tag: str = ""
    mounts: Mapping[str, str] = field(default_factory=dict)

    def has_blob(self, blob: Descriptor) -> bool:
        """Whether the repository has it."""
        return self.repository.has_blob(blob.digest)

    def put_blob(self, blob: Descriptor, opened: Callable[[int], BinaryIO]) -> bool:
        """Mount or upload it; whether it was mounted."""
        source = self.mounts.get(blob.digest) or self.mounts.get("", "")
        if source == self.repository.name:
            source = ""
        return self.repository.upload(blob, opened, source)

    def put_documents(self, found: Plan) -> None:
        """Manifests, children first, the image's own last of all; then what goes with it."""
        tags = {item.descriptor.digest: item.tag for item in found.companions}
        root = found.root.descriptor.digest
        for document in found.documents:
            digest = document.descriptor.digest
            if digest == root:
                self.repository.put_manifest(document, self.tag)
            elif not self.repository.has_manifest(digest):
                self.repository.put_manifest(document)
        for document in found.companion_documents:
            self.repository.put_manifest(document, tags.get(document.descriptor.digest, ""))
