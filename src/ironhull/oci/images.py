"""From a descriptor to an Image: nested indexes, platforms, configs, attestations.

OCI image-spec 1.1 (image-index.md, manifest.md, config.md) and BuildKit's attestation storage
(moby/buildkit, docs/attestations/attestation-storage.md). Documents are verified as they are read.
"""

from __future__ import annotations

import os
from functools import partial

from ironhull.errors import ImageError, ReferenceFault
from ironhull.limits import LIMITS
from ironhull.model import (
    EVERY_PLATFORM,
    Attachment,
    Descriptor,
    Image,
    ImageChoice,
    Layer,
    Platform,
)
from ironhull.oci.blobs import Blobs, read_blob
from ironhull.oci.manifests import (
    ATTESTATION_ARTIFACT,
    ATTESTATION_MANIFEST,
    DOCKER_CONFIG,
    FOREIGN_LAYER_TYPES,
    IN_TOTO,
    INDEX_TYPES,
    LAYER_TYPES,
    MANIFEST_TYPES,
    OCI_CONFIG,
    PREDICATE_TYPE,
    REFERENCE_DIGEST,
    REFERENCE_TYPE,
    Manifest,
    check_digest,
    load_json,
    parse_index,
    parse_manifest,
    parse_platform,
)
from ironhull.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, BinaryIO

__all__ = [
    "Found",
    "choose_image",
    "choose_platform",
    "created_by",
    "diff_ids",
    "find_images",
    "host_platform",
    "is_attestation",
    "load_image",
    "read_chosen",
    "read_image",
]

