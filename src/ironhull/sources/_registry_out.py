"""A repository whose content is read before it is believed to be there."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from ironhull.errors import ImageError, RegistryError
from ironhull.model import Descriptor
from ironhull.registry.sink import RegistrySink
from ironhull.registry.transfer import Passing, Plan
from ironhull.values import dataclass

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class CheckedRegistry:
    """As `sink`, but what is there is read; what is damaged there cannot be put again.

    A registry takes no content under a digest it has. Digests once `checked` are believed.
    """

    sink: RegistrySink
    checked: set[str]

    def has_blob(self, blob: Descriptor) -> bool:
        """Whether it is there; raises RegistryError where it is not what its digest says."""
        if not self.sink.has_blob(blob):
            return False
        if blob.digest not in self.checked:
            self._read(blob)
            self.checked.add(blob.digest)
        return True

    def put_blob(self, blob: Descriptor, opened: Callable[[int], BinaryIO]) -> bool:
        """As `sink`; the registry verifies what it is sent."""
        return self.sink.put_blob(blob, opened)

    def put_documents(self, found: Plan) -> None:
        """As `sink`; documents that are there are read."""
        repository = self.sink.repository
        for document in (*found.documents, *found.companion_documents):
            digest = document.descriptor.digest
            if digest not in self.checked and repository.has_manifest(digest):
                repository.manifest(digest)  # verified
            self.checked.add(digest)
        self.sink.put_documents(found)

    def _read(self, blob: Descriptor) -> None:
        repository = self.sink.repository
        try:
            stream = repository.open_blob(blob.digest, blob.size)
            with Passing(stream, blob, repository.where, lambda _: None) as passing:
                while passing.read(_CHUNK):
                    pass
        except ImageError as trouble:
            raise RegistryError(
                f"the destination's copy is damaged: {trouble.message}",
                "ask who runs the registry to remove it, then mirror again",
            ) from trouble
