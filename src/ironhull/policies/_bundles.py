"""Policies as artifacts: what `policy publish` puts into a registry, and what is read from one.

Ours is an OCI 1.1 artifact with one layer for each module, named by its title (image-spec,
manifest.md, "Guidelines for Artifact Usage"). Read are also the layers of conftest and ORAS (one
file a layer), bundles of the Open Policy Agent (openpolicyagent.org, "Bundle File Format": a
tarball, by itself or as a layer), and images that hold modules as files. Data of a bundle is not
used: each module sees its own configuration.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import BinaryIO

from ironhull.errors import PolicyError
from ironhull.limits import LIMITS
from ironhull.model import Descriptor
from ironhull.oci.blobs import Blobs, read_blob
from ironhull.oci.decompress import compression
from ironhull.oci.images import is_attestation
from ironhull.oci.layers import walk
from ironhull.oci.manifests import (
    EMPTY_JSON,
    INDEX_TYPES,
    OCI_MANIFEST,
    canonical_json,
    descriptor_json,
    parse_index,
    parse_manifest,
    sha256_digest,
)
from ironhull.values import dataclass

__all__ = ["ARTIFACT", "Packed", "Source", "layers_of", "pack", "read_modules", "read_tarball"]

ARTIFACT = "application/vnd.ironhull.policies.v1"
LAYER = "application/vnd.ironhull.policy.v1+rego"
NAME = "io.github.ironhull.policy.name"
_TITLE = "org.opencontainers.image.title"
_EMPTY = b"{}"
_TAR_MAGIC = slice(257, 262)
_MODULE = re.compile(r"^package\s+[\w.]", re.ASCII | re.MULTILINE)
_HIDES = ".wh."

Source = tuple[str, str]
"""The name of a module in its bundle, and its Rego."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A bundle to be put somewhere: its manifest, and `blobs`, which go first."""

    root: Descriptor
    manifest: bytes
    blobs: tuple[tuple[str, bytes], ...]


def pack(modules: Sequence[tuple[str, str, str]]) -> Packed:
    """A bundle of modules, given as (file name, policy name, Rego); equal ones give equal digests.

    Raises PolicyError for none, or more than are read back.
    """
    if not modules:
        raise PolicyError("there are no policies to publish", "name files or directories")
    if len(modules) > LIMITS.policy_modules:
        raise PolicyError(f"{len(modules)} policies are more than {LIMITS.policy_modules}")
    blobs = {sha256_digest(_EMPTY): _EMPTY}
    layers = []
    for file, name, source in _distinct(modules):
        data = source.encode()
        digest = sha256_digest(data)
        blobs[digest] = data
        layers.append(Descriptor(LAYER, digest, len(data), {_TITLE: file, NAME: name}))
    config = Descriptor(EMPTY_JSON, sha256_digest(_EMPTY), len(_EMPTY))
    manifest = canonical_json(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": ARTIFACT,
            "config": descriptor_json(config),
            "layers": [descriptor_json(layer) for layer in layers],
        }
    )
    root = Descriptor(OCI_MANIFEST, sha256_digest(manifest), len(manifest))
    return Packed(root, manifest, tuple(blobs.items()))


