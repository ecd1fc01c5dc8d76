"""Manifests and indexes: parsing, descriptors, digests.

OCI image-spec 1.1: manifest.md, image-index.md, descriptor.md. Docker's schema 2 documents have the
same shape and are read by the same functions.
"""

from __future__ import annotations

import hashlib

from ironhull.errors import ImageError
from ironhull.lazy import regex
from ironhull.limits import LIMITS
from ironhull.model import Descriptor, Platform
from ironhull.values import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = [
    "ATTESTATION_ARTIFACT",
    "ATTESTATION_MANIFEST",
    "CONTAINERD_NAME",
    "DOCKER_CONFIG",
    "DOCKER_LAYER_GZIP",
    "DOCKER_LAYER_TAR",
    "DOCKER_MANIFEST",
    "DOCKER_MANIFEST_LIST",
    "EMPTY_JSON",
    "FOREIGN_LAYER_TYPES",
    "INDEX_TYPES",
    "IN_TOTO",
    "LAYER_TYPES",
    "MANIFEST_TYPES",
    "OCI_CONFIG",
    "OCI_INDEX",
    "OCI_LAYER_GZIP",
    "OCI_LAYER_TAR",
    "OCI_LAYER_ZSTD",
    "OCI_MANIFEST",
    "PREDICATE_TYPE",
    "REFERENCE_DIGEST",
    "REFERENCE_TYPE",
    "REF_NAME",
    "Index",
    "Manifest",
    "canonical_json",
    "check_digest",
    "descriptor_json",
    "load_json",
    "parse_descriptor",
    "parse_index",
    "parse_manifest",
    "parse_platform",
    "sha256_digest",
]

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER_TAR = "application/vnd.oci.image.layer.v1.tar"
OCI_LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
OCI_LAYER_ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd"
DOCKER_MANIFEST_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER_TAR = "application/vnd.docker.image.rootfs.diff.tar"
DOCKER_LAYER_GZIP = "application/vnd.docker.image.rootfs.diff.tar.gzip"
DOCKER_LAYER_ZSTD = "application/vnd.docker.image.rootfs.diff.tar.zstd"
EMPTY_JSON = "application/vnd.oci.empty.v1+json"

INDEX_TYPES = frozenset({OCI_INDEX, DOCKER_MANIFEST_LIST})
MANIFEST_TYPES = frozenset({OCI_MANIFEST, DOCKER_MANIFEST})
FOREIGN_LAYER_TYPES = frozenset(
    {
        "application/vnd.oci.image.layer.nondistributable.v1.tar",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
        "application/vnd.docker.image.rootfs.foreign.diff.tar",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    }
)
LAYER_TYPES = FOREIGN_LAYER_TYPES | {
    OCI_LAYER_TAR,
    OCI_LAYER_GZIP,
    OCI_LAYER_ZSTD,
    DOCKER_LAYER_TAR,
    DOCKER_LAYER_GZIP,
    DOCKER_LAYER_ZSTD,
}
"""Every layer media type there is; what is compressed how is told by the bytes, not by the type."""

REF_NAME = "org.opencontainers.image.ref.name"
CONTAINERD_NAME = "io.containerd.image.name"

# BuildKit, docs/attestations/attestation-storage.md
REFERENCE_TYPE = "vnd.docker.reference.type"
REFERENCE_DIGEST = "vnd.docker.reference.digest"
ATTESTATION_MANIFEST = "attestation-manifest"
ATTESTATION_ARTIFACT = "application/vnd.docker.attestation.manifest.v1+json"
PREDICATE_TYPE = "in-toto.io/predicate-type"
IN_TOTO = "application/vnd.in-toto+json"

