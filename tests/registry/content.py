"""A multi-platform image with all that can go with one, as an OCI layout made in code."""

import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ironhull.oci.manifests import (
    ATTESTATION_ARTIFACT,
    ATTESTATION_MANIFEST,
    EMPTY_JSON,
    IN_TOTO,
    OCI_CONFIG,
    OCI_INDEX,
    OCI_LAYER_GZIP,
    OCI_MANIFEST,
    PREDICATE_TYPE,
    REF_NAME,
    REFERENCE_DIGEST,
    REFERENCE_TYPE,
)

SPDX = "https://spdx.dev/Document"
SIGNATURE = "application/vnd.example.signature"


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


@dataclass
class Content:
    """Blobs by digest and the descriptors of what is in them."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)

    def put(self, data: bytes, media_type: str, **more: Any) -> dict[str, Any]:
        digest = digest_of(data)
        self.blobs[digest] = data
        self.types[digest] = media_type
        return {"mediaType": media_type, "digest": digest, "size": len(data), **more}

    def json(self, value: Any, media_type: str, **more: Any) -> dict[str, Any]:
        return self.put(json.dumps(value).encode(), media_type, **more)

    def image(self, architecture: str, *files: dict[str, bytes]) -> dict[str, Any]:
        layers, diff_ids = [], []
        for content in files:
            raw = _tar(content)
            diff_ids.append(digest_of(raw))
            layers.append(self.put(gzip.compress(raw, mtime=0), OCI_LAYER_GZIP))
        config = {
            "architecture": architecture,
            "os": "linux",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": self.json(config, OCI_CONFIG),
            "layers": layers,
        }
        platform = {"os": "linux", "architecture": architecture}
        return self.json(manifest, OCI_MANIFEST, platform=platform)

    def attestation(self, about: dict[str, Any]) -> dict[str, Any]:
        """As BuildKit writes it with `oci-artifact=true`."""
        statement = {"_type": "https://in-toto.io/Statement/v1", "predicateType": SPDX}
        layer = self.json(statement, IN_TOTO, annotations={PREDICATE_TYPE: SPDX})
        subject = {key: about[key] for key in ("mediaType", "digest", "size")}
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": ATTESTATION_ARTIFACT,
            "config": self.put(b"{}", EMPTY_JSON),
            "layers": [layer],
            "subject": subject,
        }
        said = {REFERENCE_TYPE: ATTESTATION_MANIFEST, REFERENCE_DIGEST: about["digest"]}
        platform = {"os": "unknown", "architecture": "unknown"}
        return self.json(manifest, OCI_MANIFEST, annotations=said, platform=platform)

    def index(self, *manifests: dict[str, Any]) -> dict[str, Any]:
        found = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(manifests)}
        return self.json(found, OCI_INDEX)

    def referrer(self, about: dict[str, Any], text: str) -> dict[str, Any]:
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": SIGNATURE,
            "config": self.put(b"{}", EMPTY_JSON),
            "layers": [self.put(text.encode(), "text/plain")],
            "subject": {key: about[key] for key in ("mediaType", "digest", "size")},
            "annotations": {PREDICATE_TYPE: f"https://example.org/{text}"},
        }
        return self.json(manifest, OCI_MANIFEST, artifactType=SIGNATURE)

    def write(self, path: Path, name: str, root: dict[str, Any], *beside: dict[str, Any]) -> Path:
        """An OCI layout; `beside` are entries without names."""
        place = path / "blobs" / "sha256"
        place.mkdir(parents=True)
        for digest, data in self.blobs.items():
            (place / digest[7:]).write_bytes(data)
        (path / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        named = {key: root[key] for key in ("mediaType", "digest", "size")}
        named["annotations"] = {REF_NAME: name}
        index = {"schemaVersion": 2, "manifests": [*beside, named]}
        (path / "index.json").write_text(json.dumps(index))
        return path


def _tar(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for path, data in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


@dataclass
class Example:
    """Two platforms, an attestation each, a signature of the index and one of that signature."""

    content: Content
    root: dict[str, Any]
    amd64: dict[str, Any]
    arm64: dict[str, Any]
    attestations: tuple[dict[str, Any], ...]
    signature: dict[str, Any]
    countersignature: dict[str, Any]

    @property
    def digest(self) -> str:
        return str(self.root["digest"])


def example(salt: str = "") -> Example:
    content = Content()
    release = b'ID=debian\nVERSION_ID="13"\n'
    noise = hashlib.shake_256(salt.encode()).digest(200_000)
    base = {"etc/os-release": release, "noise": noise}
    amd64 = content.image("amd64", base, {"bin/tool": b"amd64" + salt.encode()})
    arm64 = content.image("arm64", base, {"bin/tool": b"arm64" + salt.encode()})
    attestations = (content.attestation(amd64), content.attestation(arm64))
    root = content.index(amd64, arm64, *attestations)
    signature = content.referrer(root, "signature")
    countersignature = content.referrer(signature, "countersignature")
    return Example(content, root, amd64, arm64, attestations, signature, countersignature)
