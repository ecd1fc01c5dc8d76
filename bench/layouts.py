"""The other shapes a benchmark image is read in: docker archive, zstd layers."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path

from ironhull.model import Image
from ironhull.oci.manifests import canonical_json, sha256_digest

__all__ = ["raw_archive", "recompressed"]

ZSTD_LEVEL = 3


def raw_archive(image: Image, out: Path) -> None:
    """What `docker save` of the classic image store writes: manifest.json and layers not packed."""
    layers = []
    with tarfile.open(out, "w") as archive:

        def put(name: str, data: bytes) -> str:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
            return name

        for layer in image.layers:
            with layer.open() as blob:
                name = f"{layer.diff_id.removeprefix('sha256:')}/layer.tar"
                layers.append(put(name, gzip.decompress(blob.read())))
        config = image.config_digest.removeprefix("sha256:")
        text = canonical_json(image.config)
        assert hashlib.sha256(text).hexdigest() == config
        entry = {"Config": put(f"{config}.json", text), "RepoTags": [image.name], "Layers": layers}
        put("manifest.json", json.dumps([entry]).encode())


def recompressed(layout: Path, out: Path) -> None:
    """A copy of an OCI layout of one image, its layers compressed with zstd."""
    from backports import zstd

    shutil.copytree(layout, out)
    blobs = out / "blobs" / "sha256"

    def put(data: bytes) -> dict[str, object]:
        digest = sha256_digest(data)
        (blobs / digest.removeprefix("sha256:")).write_bytes(data)
        return {"digest": digest, "size": len(data)}

    def blob(entry: Mapping[str, str]) -> bytes:
        return (blobs / entry["digest"].removeprefix("sha256:")).read_bytes()

    index = json.loads((out / "index.json").read_bytes())
    (entry,) = index["manifests"]
    manifest = json.loads(blob(entry))
    for number, layer in enumerate(manifest["layers"]):
        old = blobs / layer["digest"].removeprefix("sha256:")
        packed = put(zstd.compress(gzip.decompress(old.read_bytes()), ZSTD_LEVEL))
        media_type = "application/vnd.oci.image.layer.v1.tar+zstd"
        manifest["layers"][number] = {**layer, **packed, "mediaType": media_type}
        old.unlink(missing_ok=True)
    entry |= put(json.dumps(manifest).encode())
    (out / "index.json").write_text(json.dumps(index))
