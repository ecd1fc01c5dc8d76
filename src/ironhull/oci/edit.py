"""New images from old ones: configs, manifests and the index that carries attestations.

Everything here is bytes in, bytes out, and the same for the same arguments (OCI image-spec v1.1,
config.md, manifest.md, image-index.md; BuildKit, docs/attestations/attestation-storage.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ironhull.errors import BuildError
from ironhull.model import Descriptor, Image, Platform
from ironhull.oci.manifests import (
    ATTESTATION_ARTIFACT,
    ATTESTATION_MANIFEST,
    DOCKER_LAYER_GZIP,
    DOCKER_LAYER_TAR,
    DOCKER_LAYER_ZSTD,
    EMPTY_JSON,
    IN_TOTO,
    OCI_CONFIG,
    OCI_INDEX,
    OCI_LAYER_GZIP,
    OCI_LAYER_TAR,
    OCI_LAYER_ZSTD,
    OCI_MANIFEST,
    PREDICATE_TYPE,
    REFERENCE_DIGEST,
    REFERENCE_TYPE,
    canonical_json,
    descriptor_json,
    sha256_digest,
)
from ironhull.oci.pack import PackedLayer
from ironhull.values import dataclass, field

__all__ = [
    "UNPACKED_SIZE",
    "Assembled",
    "AttestedIndex",
    "Blob",
    "ImageConfig",
    "assemble",
    "attestation_index",
    "layer_descriptors",
]

UNPACKED_SIZE = "io.github.ironhull.unpacked-size"
"""Layer descriptor annotation: bytes of the regular files in it, as its writer says."""

# Docker's media types (image-manifest-v2-2) for what OCI calls otherwise; one manifest, one family
_OCI_LAYER = {
    DOCKER_LAYER_GZIP: OCI_LAYER_GZIP,
    DOCKER_LAYER_TAR: OCI_LAYER_TAR,
    DOCKER_LAYER_ZSTD: OCI_LAYER_ZSTD,
}
_OURS = frozenset({"User", "Env", "Entrypoint", "Cmd", "WorkingDir"}) | {
    "ExposedPorts",
    "Labels",
    "StopSignal",
    "Volumes",
}
# ONBUILD triggers fire once, in the first image built on theirs; the others name the past build
_NOT_INHERITED = frozenset({"OnBuild", "Hostname", "Domainname", "Image", "ArgsEscaped"})


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """How a container of an image runs (OCI image-spec, config.md, `config`).

    `env` holds NAME=value, `exposed_ports` "8000/tcp", `volumes` paths; `entrypoint` and `cmd` are
    argument lists. What is empty is left out of the image.
    """

    user: str = ""
    env: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    working_dir: str = ""
    exposed_ports: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    stop_signal: str = ""
    volumes: tuple[str, ...] = ()

    @classmethod
    def of(cls, image: Image) -> ImageConfig:
        """What `image` says; change it with `dataclasses.replace`."""
        said = image.config.get("config") or {}
        return cls(
            user=said.get("User") or "",
            env=tuple(said.get("Env") or ()),
            entrypoint=tuple(said.get("Entrypoint") or ()),
            cmd=tuple(said.get("Cmd") or ()),
            working_dir=said.get("WorkingDir") or "",
            exposed_ports=tuple(said.get("ExposedPorts") or ()),
            labels=dict(said.get("Labels") or {}),
            stop_signal=said.get("StopSignal") or "",
            volumes=tuple(said.get("Volumes") or ()),
        )

    def json(self) -> dict[str, Any]:
        """The `config` object."""
        said: dict[str, Any] = {
            "User": self.user,
            "Env": list(self.env),
            "Entrypoint": list(self.entrypoint),
            "Cmd": list(self.cmd),
            "WorkingDir": self.working_dir,
            "ExposedPorts": {port: {} for port in sorted(self.exposed_ports)},
            "Labels": dict(self.labels),
            "StopSignal": self.stop_signal,
            "Volumes": {path: {} for path in sorted(self.volumes)},
        }
        return {key: value for key, value in said.items() if value}


@dataclass(frozen=True, slots=True)
class Blob:
    """A document and the descriptor that refers to it."""

    descriptor: Descriptor
    data: bytes


@dataclass(frozen=True, slots=True)
class Assembled:
    """An image put together: its config, its manifest, its layers lowest first."""

    config: Blob
    manifest: Blob
    layers: tuple[Descriptor, ...]


@dataclass(frozen=True, slots=True)
class AttestedIndex:
    """An index round one image, and the other blobs it needs: statements, manifest, empty JSON."""

    index: Blob
    blobs: tuple[Blob, ...]


def assemble(  # noqa: PLR0913 - what an image is made of
    *,
    base: Image | None,
    layers: Sequence[PackedLayer],
    config: ImageConfig | None,
    platform: Platform,
    created: str,
    history: Sequence[str],
    annotations: Mapping[str, str],
    base_layers: Sequence[Descriptor] = (),
) -> Assembled:
    """An image: the layers of `base` as they are, `layers` on top, run as `config` says.

    Without `config` the base's configuration stays as it is, also what `ImageConfig` has no word
    for and what others do not inherit. `history` says of each of `layers` what made it; `created`
    is RFC 3339; `base_layers` replaces the descriptors of the base's layers (to annotate them).
    Raises BuildError where `history` and `layers` differ in length.
    """
    if len(history) != len(layers):
        raise BuildError(f"{len(layers)} layers but {len(history)} lines of history")
    own = tuple(_packed_descriptor(layer) for layer in layers)
    below = tuple(base_layers) or layer_descriptors(base)
    diff_ids = [layer.diff_id for layer in base.layers] if base else []
    diff_ids += [layer.diff_id for layer in layers]
    past = _base_history(base, created)
    now = [{"created": created, "created_by": line} for line in history]
    document: dict[str, Any] = dict(base.config) if base and config is None else {}
    document |= {
        "created": created,
        "architecture": platform.architecture,
        "os": platform.os,
        "config": _inherited(base) | config.json() if config else document.get("config") or {},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
        "history": past + now,
    }
    if platform.variant:
        document["variant"] = platform.variant
    config_blob = _blob(OCI_CONFIG, document)
    manifest: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": descriptor_json(config_blob.descriptor),
        "layers": [descriptor_json(layer) for layer in below + own],
    }
    if annotations:
        manifest["annotations"] = dict(annotations)
    return Assembled(config_blob, _blob(OCI_MANIFEST, manifest, platform=platform), below + own)


def layer_descriptors(image: Image | None) -> tuple[Descriptor, ...]:
    """The layers of `image` in OCI's media types, annotations of its manifest kept."""
    if image is None:
        return ()
    said = image.manifest.get("layers") or []
    kept = {layer.get("digest"): layer.get("annotations") or {} for layer in said}
    return tuple(
        Descriptor(
            media_type=_OCI_LAYER.get(layer.media_type, layer.media_type),
            digest=layer.digest,
            size=layer.size,
            annotations=kept.get(layer.digest, {}),
        )
        for layer in image.layers
    )


