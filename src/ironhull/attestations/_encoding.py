"""The documents that hold statements: bytes in, bytes out, equal for equal arguments.

OCI image-spec 1.1, manifest.md, "Guidelines for Artifact Usage"; BuildKit, docs/attestations/
attestation-storage.md; sigstore/cosign, specs/ATTESTATION_SPEC.md, of which the tag's manifest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ironhull.model import Descriptor, Platform
from ironhull.oci.manifests import (
    ATTESTATION_ARTIFACT,
    ATTESTATION_MANIFEST,
    EMPTY_JSON,
    OCI_CONFIG,
    OCI_INDEX,
    OCI_MANIFEST,
    REFERENCE_DIGEST,
    REFERENCE_TYPE,
    canonical_json,
    descriptor_json,
    sha256_digest,
)
from ironhull.values import dataclass

EMPTY = b"{}"
_UNKNOWN = Platform("unknown", "unknown")


@dataclass(frozen=True, slots=True)
class Encoded:
    """A manifest's bytes and its config, which is a blob beside the layers."""

    manifest: bytes
    config: bytes


def referrer(
    subject: Descriptor, artifact_type: str, layer: Descriptor, annotations: Mapping[str, str]
) -> Encoded:
    """An artifact manifest of one layer about `subject`."""
    return _artifact(subject, artifact_type, [descriptor_json(layer)], annotations)


def index_child(
    subject: Descriptor, layers: Sequence[Mapping[str, Any]], *, artifact: bool
) -> Encoded:
    """The manifest of all statements about the image manifest `subject`, for its index.

    `layers` are descriptors as JSON. Not as an `artifact`, it has the older form: no subject, and
    the config of an image that runs nowhere.
    """
    if artifact:
        return _artifact(subject, ATTESTATION_ARTIFACT, layers, {})
    return _image(layers, "unknown")


def index_entry(encoded: Encoded, about: str) -> dict[str, Any]:
    """How the index lists the manifest of the statements about `about`."""
    named = {REFERENCE_TYPE: ATTESTATION_MANIFEST, REFERENCE_DIGEST: about}
    digest = sha256_digest(encoded.manifest)
    return descriptor_json(Descriptor(OCI_MANIFEST, digest, len(encoded.manifest), named, _UNKNOWN))


def tagged(layers: Sequence[Mapping[str, Any]]) -> Encoded:
    """The manifest behind cosign's tag `.att`; `layers` are envelopes."""
    return _image(layers, "")


def index(before: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> bytes:
    """The index `before` with other `entries`, all it says besides kept."""
    made = {**before, "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(entries)}
    return canonical_json(made)


def _artifact(
    subject: Descriptor,
    artifact_type: str,
    layers: Sequence[Mapping[str, Any]],
    annotations: Mapping[str, str],
) -> Encoded:
    config = descriptor_json(Descriptor(EMPTY_JSON, sha256_digest(EMPTY), len(EMPTY)))
    about = Descriptor(subject.media_type, subject.digest, subject.size)
    document: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": artifact_type,
        "config": config | {"data": "e30="},
        "layers": list(layers),
        "subject": descriptor_json(about),
    }
    if annotations:
        document["annotations"] = dict(annotations)
    return Encoded(canonical_json(document), EMPTY)


def _image(layers: Sequence[Mapping[str, Any]], platform: str) -> Encoded:
    config = canonical_json(
        {
            "architecture": platform,
            "os": platform,
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]},
        }
    )
    described = Descriptor(OCI_CONFIG, sha256_digest(config), len(config))
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": descriptor_json(described),
        "layers": list(layers),
    }
    return Encoded(canonical_json(document), config)
