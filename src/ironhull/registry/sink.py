"""A repository as the place a transfer puts an image into."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import BinaryIO

from ironhull.errors import ImageError, RegistryError
from ironhull.limits import LIMITS
from ironhull.model import Descriptor
from ironhull.oci.blobs import read_blob
from ironhull.oci.manifests import parse_manifest
from ironhull.oci.referrers import Companion
from ironhull.oci.united import holds_all, unite
from ironhull.registry._referrers import list_referrers
from ironhull.registry.blobs import RegistryBlobs
from ironhull.registry.repository import Document, Repository
from ironhull.registry.transfer import Plan
from ironhull.values import dataclass, field

__all__ = ["RegistrySink"]

_JOINED = (".sig", ".att")  # each layer stands for itself; of .sbom the source's is taken
_TAGGED = "leave it out with --no-referrers, or remove the tag there"


@dataclass(frozen=True, slots=True)
class RegistrySink:
    """`repository`, where the image gets `tag` ("": its digest only).

    `mounts` tells which repository of the same registry may have a blob, by digest; "" is for all
    others. What is put is noted there.
    """

    repository: Repository
    tag: str = ""
    mounts: MutableMapping[str, str] = field(default_factory=dict)

    def has_blob(self, blob: Descriptor) -> bool:
        """Whether the repository has it."""
        there = self.repository.has_blob(blob.digest)
        if there:
            self.mounts.setdefault(blob.digest, self.repository.name)
        return there

    def put_blob(self, blob: Descriptor, opened: Callable[[int], BinaryIO]) -> bool:
        """Mount or upload it; whether it was mounted."""
        source = self.mounts.get(blob.digest) or self.mounts.get("", "")
        if source == self.repository.name:
            source = ""
        mounted = self.repository.upload(blob, opened, source)
        self.mounts.setdefault(blob.digest, self.repository.name)
        return mounted

    def put_documents(self, found: Plan) -> None:
        """Manifests, children first, the image's own last of all; then what goes with it.

        What the registry lists as a referrer already is not put again. Under a tag of cosign's the
        signatures that are there stay beside those that come.
        """
        root = found.root.descriptor.digest
        for document in found.documents:
            digest = document.descriptor.digest
            if digest == root:
                self.repository.put_manifest(document, self.tag)
            elif not self.repository.has_manifest(digest):
                self.repository.put_manifest(document)
        beside: dict[str, list[Companion]] = {}
        for item in found.companions:
            beside.setdefault(item.descriptor.digest, []).append(item)
        listed: dict[str, frozenset[str]] = {}
        for document in found.companion_documents:
            roles = beside.get(document.descriptor.digest, [])
            for tag in {item.tag for item in roles if item.tag}:
                with self.repository.session.listing:
                    self._put_tagged(document, tag)
            if not roles or any(self._is_unlisted(item, listed) for item in roles if not item.tag):
                self.repository.put_manifest(document)

    def listed(self, about: str) -> frozenset[str]:
        """The digests of what the registry itself lists as referrers of `about` and has.

        A list under a tag is kept by whoever pushes, and may name what was deleted.
        """
        session = self.repository.session
        found = {item.digest for item in list_referrers(self.repository, about, "", session)}
        if not session.lists_referrers:
            found = {digest for digest in found if self.repository.has_manifest(digest)}
        return frozenset(found)

    def _is_unlisted(self, item: Companion, listed: dict[str, frozenset[str]]) -> bool:
        if item.about not in listed:
            listed[item.about] = self.listed(item.about)
        return item.descriptor.digest not in listed[item.about]

    def _put_tagged(self, document: Document, tag: str) -> None:
        """Give `document` its tag; what has the tag already is joined with it."""
        if self.repository.head(tag) is None:
            self.repository.put_manifest(document, tag)
            return
        there = self.repository.manifest(tag)
        if there.descriptor.digest == document.descriptor.digest:
            return
        if holds_all(there.data, document.data):
            return
        if holds_all(document.data, there.data) or not tag.endswith(_JOINED):
            self.repository.put_manifest(document, tag)
            return
        self.repository.put_manifest(document)
        self._put_united(there, document, tag)

    def _put_united(self, there: Document, document: Document, tag: str) -> None:
        from io import BytesIO

        where = f"{self.repository.where}:{tag}"
        try:
            made = unite(self._with_config(there, where), self._with_config(document, where))
        except ImageError:  # no manifest
            made = None
        if made is None:
            raise RegistryError(f"{where} holds something else at the destination", _TAGGED)

        config, data = made.config
        if not self.repository.has_blob(config.digest):
            self.repository.upload(config, lambda at: BytesIO(data[at:]))
        self.repository.put_manifest(Document(*made.manifest), tag)

    def _with_config(self, document: Document, where: str) -> tuple[Descriptor, bytes, bytes]:
        config = parse_manifest(document.data, where).config
        blobs = RegistryBlobs(self.repository)
        blobs.know([config])
        return document.descriptor, document.data, read_blob(blobs, config, LIMITS.config_bytes)