def attestation_index(
    image: Descriptor,
    statements: Iterable[tuple[str, bytes]],
    *,
    annotations: Mapping[str, str] | None = None,
) -> AttestedIndex:
    """The index BuildKit writes: the image, then a manifest of the in-toto statements about it.

    `image` is the descriptor of the platform manifest, `statements` are (predicate type, bytes);
    without any the index holds the image alone. `blobs` has children before their parents.
    """
    layers = tuple(_statement(kind, data) for kind, data in statements)
    about = _attestation(image, layers) if layers else ()
    children = [image, *(blob.descriptor for blob in about[-1:])]
    index: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [descriptor_json(child) for child in children],
    }
    if annotations:
        index["annotations"] = dict(annotations)
    return AttestedIndex(_blob(OCI_INDEX, index), layers + about)


def _attestation(image: Descriptor, statements: Sequence[Blob]) -> tuple[Blob, ...]:
    """The empty config and the attestation manifest, in this order."""
    empty = Blob(Descriptor(EMPTY_JSON, sha256_digest(b"{}"), 2), b"{}")
    subject = Descriptor(image.media_type, image.digest, image.size)
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": ATTESTATION_ARTIFACT,
        "config": descriptor_json(empty.descriptor) | {"data": "e30="},
        "layers": [descriptor_json(statement.descriptor) for statement in statements],
        "subject": descriptor_json(subject),
    }
    named = {REFERENCE_TYPE: ATTESTATION_MANIFEST, REFERENCE_DIGEST: image.digest}
    unknown = Platform("unknown", "unknown")
    return empty, _blob(OCI_MANIFEST, manifest, platform=unknown, annotations=named)


def _blob(
    media_type: str,
    document: Mapping[str, Any],
    *,
    platform: Platform | None = None,
    annotations: Mapping[str, str] | None = None,
) -> Blob:
    data = canonical_json(document)
    named = Descriptor(
        media_type, sha256_digest(data), len(data), dict(annotations or {}), platform
    )
    return Blob(named, data)


def _statement(predicate_type: str, data: bytes) -> Blob:
    named = {PREDICATE_TYPE: predicate_type}
    return Blob(Descriptor(IN_TOTO, sha256_digest(data), len(data), named), data)


def _packed_descriptor(layer: PackedLayer) -> Descriptor:
    said = {UNPACKED_SIZE: str(layer.unpacked_size)}
    return Descriptor(layer.media_type, layer.digest, layer.size, said)


def _inherited(base: Image | None) -> dict[str, Any]:
    """What the base says and `ImageConfig` has no word for, such as Healthcheck and Shell."""
    said = (base.config.get("config") or {}) if base else {}
    return {key: said[key] for key in said if key not in _OURS | _NOT_INHERITED}


def _base_history(base: Image | None, created: str) -> list[dict[str, Any]]:
    """The base's history; where it does not fit the base's layers, one plain entry for each."""
    if base is None:
        return []
    said = [entry for entry in base.config.get("history") or [] if isinstance(entry, dict)]
    if sum(1 for entry in said if not entry.get("empty_layer")) == len(base.layers):
        return [dict(entry) for entry in said]
    when = base.config.get("created") or created
    return [{"created": when, "created_by": layer.created_by} for layer in base.layers]
