"""Everything attached to an image, whichever way it is stored; no statement is fetched for it.

What a registry lists is a claim: a manifest counts when its own `subject` is the image.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from ironhull.attestations.places import Place, tag_of
from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.model import Attachment, Descriptor, Platform, Problem
from ironhull.oci.blobs import read_blob
from ironhull.oci.images import Found as FoundImage
from ironhull.oci.images import choose_image, find_images, read_image
from ironhull.oci.manifests import (
    ATTESTATION_ARTIFACT,
    IN_TOTO,
    INDEX_TYPES,
    MANIFEST_TYPES,
)
from ironhull.oci.referrers import Companion, attachments_of, predicate_in, subject_in
from ironhull.registry import AbsentError, DeniedError
from ironhull.registry.blobs import RegistryBlobs
from ironhull.values import dataclass, field, replace

__all__ = ["SIGNATURE_TYPES", "Found", "Target", "companions_of", "find", "targets_of"]

SIGNATURE_TYPES = frozenset(
    {
        "application/vnd.dev.cosign.artifact.sig.v1+json",
        "application/vnd.dev.cosign.simplesigning.v1+json",
        "application/vnd.cncf.notary.signature",
    }
)
"""Artifact types of signatures of the image itself: they go with it and say nothing about it."""

_T = TypeVar("_T")
_R = TypeVar("_R")
_BUNDLE_CONTENT = "dev.sigstore.bundle.content"
_TAGS = ("att", "sbom")


@dataclass(frozen=True, slots=True)
class Target:
    """What an attestation can be about: a platform's manifest, or (no `platform`) an index."""

    digest: str
    platform: Platform | None = None
    media_type: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """What is attached, in the order index, referrers, tags; `targets` are what was asked about.

    `artifact_types` are those of the manifests (`Attachment.manifest`), "" where one has none.
    """

    targets: tuple[Target, ...]
    attachments: tuple[Attachment, ...]
    problems: tuple[Problem, ...] = ()
    artifact_types: Mapping[str, str] = field(default_factory=dict)


def _every(_type: str) -> bool:
    return True


def targets_of(place: Place, platform: Platform | None = None) -> tuple[Target, ...]:
    """The indexes of an image, outermost first, then its manifests, or that of `platform` alone.

    Raises ReferenceFault where there is none for `platform`, ImageError.
    """
    return _targets(place, _images(place, platform))


def find(
    place: Place,
    *,
    platform: Platform | None = None,
    wanted: Callable[[str], bool] = _every,
) -> Found:
    """What is attached to the image, to one platform of it or to all (and to the index).

    `wanted` says which predicate types are; manifests that tell theirs and are not wanted are not
    fetched, those that do not tell are given with an empty type. Signatures are left out. Raises
    ReferenceFault, RegistryError, ImageError; what is wrong with one attestation is a Problem.
    """
    images = _images(place, platform)
    targets = _targets(place, images)
    search = _Search(place, wanted)
    search.index(images)
    for some in _each(place, lambda target: search.listed(target.digest), targets):
        search.read(some)
    return Found(targets, tuple(search.found), tuple(search.problems), search.artifact_types)


def companions_of(place: Place, digest: str) -> tuple[Companion, ...]:
    """What goes with the manifest `digest` without being in the index, signatures too; unchecked.

    Raises RegistryError, ImageError.
    """
    blobs = place.origin.blobs
    if not isinstance(blobs, RegistryBlobs):
        return tuple(place.origin.companions(digest))
    found = [Companion(item, digest) for item in blobs.repository.referrers(digest)]
    if len(found) > LIMITS.registry_referrers:
        raise ImageError(f"{place.name}: more than {LIMITS.registry_referrers} referrers")
    for suffix in _TAGS:
        tag = tag_of(digest, suffix)
        try:
            found.append(Companion(blobs.document(tag).descriptor, digest, tag))
        except (AbsentError, DeniedError):  # who may pull the image is told of tags that are there
            continue
    return tuple(found)


# ── inside ───────────────────────────────────────────────────────────────────────────────────────


def _images(place: Place, platform: Platform | None) -> tuple[FoundImage, ...]:
    blobs = place.origin.blobs
    found = find_images(blobs, [place.origin.root])
    if platform is None:
        if not found:
            raise ImageError(f"{place.name}: holds no image", "name an image")
        return found
    return (choose_image(blobs, found, platform, place.name),)


def _targets(place: Place, images: Sequence[FoundImage]) -> tuple[Target, ...]:
    root = place.origin.root
    indexes = [Target(root.digest, None, root.media_type, root.size)]
    indexes += [Target(item.index_digest) for item in images if item.index_digest]
    if root.media_type not in INDEX_TYPES:
        indexes = []
    manifests = [
        Target(d.digest, d.platform or _platform(place, item), d.media_type, d.size)
        for item in images
        for d in (item.descriptor,)
    ]
    first: dict[str, Target] = {}
    for target in (*indexes, *manifests):
        first.setdefault(target.digest, target)
    return tuple(first.values())


