"""What goes with an image without being in it: referrers, and signatures under tags of their own.

OCI image-spec 1.1, manifest.md ("subject"); cosign's tags `sha256-<hex>.sig`, `.att`, `.sbom`
(sigstore/cosign, specs/SIGNATURE_SPEC.md). In a layout on disk such a manifest is an entry of
index.json without a name, marked with what it is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ironhull.errors import Error, ImageError
from ironhull.limits import LIMITS
from ironhull.model import Attachment, Descriptor
from ironhull.oci.blobs import Blobs, read_blob
from ironhull.oci.manifests import (
    DOCKER_CONFIG,
    EMPTY_JSON,
    INDEX_TYPES,
    MANIFEST_TYPES,
    OCI_CONFIG,
    PREDICATE_TYPE,
    REF_NAME,
    Manifest,
    load_json,
    parse_descriptor,
    parse_manifest,
)
from ironhull.values import dataclass, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import overload

__all__ = [
    "COSIGN_SUFFIXES",
    "Companion",
    "LazyAttachments",
    "attachments_of",
    "companion_of",
    "entry_of",
    "is_companion",
    "layout_companions",
    "predicate_in",
    "subject_in",
]

COSIGN_SUFFIXES = ("sig", "att", "sbom")
_ABOUT = "io.github.ironhull.companion-of"
_TAG = "io.github.ironhull.companion-tag"
# BuildKit's and DHI's, then sigstore's of bundles, then cosign's in .att tags
_PREDICATES = (PREDICATE_TYPE, "dev.sigstore.bundle.predicateType", "predicateType")
_ALIKE = (_ABOUT, _TAG)
# what `cosign save` calls the entries of a layout (sigstore/cosign, pkg/oci/layout)
_KIND = "kind"
_COSIGN_IMAGES = ("dev.cosignproject.cosign/image", "dev.cosignproject.cosign/imageIndex")
_COSIGN_BESIDE = {
    "dev.cosignproject.cosign/sigs": "sig",
    "dev.cosignproject.cosign/atts": "att",
}
_DOCUMENTS = INDEX_TYPES | MANIFEST_TYPES


@dataclass(frozen=True, slots=True)
class Companion:
    """A manifest that goes with the manifest `about`: as its referrer, or, with a `tag`, by name.

    A tag is a cosign one, `sha256-<hex>.sig`.
    """

    descriptor: Descriptor
    about: str
    tag: str = ""


def is_companion(entry: Descriptor) -> bool:
    """Whether an entry of index.json is no image of its own but goes with one."""
    if _ABOUT in entry.annotations or entry.annotations.get(_KIND) in _COSIGN_BESIDE:
        return True
    artifact = entry.artifact_type not in ("", OCI_CONFIG, DOCKER_CONFIG)
    return artifact and REF_NAME not in entry.annotations


def entry_of(companion: Companion) -> Descriptor:
    """How a companion stands in index.json."""
    said = {**companion.descriptor.annotations, _ABOUT: companion.about}
    if companion.tag:
        said[_TAG] = companion.tag
    return replace(companion.descriptor, annotations=said)


def companion_of(entry: Descriptor) -> Companion | None:
    """What an entry that `entry_of` made says; None for any other."""
    about = entry.annotations.get(_ABOUT)
    if about is None:
        return None
    rest = {key: value for key, value in entry.annotations.items() if key not in _ALIKE}
    plain = replace(entry, annotations=rest)
    return Companion(plain, about, entry.annotations.get(_TAG, ""))


def layout_companions(blobs: Blobs, entries: Iterable[Descriptor]) -> Iterator[Companion]:
    """The companions in an index.json, also those other tools put there by their subject alone.

    What `cosign save` wrote goes with the one image beside it. Raises ImageError for manifests that
    are damaged.
    """
    listed = tuple(entries)
    images = {e.digest for e in listed if e.annotations.get(_KIND) in _COSIGN_IMAGES}
    for entry in listed:
        if suffix := _COSIGN_BESIDE.get(entry.annotations.get(_KIND, "")):
            if len(images) == 1:
                (about,) = images
                tag = f"{about.replace(':', '-', 1)}.{suffix}"
                yield Companion(replace(entry, annotations={}), about, tag)
        elif known := companion_of(entry):
            yield known
        elif entry.media_type in _DOCUMENTS and REF_NAME not in entry.annotations:
            data = read_blob(blobs, entry, LIMITS.manifest_bytes)
            if about := subject_in(data, f"{blobs.where}: manifest {entry.digest}"):
                yield Companion(entry, about)


def subject_in(data: bytes, what: str) -> str:
    """The digest of the subject of a manifest or index, "" without one; raises ImageError.

    `what` names the document.
    """
    subject = load_json(data, what, LIMITS.manifest_bytes).get("subject")
    return "" if subject is None else parse_descriptor(subject, f"{what}: subject").digest


def attachments_of(
    blobs: Blobs,
    manifests: Iterable[Descriptor],
    media_type: str = "",
    *,
    about: str = "",
    storage: str = "",
) -> Iterator[Attachment]:
    """What the artifacts `manifests` hold, just layers of `media_type` where that is given.

    `about` and `storage` say of all of them what they are attached to and how they were found
    (`Attachment.subject`, `.storage`). Raises ImageError for manifests that are damaged.
    """
    for descriptor in manifests:
        if descriptor.media_type not in MANIFEST_TYPES:
            continue
        manifest = _manifest(blobs, descriptor)
        outer = {**descriptor.annotations, **manifest.annotations}
        for layer in manifest.layers:
            if layer.media_type == EMPTY_JSON or media_type not in ("", layer.media_type):
                continue
            said = {**outer, **layer.annotations}
            yield Attachment(
                predicate_type=predicate_in(said),
                media_type=layer.media_type,
                digest=layer.digest,
                size=layer.size,
                read=partial(read_blob, blobs, layer, LIMITS.attestation_bytes),
                manifest=descriptor.digest,
                subject=about,
                storage=storage,
                annotations=said,
            )


def predicate_in(annotations: Mapping[str, str]) -> str:
    """The predicate type that annotations of a manifest or layer tell, "" where they do not."""
    return next((annotations[key] for key in _PREDICATES if annotations.get(key)), "")


def _manifest(blobs: Blobs, descriptor: Descriptor) -> Manifest:
    data = read_blob(blobs, descriptor, LIMITS.manifest_bytes)
    return parse_manifest(data, f"{blobs.where}: manifest {descriptor.digest}")


class LazyAttachments(Sequence[Attachment]):
    """Attachments that are looked for when somebody asks for the first time.

    Where looking fails the list holds one of the type `unread` whose `read` raises the reason, so
    that whoever needs it reports it.
    """

    def __init__(self, find: Callable[[], Iterable[Attachment]], unread: str) -> None:
        self._find = find
        self._unread = unread
        self._found: tuple[Attachment, ...] | None = None

    def _all(self) -> tuple[Attachment, ...]:
        if self._found is None:
            try:
                self._found = tuple(self._find())
            except Error as trouble:
                self._found = (Attachment(self._unread, "", "", 0, partial(_fail, trouble)),)
        return self._found

    def __len__(self) -> int:
        return len(self._all())

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, index: int) -> Attachment: ...
        @overload
        def __getitem__(self, index: slice) -> tuple[Attachment, ...]: ...

    def __getitem__(self, index: int | slice) -> Attachment | tuple[Attachment, ...]:
        return self._all()[index]


def _fail(trouble: Error) -> bytes:
    raise ImageError(f"attestations cannot be listed: {trouble.message}", trouble.hint)
