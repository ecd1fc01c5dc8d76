"""Archives of `docker save` before version 25, and of other tools that write that format.

moby, image/spec/v1.2.md, "Combined Image JSON + Filesystem Changeset Format": manifest.json names
the config and the layers of each image. Layers may be links to each other.
"""

from __future__ import annotations

import hashlib
import json
from functools import partial

from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.model import Descriptor, Image, Layer, Platform
from ironhull.oci.blobs import Part, open_part
from ironhull.oci.decompress import compression
from ironhull.oci.images import choose_platform, created_by, diff_ids
from ironhull.oci.manifests import (
    OCI_CONFIG,
    OCI_LAYER_GZIP,
    OCI_LAYER_TAR,
    OCI_LAYER_ZSTD,
    OCI_MANIFEST,
    canonical_json,
    descriptor_json,
    load_json,
    parse_platform,
    sha256_digest,
)
from ironhull.sources._members import Members
from ironhull.sources._pick import ambiguous, familiar, missing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["open_docker", "saved_names"]

_TYPES = {"": OCI_LAYER_TAR, "gzip": OCI_LAYER_GZIP, "zstd": OCI_LAYER_ZSTD}
_CHUNK = 256 * 1024


def open_docker(members: Members, wanted: str, platform: Platform | None) -> Image:
    """The image `wanted` (repository tag, "@" and config digest, "" for the only one).

    Such an archive holds no manifest: the digest is that of one made here from config and layers,
    as other tools do; a registry knows the image by another. Raises ReferenceFault, ImageError.
    """
    where = members.where
    item = _select(_images(members), wanted, where)
    config_path = _string(item, "Config", where)
    data = members.read(config_path, LIMITS.config_bytes)
    config_digest = sha256_digest(data)
    named = _digest_in(config_path)
    if named not in ("", config_digest):
        raise ImageError(
            f"{where}: config {named}: the content's digest is {config_digest}",
            "the archive is damaged or was tampered with: save the image again",
        )
    what = f"{where}: config {config_digest}"
    config = load_json(data, what, LIMITS.config_bytes)
    layers = _layers(members, item, config, what)
    tags = _tags(item)
    name = next((tag for tag in tags if tag == familiar(wanted)), tags[0] if tags else where)
    known = parse_platform(config, what)
    choose_platform([known], platform, name)
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": descriptor_json(Descriptor(OCI_CONFIG, config_digest, len(data))),
        "layers": [
            descriptor_json(Descriptor(layer.media_type, layer.digest, layer.size))
            for layer in layers
        ],
    }
    return Image(
        name=name,
        digest=sha256_digest(canonical_json(manifest)),
        config=config,
        layers=layers,
        platform=known,
        origin="archive",
        config_digest=config_digest,
        manifest=manifest,
    )


def saved_names(members: Members) -> tuple[str, ...]:
    """Every name in an archive of `docker save`; raises ImageError."""
    return tuple(dict.fromkeys(tag for item in _images(members) for tag in _tags(item)))


def _images(members: Members) -> list[dict[str, Any]]:
    data = members.read("manifest.json", LIMITS.manifest_bytes)
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ImageError(f"{members.where}: manifest.json: not JSON: {error}") from None
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise ImageError(f"{members.where}: manifest.json: not a list of images")
    if not found:
        raise ImageError(f"{members.where}: holds no images", "check what wrote it")
    return found


def _select(items: list[dict[str, Any]], wanted: str, where: str) -> dict[str, Any]:
    there = [
        tag for item in items for tag in _tags(item) or [_digest_in(_string(item, "Config", where))]
    ]
    if wanted:
        items = [item for item in items if _is_meant(item, wanted, where)]
        if not items:
            raise missing(where, wanted.removeprefix("@"), there)
    if len({_string(item, "Config", where) for item in items}) > 1:
        raise ambiguous(where, "archive", there)
    return items[0]


def _is_meant(item: dict[str, Any], wanted: str, where: str) -> bool:
    if wanted.startswith("@"):
        return _digest_in(_string(item, "Config", where)) == wanted[1:]
    tags = _tags(item)
    return familiar(wanted) in tags or wanted in [tag.rpartition(":")[2] for tag in tags]


def _tags(item: dict[str, Any]) -> list[str]:
    tags = item.get("RepoTags")
    return [familiar(tag) for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []


def _layers(
    members: Members, item: Mapping[str, Any], config: Mapping[str, Any], what: str
) -> tuple[Layer, ...]:
    paths = [] if item.get("Layers") is None else item["Layers"]
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise ImageError(f"{members.where}: manifest.json: Layers is not a list of paths")
    if len(paths) > LIMITS.layers:
        raise ImageError(f"{members.where}: {len(paths)} layers, more than {LIMITS.layers} allowed")
    ids = diff_ids(config, what)
    if len(ids) != len(paths):
        raise ImageError(f"{what}: {len(ids)} diff_ids for {len(paths)} layers")
    makers = created_by(config, len(ids))
    return tuple(
        _layer(members, path, diff_id, maker)
        for path, diff_id, maker in zip(paths, ids, makers, strict=True)
    )


def _layer(members: Members, path: str, diff_id: str, maker: str) -> Layer:
    part = members.part(path)
    kind = compression(open_part(members.archive, part).read(8))
    if kind not in _TYPES:
        raise ImageError(
            f"{members.where}: layer {path}: compressed with {kind}, which is not read"
        )
    digest = diff_id if kind == "" else _digest_in(path) or _hashed(members, part)
    opener = partial(open_part, members.archive, part)
    return Layer(diff_id, digest, part.size, _TYPES[kind], opener, maker, apart=True)


def _hashed(members: Members, part: Part) -> str:
    """The digest of a compressed layer whose name does not tell it."""
    done = hashlib.sha256()
    with open_part(members.archive, part) as stream:
        while piece := stream.read(_CHUNK):
            done.update(piece)
    return f"sha256:{done.hexdigest()}"


def _digest_in(path: str) -> str:
    """The digest a file's name tells ("HEX.json", "sha256:HEX"), "" if it tells none."""
    name = path.rpartition("/")[2].removesuffix(".json").removeprefix("sha256:")
    is_hex = len(name) == 64 and not set(name) - set("0123456789abcdef")
    return f"sha256:{name}" if is_hex else ""


def _string(item: Mapping[str, Any], key: str, where: str) -> str:
    value = item.get(key)
    if not isinstance(value, str) or not value:
        raise ImageError(f"{where}: manifest.json: an image without {key}")
    return value