def _platform(place: Place, found: FoundImage) -> Platform:
    """What the image's config says; an index says it of its manifests."""
    try:
        return read_image(place.origin.blobs, found, name=place.name, origin="").platform
    except ImageError:  # whoever reads the image says what is wrong with it
        return Platform("", "")


class _Search:
    """What is gathered while the storages of one image are gone through."""

    def __init__(self, place: Place, wanted: Callable[[str], bool]) -> None:
        self._place = place
        self._blobs = place.origin.blobs
        self._wanted = wanted
        self._seen: set[str] = set()
        self._indexed: set[str] = set()
        self.found: list[Attachment] = []
        self.problems: list[Problem] = []
        self.artifact_types: dict[str, str] = {}

    def index(self, images: Sequence[FoundImage]) -> None:
        """BuildKit's children of the index; other media types are ignored, as it asks."""
        for image in images:
            for entry in image.attestations:
                if entry.digest not in self._seen:
                    self._seen.add(entry.digest)
                    about = image.descriptor.digest
                    self._indexed.add(about)
                    self._take([Companion(entry, about)], storage="index", media_type=IN_TOTO)

    def listed(self, digest: str) -> tuple[Companion, ...]:
        """The companions of `digest` that may be attestations of a wanted type."""
        return tuple(
            item
            for item in companions_of(self._place, digest)
            if self._may_be(item.descriptor) and not self._of_another_index(item)
        )

    def _of_another_index(self, item: Companion) -> bool:
        """Whether it is a child of another index round the same image, perhaps an earlier one.

        The manifest has the image as its subject, so that registries list it as a referrer. It is
        taken where no index of the image's own is known.
        """
        of_index = item.descriptor.artifact_type == ATTESTATION_ARTIFACT
        return of_index and item.about in self._indexed

    def read(self, companions: Iterable[Companion]) -> None:
        """Take what `companions` hold, each manifest once."""
        fresh = []
        for item in companions:
            if item.descriptor.digest not in self._seen:
                self._seen.add(item.descriptor.digest)
                fresh.append(item)
        if self._too_many(len(fresh)):
            fresh = fresh[: LIMITS.attestations]
        if isinstance(self._blobs, RegistryBlobs):
            fresh = [item for item in _each(self._place, self._fetched, fresh) if item is not None]
        for item in fresh:
            self._take([item], storage="tag" if item.tag else "referrer", media_type="")

    def _too_many(self, fresh: int) -> bool:
        count = len(self.found) + fresh
        if count > LIMITS.attestations:
            where = self._place.name
            self._note(where, f"{count} attestations, more than the {LIMITS.attestations} read")
        return count > LIMITS.attestations

    def _may_be(self, entry: Descriptor) -> bool:
        if entry.artifact_type in SIGNATURE_TYPES:
            return False
        if entry.annotations.get(_BUNDLE_CONTENT) == "message-signature":
            return False
        if entry.media_type in INDEX_TYPES:
            self._note(entry.digest, "an index is attached; what it holds is not listed")
            return False
        if entry.media_type not in MANIFEST_TYPES:
            return False
        said = predicate_in(entry.annotations)
        return not said or self._wanted(said)

    def _fetched(self, item: Companion) -> Companion | None:
        """The companion with the size of its document, None where the registry has none."""
        assert isinstance(self._blobs, RegistryBlobs)
        digest = item.descriptor.digest
        try:
            size = (
                item.descriptor.size if item.tag else self._blobs.document(digest).descriptor.size
            )
        except AbsentError:
            self._note(digest, "the registry lists it and does not have it")
            return None
        return replace(item, descriptor=replace(item.descriptor, size=size))

    def _take(self, companions: Sequence[Companion], *, storage: str, media_type: str) -> None:
        for item in companions:
            try:
                found = list(self._held(item, storage, media_type))
            except ImageError as trouble:
                self._note(item.descriptor.digest, trouble.message)
                continue
            self.found += [
                attachment
                for attachment in found
                if not attachment.predicate_type or self._wanted(attachment.predicate_type)
            ]

    def _held(self, item: Companion, storage: str, media_type: str) -> Iterator[Attachment]:
        entry = item.descriptor
        data = read_blob(self._blobs, entry, LIMITS.manifest_bytes)
        about = subject_in(data, f"{self._blobs.where}: manifest {entry.digest}")
        if about != item.about and (about or storage == "referrer"):
            self._note(entry.digest, f"is about {about or 'nothing'}, not {item.about}: ignored")
            return
        for attachment in attachments_of(
            self._blobs, [entry], media_type, about=item.about, storage=storage
        ):
            if attachment.media_type in SIGNATURE_TYPES:
                continue
            self.artifact_types[entry.digest] = entry.artifact_type
            yield attachment

    def _note(self, where: str, message: str) -> None:
        self.problems.append(Problem("attestations", where, message))


def _each(place: Place, work: Callable[[_T], _R], items: Sequence[_T]) -> list[_R]:
    """`work` on every item, several at a time where a registry is asked."""
    if len(items) < 2 or not isinstance(place.origin.blobs, RegistryBlobs):
        return [work(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(LIMITS.http_parallel, thread_name_prefix="attestations") as pool:
        return list(pool.map(work, items))
