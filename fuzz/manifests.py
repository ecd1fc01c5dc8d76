"""Manifests, indexes, configs and image archives made of them: Error or an image."""

import io
import json
import tarfile
import tempfile
from pathlib import Path

from fuzz._harness import fuzz
from ironhull.errors import Error
from ironhull.oci.blobs import DirectoryBlobs
from ironhull.oci.images import load_image
from ironhull.oci.manifests import (
    OCI_CONFIG,
    OCI_INDEX,
    OCI_LAYER_GZIP,
    OCI_MANIFEST,
    parse_descriptor,
    parse_index,
    parse_manifest,
    sha256_digest,
)
from ironhull.sources.archive import read_archive
from ironhull.subject import subject_of

PLACE = Path(tempfile.mkdtemp(prefix="ironhull-fuzz-"))
DIFF_ID = "sha256:" + "1" * 64
PLATFORM = {"os": "linux", "architecture": "amd64"}


def config() -> dict[str, object]:
    return {
        **PLATFORM,
        "created": "2026-01-01T00:00:00Z",
        "config": {"User": "0", "Env": ["A=1"], "Entrypoint": ["/x"], "Labels": {"a": "b"}},
        "rootfs": {"type": "layers", "diff_ids": [DIFF_ID]},
        "history": [{"created_by": "RUN", "empty_layer": True}, {"created_by": "COPY"}],
    }


def described(data: bytes, kind: str, **more: object) -> dict[str, object]:
    return {"mediaType": kind, "digest": sha256_digest(data), "size": len(data), **more}


def manifest(config_data: bytes) -> bytes:
    value = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": described(config_data, OCI_CONFIG),
        "layers": [described(b"x", OCI_LAYER_GZIP)],
        "annotations": {"a": "b"},
    }
    return json.dumps(value).encode()


def index(manifest_data: bytes) -> bytes:
    entry = described(
        manifest_data,
        OCI_MANIFEST,
        platform=PLATFORM,
        annotations={"org.opencontainers.image.ref.name": "web:1"},
    )
    about = described(
        manifest_data,
        OCI_MANIFEST,
        platform={"os": "unknown"},
        annotations={
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": sha256_digest(manifest_data),
        },
    )
    value = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry, about]}
    return json.dumps(value).encode()


def docker() -> bytes:
    value = [{"Config": "config.json", "RepoTags": ["web:1"], "Layers": ["a/layer.tar"]}]
    return json.dumps(value).encode()


def seeds() -> list[bytes]:
    data = json.dumps(config()).encode()
    documents = (data, manifest(data), index(manifest(data)), docker())
    return [bytes([number]) + document for number, document in enumerate(documents)]


def one(data: bytes) -> None:
    which, data = data[:1], data[1:]
    try:
        if which == b"\3":
            _archive(data)
        else:
            _layout(which, data)
    except Error as error:
        assert "\n" not in error.message


def _layout(which: bytes, data: bytes) -> None:
    """The document lies where its kind does, in a chain whose digests are right."""
    config_data = data if which == b"\0" else json.dumps(config()).encode()
    manifest_data = data if which == b"\1" else manifest(config_data)
    index_data = data if which == b"\2" else index(manifest_data)
    for blob in (config_data, manifest_data, index_data):
        path = PLACE / "blobs" / "sha256" / sha256_digest(blob).removeprefix("sha256:")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(blob)
    try:
        entry = parse_descriptor(described(index_data, OCI_INDEX), "entry")
        image = load_image(DirectoryBlobs(PLACE), [entry], None, name="x", origin="oci-dir")
        subject_of(image, disk_size=0)
    finally:
        for blob in (config_data, manifest_data, index_data):
            name = sha256_digest(blob).removeprefix("sha256:")
            (PLACE / "blobs" / "sha256" / name).unlink(missing_ok=True)
    if which == b"\1":
        parse_manifest(data)
    if which == b"\2":
        parse_index(data)


def _archive(data: bytes) -> None:
    """An archive of `docker save` with this manifest.json."""
    with tempfile.TemporaryFile() as out:
        with tarfile.open(fileobj=out, mode="w") as archive:
            for name, content in (
                ("manifest.json", data),
                ("config.json", json.dumps(config()).encode()),
                ("a/layer.tar", bytes(1024)),
            ):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        out.flush()
        read_archive(out, "fuzz", "", None)


if __name__ == "__main__":
    fuzz(one, seeds(), longest=1 << 13)
