"""Two manifests of cosign's under one tag as one: the signatures of both.

Under `sha256-<hex>.sig` and `.att` every layer is a signature or attestation of its own
(sigstore/cosign, specs/SIGNATURE_SPEC.md, "Image"), so a copy that brings some must not take away
those that are there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.model import Descriptor
from ironhull.oci.manifests import (
    LAYER_TYPES,
    canonical_json,
    load_json,
    parse_manifest,
    sha256_digest,
)
from ironhull.values import dataclass, replace

__all__ = ["United", "holds_all", "unite"]


@dataclass(frozen=True, slots=True)
class United:
    """A manifest and its configuration, both as bytes with their descriptors."""

    manifest: tuple[Descriptor, bytes]
    config: tuple[Descriptor, bytes]


def holds_all(there: bytes, coming: bytes) -> bool:
    """Whether the manifest `there` has every layer of `coming`, with what is said of it."""
    try:
        known = {_identity(layer) for layer in _layers(there)}
        return all(_identity(layer) in known for layer in _layers(coming))
    except ImageError:
        return False


def unite(
    there: tuple[Descriptor, bytes, bytes], coming: tuple[Descriptor, bytes, bytes]
) -> United | None:
    """`there` with the layers of `coming` it has not; None where they are not of one kind.

    Each is a manifest's descriptor, the manifest and its configuration.
    """
    ours, theirs = _read(there[1]), _read(coming[1])
    if ours is None or theirs is None or there[0].media_type != coming[0].media_type:
        return None
    known = {_identity(layer) for layer in ours["layers"]}
    added = [at for at, layer in enumerate(theirs["layers"]) if _identity(layer) not in known]
    layers = [*ours["layers"], *(theirs["layers"][at] for at in added)]
    if len(layers) > LIMITS.layers:
        return None
    config = _joined(there[2], coming[2], added)
    if config is None:
        return None
    kind = str(ours["config"].get("mediaType"))
    of_config = Descriptor(kind, sha256_digest(config), len(config))
    said = {**ours["config"], "digest": of_config.digest, "size": of_config.size}
    data = canonical_json({**ours, "config": said, "layers": layers})
    made = replace(there[0], digest=sha256_digest(data), size=len(data), annotations={})
    return United((made, data), (of_config, config))


def _read(data: bytes) -> dict[str, Any] | None:
    """The manifest as JSON, None where it is none or an image, whose layers make one whole."""
    try:
        if any(layer.media_type in LAYER_TYPES for layer in parse_manifest(data).layers):
            return None
        return load_json(data, "manifest", LIMITS.manifest_bytes)
    except ImageError:
        return None


def _layers(data: bytes) -> Sequence[Mapping[str, Any]]:
    found = _read(data)
    if found is None:
        raise ImageError("not a manifest")
    layers: Sequence[Mapping[str, Any]] = found["layers"]
    return layers


def _identity(layer: Mapping[str, Any]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """One payload may be signed by several keys: the signature stands in the annotations."""
    return layer["digest"], tuple(sorted((layer.get("annotations") or {}).items()))


def _joined(ours: bytes, theirs: bytes, added: Sequence[int]) -> bytes | None:
    """The configuration with the `diff_ids` and history of the layers `added`."""
    if not added or ours == theirs == b"{}":
        return ours
    try:
        one = load_json(ours, "config", LIMITS.config_bytes)
        other = load_json(theirs, "config", LIMITS.config_bytes)
        one["rootfs"]["diff_ids"] = [
            *one["rootfs"]["diff_ids"],
            *_picked(other["rootfs"]["diff_ids"], added),
        ]
        if isinstance(one.get("history"), list) and isinstance(other.get("history"), list):
            one["history"] = [*one["history"], *_picked(other["history"], added)]
    except (ImageError, KeyError, TypeError, IndexError):
        return None
    return canonical_json(one)


def _picked(items: Sequence[Any], places: Sequence[int]) -> Iterator[Any]:
    return (items[place] for place in places)