_DIGEST = regex(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+")
_HEX = {"sha256": 64, "sha512": 128}


@dataclass(frozen=True, slots=True)
class Manifest:
    """An image manifest; `document` is the JSON as parsed."""

    media_type: str
    config: Descriptor
    layers: tuple[Descriptor, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)
    artifact_type: str = ""
    subject: Descriptor | None = None
    document: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Index:
    """An image index (manifest list); `document` is the JSON as parsed."""

    media_type: str
    manifests: tuple[Descriptor, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)
    document: Mapping[str, Any] = field(default_factory=dict)


# ── digests and bytes ────────────────────────────────────────────────────────────────────────────


def sha256_digest(data: bytes) -> str:
    """The digest of `data` as "sha256:<64 hex>"."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def check_digest(text: str, what: str = "") -> str:
    """`text` if it is a digest of an algorithm we verify (sha256, sha512); raises ImageError.

    `what` names the document it stands in.

    Safe to use as a path afterwards: `algorithm/hex` holds no separators (descriptor.md, Digests).
    """
    where = f"{what}: " if what else ""
    algorithm, _, value = text.partition(":")
    length = _HEX.get(algorithm)
    if length is None and _DIGEST.fullmatch(text):
        raise ImageError(f"{where}{text}: digest algorithm {algorithm} is not sha256 or sha512")
    if length is None or len(value) != length or set(value) - set("0123456789abcdef"):
        raise ImageError(
            f"{where}{text[:100]!r} is not a digest", "sha256: and 64 lower-case hex digits"
        )
    return text


def canonical_json(obj: Any) -> bytes:
    """JSON with sorted keys, no spaces, UTF-8: equal values give equal bytes and digests."""
    import json

    text = json.dumps(obj, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace")  # a lone surrogate becomes its JSON escape


def load_json(data: bytes, what: str, limit: int) -> dict[str, Any]:
    """The JSON object in `data`; `what` names it in errors, `limit` in bytes. Raises ImageError."""
    import json

    if len(data) > limit:
        raise ImageError(f"{what}: {len(data)} bytes, more than the {limit} allowed")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise ImageError(f"{what}: not JSON: {reason}") from None
    if not isinstance(found, dict):
        raise ImageError(f"{what}: a JSON {type(found).__name__} where an object is expected")
    return found


# ── documents ────────────────────────────────────────────────────────────────────────────────────


def parse_manifest(data: bytes, what: str = "manifest") -> Manifest:
    """Read an image manifest (OCI or Docker schema 2); raises ImageError."""
    found = load_json(data, what, LIMITS.manifest_bytes)
    media_type = _media_type(found, what, MANIFEST_TYPES, OCI_MANIFEST)
    layers = _list(found, "layers", what, LIMITS.layers)
    subject = found.get("subject")
    return Manifest(
        media_type=media_type,
        config=parse_descriptor(found.get("config"), f"{what}: config"),
        layers=tuple(
            parse_descriptor(item, f"{what}: layers[{n}]") for n, item in enumerate(layers)
        ),
        annotations=_strings(found.get("annotations"), f"{what}: annotations"),
        artifact_type=_string(found, "artifactType", what),
        subject=None if subject is None else parse_descriptor(subject, f"{what}: subject"),
        document=found,
    )


def parse_index(data: bytes, what: str = "index") -> Index:
    """Read an image index (OCI or Docker manifest list); raises ImageError."""
    found = load_json(data, what, LIMITS.manifest_bytes)
    media_type = _media_type(found, what, INDEX_TYPES, OCI_INDEX)
    items = _list(found, "manifests", what, LIMITS.index_manifests)
    return Index(
        media_type=media_type,
        manifests=tuple(
            parse_descriptor(item, f"{what}: manifests[{n}]") for n, item in enumerate(items)
        ),
        annotations=_strings(found.get("annotations"), f"{what}: annotations"),
        document=found,
    )


def parse_descriptor(item: Any, what: str) -> Descriptor:
    """Read a content descriptor (descriptor.md); raises ImageError naming `what`."""
    if not isinstance(item, dict):
        raise ImageError(f"{what}: not a descriptor")
    size = item.get("size")
    if isinstance(size, bool) or not isinstance(size, int) or size < 0:
        raise ImageError(f"{what}: size {size!r} is not a number of bytes")
    platform = item.get("platform")
    return Descriptor(
        media_type=_string(item, "mediaType", what),
        digest=check_digest(_string(item, "digest", what), what),
        size=size,
        annotations=_strings(item.get("annotations"), f"{what}: annotations"),
        platform=None if platform is None else parse_platform(platform, what),
        artifact_type=_string(item, "artifactType", what),
    )


def parse_platform(item: Any, what: str) -> Platform:
    """Read `os`, `architecture` and `variant` of a descriptor's platform or an image config."""
    if not isinstance(item, dict):
        raise ImageError(f"{what}: platform is not an object")
    variant = _string(item, "variant", what)
    architecture = _string(item, "architecture", what)
    if architecture == "arm64" and variant == "v8":
        variant = ""  # the only one there is (containerd/platforms, normalizeArch)
    return Platform(_string(item, "os", what), architecture, variant)


def descriptor_json(descriptor: Descriptor) -> dict[str, Any]:
    """The descriptor as JSON; empty fields are left out."""
    found: dict[str, Any] = {
        "mediaType": descriptor.media_type,
        "digest": descriptor.digest,
        "size": descriptor.size,
    }
    if descriptor.artifact_type:
        found["artifactType"] = descriptor.artifact_type
    if descriptor.annotations:
        found["annotations"] = dict(descriptor.annotations)
    platform = descriptor.platform
    if platform is not None:
        found["platform"] = {"architecture": platform.architecture, "os": platform.os}
        if platform.variant:
            found["platform"]["variant"] = platform.variant
    return found


def _media_type(found: dict[str, Any], what: str, allowed: frozenset[str], default: str) -> str:
    if found.get("schemaVersion") == 1:
        raise ImageError(
            f"{what}: Docker schema 1 images are not read", "push it again with Docker"
        )
    media_type = _string(found, "mediaType", what) or default
    if media_type not in allowed:
        raise ImageError(f"{what}: media type {media_type!r} is not one of {sorted(allowed)}")
    return media_type


def _string(item: dict[str, Any], key: str, what: str) -> str:
    value = item.get(key, "")
    if not isinstance(value, str):
        raise ImageError(f"{what}: {key} is {value!r}, not a string")
    return value


def _list(found: dict[str, Any], key: str, what: str, limit: int) -> list[Any]:
    value = found.get(key)
    if value is None and key == "manifests":
        value = []
    if not isinstance(value, list):
        raise ImageError(f"{what}: {key} is not a list")
    if len(value) > limit:
        raise ImageError(f"{what}: {len(value)} {key}, more than the {limit} allowed")
    return value


def _strings(value: Any, what: str) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise ImageError(f"{what}: not an object of strings")
    return value
