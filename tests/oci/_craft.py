"""Layers, layouts and archives made with the standard library alone, for tests of reading."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ironhull.model import Image, Layer, Platform

GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
_TYPES = {
    "symlink": tarfile.SYMTYPE,
    "hardlink": tarfile.LNKTYPE,
    "dir": tarfile.DIRTYPE,
    "fifo": tarfile.FIFOTYPE,
    "char": tarfile.CHRTYPE,
}


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def file(path: str, content: bytes | str = b"", mode: int = 0o644) -> tuple[tarfile.TarInfo, bytes]:
    data = content.encode() if isinstance(content, str) else content
    info = tarfile.TarInfo(path)
    info.size, info.mode = len(data), mode
    return info, data


def other(path: str, kind: str, link: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(path)
    info.type, info.linkname = _TYPES[kind], link
    return info, b""


def tar(members: Iterable[tuple[tarfile.TarInfo, bytes]], form: int = tarfile.GNU_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(
        fileobj=out, mode="w", format=form, encoding="utf-8", errors="surrogateescape"
    ) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def squeeze(data: bytes) -> bytes:
    return gzip.compress(data, 1, mtime=0)


def layer(
    *members: tuple[tarfile.TarInfo, bytes],
    compress: Callable[[bytes], bytes] = squeeze,
    media_type: str = GZIP,
) -> Layer:
    return stored(tar(members), compress, media_type)


def stored(
    content: bytes, compress: Callable[[bytes], bytes] = squeeze, media_type: str = GZIP
) -> Layer:
    """A layer whose tar is `content`."""
    data = compress(content)
    return Layer(digest(content), digest(data), len(data), media_type, lambda: io.BytesIO(data))


def image(*layers: Layer) -> Image:
    return Image("test", digest(b"test"), {}, layers, Platform(), "store")


# ── layouts ──────────────────────────────────────────────────────────────────────────────────────


class Layout:
    """The files of an OCI layout by path, with its blobs."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}
        self.top: list[dict[str, Any]] = []

    def blob(self, data: bytes, media_type: str, **more: Any) -> dict[str, Any]:
        self.files["blobs/" + digest(data).replace(":", "/")] = data
        return {"mediaType": media_type, "digest": digest(data), "size": len(data), **more}

    def document(self, value: Any, media_type: str, **more: Any) -> dict[str, Any]:
        return self.blob(json.dumps(value).encode(), media_type, **more)

    def manifest(
        self, *layers: Layer, architecture: str = "amd64", config: Any = None, **more: Any
    ) -> dict[str, Any]:
        described = []
        for item in layers:
            with item.open() as stream:
                described.append(self.blob(stream.read(), item.media_type))
        made = config or {
            "os": "linux",
            "architecture": architecture,
            "rootfs": {"type": "layers", "diff_ids": [item.diff_id for item in layers]},
            "history": [
                {"created_by": "ENV", "empty_layer": True},
                *({"created_by": f"RUN {number}"} for number in range(len(layers))),
            ],
        }
        value = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self.document(made, CONFIG),
            "layers": described,
        }
        return self.document(value, MANIFEST, **more)

    def index(self, *entries: dict[str, Any], **more: Any) -> dict[str, Any]:
        value = {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(entries)}
        return self.document(value, INDEX, **more)

    def attestation(
        self, about: str, statement: bytes, predicate: str, *, legacy: bool = False
    ) -> dict[str, Any]:
        """BuildKit's attestation manifest in either encoding."""
        annotations = {"in-toto.io/predicate-type": predicate}
        kept = self.blob(statement, "application/vnd.in-toto+json", annotations=annotations)
        value: dict[str, Any] = {"schemaVersion": 2, "mediaType": MANIFEST, "layers": [kept]}
        if legacy:
            value["config"] = self.document({"os": "unknown", "architecture": "unknown"}, CONFIG)
        else:
            value["config"] = self.document({}, "application/vnd.oci.empty.v1+json")
            value["artifactType"] = "application/vnd.docker.attestation.manifest.v1+json"
            value["subject"] = {"mediaType": MANIFEST, "digest": about, "size": 1}
        return self.document(
            value,
            MANIFEST,
            platform={"os": "unknown", "architecture": "unknown"},
            annotations={
                "vnd.docker.reference.type": "attestation-manifest",
                "vnd.docker.reference.digest": about,
            },
        )

    def _all(self) -> dict[str, bytes]:
        value = {"schemaVersion": 2, "manifests": self.top}
        return {**self.files, "index.json": json.dumps(value).encode()}

    def write(self, root: Path) -> Path:
        for path, data in self._all().items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        return root

    def archive(self) -> bytes:
        return tar(file(path, data) for path, data in self._all().items())


def named(name: str) -> dict[str, str]:
    return {"org.opencontainers.image.ref.name": name}


# ── docker save ──────────────────────────────────────────────────────────────────────────────────


def docker_save(*images: tuple[list[str], list[Layer]], linked: bool = False) -> bytes:
    """The format before Docker 25; `linked`: later layers that repeat are links, as Docker did."""
    members: dict[str, tuple[tarfile.TarInfo, bytes]] = {}
    manifest = []
    for count, (tags, layers) in enumerate(images):
        config = {
            "os": "linux",
            "architecture": "amd64",
            "rootfs": {"type": "layers", "diff_ids": [item.diff_id for item in layers]},
        }
        data = json.dumps(config).encode()
        name = digest(data)[7:] + ".json"
        members[name] = file(name, data)
        paths = []
        for number, item in enumerate(layers):
            path = f"{count}-{number}/layer.tar"
            with item.open() as stream:
                content = stream.read()
            first = next((p for p, (_, d) in members.items() if d == content), "")
            members[path] = (
                other(path, "symlink", f"../{first}") if linked and first else file(path, content)
            )
            paths.append(path)
        manifest.append({"Config": name, "RepoTags": tags, "Layers": paths})
    members["manifest.json"] = file("manifest.json", json.dumps(manifest))
    return tar(members.values())