def _distinct(modules: Iterable[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    """File names told apart: tools that unpack a bundle would put one over the other."""
    taken: set[str] = set()
    for file, name, source in modules:
        stem = file.removesuffix(".rego")
        given, number = file, 1
        while given in taken:
            number += 1
            given = f"{stem}-{number}.rego"
        taken.add(given)
        yield given, name, source


# ── reading ──────────────────────────────────────────────────────────────────────────────────────


def layers_of(blobs: Blobs, root: Descriptor) -> tuple[Descriptor, ...]:
    """The layers of the bundle `root`; of an index those of its first image.

    Raises PolicyError for more than is read, ImageError.
    """
    data = read_blob(blobs, root, LIMITS.manifest_bytes)
    if root.media_type in INDEX_TYPES:
        listed = parse_index(data, f"{blobs.where}@{root.digest}").manifests
        images = [each for each in listed if not is_attestation(each)]
        if not images or images[0].media_type in INDEX_TYPES:
            raise PolicyError(f"{blobs.where}: an index without a bundle of policies")
        root = images[0]
        data = read_blob(blobs, root, LIMITS.manifest_bytes)
    layers = parse_manifest(data, f"{blobs.where}@{root.digest}").layers
    size = sum(layer.size for layer in layers)
    if size > LIMITS.policy_bundle_bytes:
        raise PolicyError(
            f"{blobs.where}: {size} bytes are more than the {LIMITS.policy_bundle_bytes} of a"
            " bundle of policies",
            "is this an image? a bundle is what `ironhull policy publish` makes",
        )
    return layers


def read_modules(blobs: Blobs, root: Descriptor) -> tuple[Source, ...]:
    """The modules of the bundle `root`, tests left out; raises PolicyError, ImageError."""
    files: dict[str, str] = {}
    left = LIMITS.policy_bundle_bytes
    for layer in layers_of(blobs, root):
        data = read_blob(blobs, layer, LIMITS.policy_bundle_bytes)
        where = f"{blobs.where}@{layer.digest}"
        if _is_tar(data):
            left -= _unpack(io.BytesIO(data), where, files, left)
            continue
        title = layer.annotations.get(_TITLE, "")
        if _is_module(layer.media_type, title, data):
            files[_free(title or f"{layer.digest[7:19]}.rego", files)] = _text(data, where)
    return _found(files, blobs.where)


def read_tarball(stream: BinaryIO, where: str) -> tuple[Source, ...]:
    """The modules of a bundle of OPA's, tests left out; raises PolicyError, ImageError."""
    files: dict[str, str] = {}
    _unpack(stream, where, files, LIMITS.policy_bundle_bytes)
    return _found(files, where)


def _is_tar(data: bytes) -> bool:
    return bool(compression(data[:8])) or data[_TAR_MAGIC] == b"ustar"


def _is_module(media_type: str, title: str, data: bytes) -> bool:
    """By what it says it is; what says nothing by its first rule."""
    if title or "rego" in media_type:
        return title.endswith(".rego") or (not title and "rego" in media_type)
    return bool(_MODULE.search(data[: LIMITS.policy_source_bytes].decode("utf-8", "replace")))


def _unpack(stream: BinaryIO, where: str, files: dict[str, str], left: int) -> int:
    """Put the modules of a tar into `files`, as a layer over them; gives their size in bytes."""
    size = 0
    for entry, body in walk(stream, where):
        path = PurePosixPath(entry.path)
        if path.name.startswith(_HIDES):
            files.pop(str(path.with_name(path.name.removeprefix(_HIDES))), None)
            continue
        if entry.kind != "file" or not path.name.endswith(".rego"):
            continue
        size += entry.size
        if entry.size > LIMITS.policy_source_bytes or size > left:
            raise PolicyError(f"{where}: {entry.path}: larger than policies may be")
        files[str(path)] = _text(body(), f"{where}: {entry.path}")
        if len(files) > LIMITS.policy_modules:
            raise PolicyError(f"{where}: more than {LIMITS.policy_modules} modules")
    return size


def _free(name: str, files: dict[str, str]) -> str:
    """Two layers of one name are two modules."""
    return name if name not in files else f"{name}#{len(files)}"


def _text(data: bytes, where: str) -> str:
    if len(data) > LIMITS.policy_source_bytes:
        raise PolicyError(f"{where}: larger than {LIMITS.policy_source_bytes} bytes")
    try:
        return data.decode()
    except UnicodeDecodeError as trouble:
        raise PolicyError(f"{where}: not UTF-8 (byte {trouble.start})") from None


def _found(files: dict[str, str], where: str) -> tuple[Source, ...]:
    modules = tuple(each for each in files.items() if not each[0].endswith("_test.rego"))
    if not modules:
        raise PolicyError(
            f"{where}: no policies in it", "a bundle is what `ironhull policy publish` makes"
        )
    if len(modules) > LIMITS.policy_modules:
        raise PolicyError(f"{where}: more than {LIMITS.policy_modules} modules")
    return modules