_INDEXES = 100  # inside each other
_ARCHITECTURES = {
    "x86_64": ("amd64", ""),
    "aarch64": ("arm64", ""),
    "arm64": ("arm64", ""),
    "i386": ("386", ""),
    "i686": ("386", ""),
    "armv6l": ("arm", "v6"),
    "armv7l": ("arm", "v7"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """A platform manifest, and the index ("" without one) and attestations around it."""

    descriptor: Descriptor
    index_digest: str
    attestations: tuple[Descriptor, ...]


def host_platform() -> Platform:
    """The Linux platform of this machine: containers are Linux wherever they run."""
    machine = os.uname().machine.lower()
    architecture, variant = _ARCHITECTURES.get(machine, (machine, ""))
    return Platform("linux", architecture, variant)


def is_attestation(descriptor: Descriptor) -> bool:
    """Whether an index entry is BuildKit's attestation manifest, in either encoding."""
    return (
        descriptor.annotations.get(REFERENCE_TYPE) == ATTESTATION_MANIFEST
        or descriptor.artifact_type == ATTESTATION_ARTIFACT
    )


def load_image(
    blobs: Blobs,
    candidates: Iterable[Descriptor],
    platform: Platform | None,
    *,
    name: str,
    origin: str,
) -> Image:
    """The image for `platform` among `candidates` (manifests or indexes, nested ones too).

    Without a platform, an image for one platform is taken as it is and of several the host's is
    chosen. Raises ReferenceFault where there is none for the platform (saying which there are) and
    ImageError for documents that are damaged or no image.
    """
    found = find_images(blobs, candidates)
    read = partial(read_image, blobs, name=name, origin=origin)
    return read_chosen(blobs, found, platform, name, read)


def read_chosen(
    blobs: Blobs,
    found: Sequence[Found],
    platform: Platform | None,
    name: str,
    read: Callable[[Found], Image],
) -> Image:
    """What `read` makes of the one of `found` for `platform`; of EVERY_PLATFORM all, as choices.

    Raises as `load_image`.
    """
    if platform != EVERY_PLATFORM or not found:
        return read(choose_image(blobs, found, platform, name))
    distinct = {item.descriptor.digest: item for item in found}.values()
    choices = [
        ImageChoice(_platform_of(blobs, item.descriptor), partial(read, item)) for item in distinct
    ]
    return Image(name, "", {}, (), EVERY_PLATFORM, "", choices=tuple(choices))


def find_images(blobs: Blobs, candidates: Iterable[Descriptor]) -> tuple[Found, ...]:
    """Every platform manifest `candidates` lead to, in their order; raises ImageError."""
    return tuple(_manifests(blobs, tuple(candidates), "", set()))


def choose_image(
    blobs: Blobs, found: Sequence[Found], platform: Platform | None, name: str
) -> Found:
    """The one of `found` for `platform`, as `load_image` chooses and refuses."""
    if not found:
        raise ImageError(
            f"{name}: holds no image", "only attestations or other artifacts were found"
        )
    known = [_platform_of(blobs, item.descriptor) for item in found]
    return found[choose_platform(known, platform, name)]


def choose_platform(known: list[Platform], wanted: Platform | None, name: str) -> int:
    """The position in `known` of the platform to read; raises ReferenceFault.

    An empty variant on either side matches any; an exact match is preferred.
    """
    if wanted == EVERY_PLATFORM or (wanted is None and len(set(known)) == 1):
        return 0
    target = wanted or host_platform()
    same = [
        number
        for number, item in enumerate(known)
        if (item.os, item.architecture) == (target.os, target.architecture)
        and (item.variant == target.variant or not (item.variant and target.variant))
    ]
    same.sort(key=lambda number: known[number].variant != target.variant)
    if same:
        return same[0]
    there = ", ".join(sorted({str(item) for item in known}))
    raise ReferenceFault(f"{name}: no image for {target}", f"choose with --platform: {there}")


def _manifests(
    blobs: Blobs, entries: tuple[Descriptor, ...], index_digest: str, seen: set[str]
) -> Iterator[Found]:
    """Platform manifests, depth first; each with its attestations from the same index.

    `seen` holds the digests of indexes read already: none is read twice, however they refer to each
    other.
    """
    about: dict[str, list[Descriptor]] = {}
    for entry in entries:
        if is_attestation(entry):
            about.setdefault(entry.annotations.get(REFERENCE_DIGEST, ""), []).append(entry)
    for entry in entries:
        if entry.media_type in INDEX_TYPES and entry.digest not in seen:
            seen.add(entry.digest)
            if len(seen) > _INDEXES:
                raise ImageError(f"{blobs.where}: more than {_INDEXES} indexes inside each other")
            data = read_blob(blobs, entry, LIMITS.manifest_bytes)
            inner = parse_index(data, f"{blobs.where}: index {entry.digest}").manifests
            yield from _manifests(blobs, inner, entry.digest, seen)
        elif _is_image(entry):
            yield Found(entry, index_digest, tuple(about.get(entry.digest, ())))


def _is_image(entry: Descriptor) -> bool:
    """Whether an entry of an index is an image, not something said about one or beside it."""
    unknown = entry.platform is not None and entry.platform.os == "unknown"
    about = REFERENCE_TYPE in entry.annotations or is_attestation(entry)
    artifact = entry.artifact_type not in ("", OCI_CONFIG, DOCKER_CONFIG)
    return entry.media_type in MANIFEST_TYPES and not (unknown or about or artifact)


def _platform_of(blobs: Blobs, descriptor: Descriptor) -> Platform:
    """What the index says, or, where it says nothing, what the image's config says."""
    if descriptor.platform is not None and descriptor.platform.os:
        return descriptor.platform
    manifest = _manifest(blobs, descriptor)
    return parse_platform(
        _config(blobs, manifest), f"{blobs.where}: config {manifest.config.digest}"
    )


def _manifest(blobs: Blobs, descriptor: Descriptor) -> Manifest:
    data = read_blob(blobs, descriptor, LIMITS.manifest_bytes)
    return parse_manifest(data, f"{blobs.where}: manifest {descriptor.digest}")


def _config(blobs: Blobs, manifest: Manifest) -> dict[str, Any]:
    if manifest.config.media_type not in (OCI_CONFIG, DOCKER_CONFIG):
        kind = manifest.artifact_type or manifest.config.media_type
        raise ImageError(f"{blobs.where}: an artifact of type {kind!r}, not a container image")
    data = read_blob(blobs, manifest.config, LIMITS.config_bytes)
    what = f"{blobs.where}: config {manifest.config.digest}"
    return load_json(data, what, LIMITS.config_bytes)


def read_image(blobs: Blobs, found: Found, *, name: str, origin: str) -> Image:
    """The image of a platform manifest, its layers not yet read; raises ImageError."""
    manifest = _manifest(blobs, found.descriptor)
    config = _config(blobs, manifest)
    what = f"{blobs.where}: config {manifest.config.digest}"
    ids = diff_ids(config, what)
    if len(ids) != len(manifest.layers):
        raise ImageError(f"{what}: {len(ids)} diff_ids for {len(manifest.layers)} layers")
    makers = created_by(config, len(ids))
    layers = [
        _layer(blobs, descriptor, diff_id, maker)
        for descriptor, diff_id, maker in zip(manifest.layers, ids, makers, strict=True)
    ]
    return Image(
        name=name,
        digest=found.descriptor.digest,
        config=config,
        layers=tuple(layers),
        platform=parse_platform(config, what),
        origin=origin,
        config_digest=manifest.config.digest,
        index_digest=found.index_digest,
        manifest=manifest.document,
        annotations=manifest.annotations,
        attachments=tuple(_attachments(blobs, found)),
    )


def _layer(blobs: Blobs, descriptor: Descriptor, diff_id: str, maker: str) -> Layer:
    if descriptor.media_type not in LAYER_TYPES:
        raise ImageError(
            f"{blobs.where}: layer {descriptor.digest}: unknown type {descriptor.media_type!r}",
            "Ironhull reads tar layers that are gzip or zstd compressed or not compressed",
        )
    return Layer(
        diff_id=diff_id,
        digest=descriptor.digest,
        size=descriptor.size,
        media_type=descriptor.media_type,
        open=partial(_open_layer, blobs, descriptor),
        created_by=maker,
        apart=blobs.apart,
    )


def _open_layer(blobs: Blobs, descriptor: Descriptor) -> BinaryIO:
    try:
        return blobs.open(descriptor.digest)
    except FileNotFoundError:
        where = f"{blobs.where}: layer {descriptor.digest}"
        if descriptor.media_type in FOREIGN_LAYER_TYPES:
            raise ImageError(
                f"{where}: a foreign layer, kept at another address and not in this image",
                "save the image with its non-distributable layers included",
            ) from None
        raise ImageError(f"{where}: missing", "the image is incomplete: save it again") from None


def diff_ids(config: Mapping[str, Any], what: str) -> tuple[str, ...]:
    """The config's rootfs.diff_ids, lowest first; raises ImageError naming `what`."""
    rootfs = config.get("rootfs")
    ids = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
    if ids is None and isinstance(rootfs, dict):
        ids = []
    if not isinstance(ids, list) or not all(isinstance(item, str) for item in ids):
        raise ImageError(f"{what}: rootfs.diff_ids is missing or not a list of digests")
    return tuple(check_digest(item, what) for item in ids)


def created_by(config: Mapping[str, Any], count: int) -> tuple[str, ...]:
    """The history entry of each of `count` layers; all empty where history does not fit them."""
    history = config.get("history")
    entries = (
        [item for item in history if isinstance(item, dict)] if isinstance(history, list) else []
    )
    made = [str(item.get("created_by", "")) for item in entries if not item.get("empty_layer")]
    return tuple(made) if len(made) == count else ("",) * count


def _attachments(blobs: Blobs, found: Found) -> Iterator[Attachment]:
    """One per in-toto statement; other media types are ignored, as BuildKit asks of readers."""
    for entry in found.attestations:
        manifest = _manifest(blobs, entry)
        for layer in manifest.layers:
            if layer.media_type == IN_TOTO:
                yield Attachment(
                    predicate_type=layer.annotations.get(PREDICATE_TYPE, ""),
                    media_type=layer.media_type,
                    digest=layer.digest,
                    size=layer.size,
                    read=partial(read_blob, blobs, layer, LIMITS.attestation_bytes),
                    manifest=entry.digest,
                    subject=found.descriptor.digest,
                    storage="index",
                    annotations=layer.annotations,
                )
