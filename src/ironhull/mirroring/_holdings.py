"""What a destination has already: names, images, and what goes with them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from ironhull.errors import ImageError
from ironhull.model import Descriptor
from ironhull.oci.blobs import DirectoryBlobs
from ironhull.oci.images import is_attestation
from ironhull.oci.manifests import FOREIGN_LAYER_TYPES, REF_NAME
from ironhull.oci.referrers import Companion, companion_of
from ironhull.oci.united import holds_all
from ironhull.registry.blobs import RegistryBlobs
from ironhull.registry.repository import Repository
from ironhull.registry.sink import RegistrySink
from ironhull.registry.transfer import Held
from ironhull.sources import Asked
from ironhull.sources.layout import read_entries
from ironhull.sources.targets import Target, repository_of
from ironhull.store.sink import reachable
from ironhull.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Holdings:
    """A destination; each function raises RegistryError.

    `at(target)` is the digest a name leads to there, "" where it leads nowhere; `held(target,
    root)` what it has of an image, `has_blob(target, blob)` whether it has a blob, and
    `lacks(target, companion, manifest)` whether something of a companion it has is not there.
    """

    at: Callable[[Target], str]
    held: Callable[[Target, Descriptor], Held]
    has_blob: Callable[[Target, Descriptor], bool]
    lacks: Callable[[Target, Companion, bytes], bool]


def holdings(root: Path | None, asked: Asked) -> Holdings:
    """Of the layout at `root`, as it is now; None: of registries."""
    if root is None:
        remote = _Remote(asked)
        return Holdings(remote.at, remote.held, remote.has_blob, remote.lacks)
    entries = read_entries(root) if (root / "index.json").is_file() else ()
    layout = _Layout(
        DirectoryBlobs(root),
        {name: e.digest for e in entries if (name := e.annotations.get(REF_NAME))},
        frozenset(entry.digest for entry in entries),
        frozenset(_key(item) for item in map(companion_of, entries) if item is not None),
    )
    return Holdings(layout.at, layout.held, layout.has_blob, lambda *_: True)


# ── layouts ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Layout:
    blobs: DirectoryBlobs
    names: dict[str, str]
    images: frozenset[str]
    beside: frozenset[tuple[str, str, str]]

    def at(self, target: Target) -> str:
        return self.names.get(target.name, "")

    def has_blob(self, _target: Target, blob: Descriptor) -> bool:
        return _is_there(self.blobs, blob)

    def held(self, _target: Target, root: Descriptor) -> Held:
        whole = root.digest in self.images and _is_whole(self.blobs, root)
        return Held(whole, self._has, self.blobs)

    def _has(self, item: Companion) -> bool:
        return _key(item) in self.beside and _is_whole(self.blobs, item.descriptor)


def _key(item: Companion) -> tuple[str, str, str]:
    return item.descriptor.digest, item.about, item.tag


def _is_whole(blobs: DirectoryBlobs, top: Descriptor) -> bool:
    """Whether all that `top` needs is there, by its size."""
    try:
        return all(_is_there(blobs, blob) for blob in reachable(blobs, [top]))
    except ImageError:
        return False


def _is_there(blobs: DirectoryBlobs, blob: Descriptor) -> bool:
    try:
        return blobs.path(blob.digest).stat().st_size == blob.size
    except OSError:
        return blob.media_type in FOREIGN_LAYER_TYPES


# ── registries ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Remote:
    """The repositories that targets name."""

    asked: Asked

    def at(self, target: Target) -> str:
        repository, tag = self._repository(target)
        there = repository.head(tag) if tag else None
        if there is None:
            return ""
        return there.digest or repository.manifest(tag).descriptor.digest

    def has_blob(self, target: Target, blob: Descriptor) -> bool:
        return self._repository(target)[0].has_blob(blob.digest)

    def held(self, target: Target, root: Descriptor) -> Held:
        """A manifest is put when all it names is there, so one that is there is whole."""
        repository, _ = self._repository(target)
        blobs = RegistryBlobs(repository)
        blobs.know([root])
        return Held(repository.has_manifest(root.digest), _Listed(repository).has, blobs)

    def lacks(self, target: Target, companion: Companion, manifest: bytes) -> bool:
        """Signatures under a tag may be there among others."""
        repository, _ = self._repository(target)
        if not companion.tag or repository.head(companion.tag) is None:
            return True
        return not holds_all(repository.manifest(companion.tag).data, manifest)

    def _repository(self, target: Target) -> tuple[Repository, str]:
        assert target.reference is not None
        return repository_of(target.reference, self.asked), target.reference.tag


@dataclass(frozen=True, slots=True)
class _Listed:
    """The referrers a repository lists, each list asked for once."""

    repository: Repository
    lists: dict[str, frozenset[str]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def has(self, item: Companion) -> bool:
        digest = item.descriptor.digest
        if item.tag:
            there = self.repository.head(item.tag)
            return there is not None and there.digest == digest
        with self.lock:
            if item.about not in self.lists:
                self.lists[item.about] = RegistrySink(self.repository).listed(item.about)
        if digest in self.lists[item.about]:
            return True
        # BuildKit's may name no subject to be listed by
        return is_attestation(item.descriptor) and self.repository.has_manifest(digest)
