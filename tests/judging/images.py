"""Images for judging, made of nothing but what policies look at."""

import io
import json
from typing import Any

from ironhull.model import Attachment, Image, Layer, Platform

DIGEST = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64
MANIFEST = "sha256:" + "c" * 64
SLSA = "https://slsa.dev/provenance/v1"
SPDX = "https://spdx.dev/Document"


def image(
    *attachments: Attachment,
    name: str = "web:1",
    labels: dict[str, str] | None = None,
    layers: tuple[str, ...] = ("sha256:" + "1" * 64,),
    user: str = "",
) -> Image:
    """An image of layers with these diff_ids."""
    return Image(
        name,
        DIGEST,
        {"config": {"User": user, "Labels": labels or {}}},
        tuple(Layer(d, d, 1, "application/x-tar", io.BytesIO) for d in layers),
        Platform(),
        "store",
        attachments=attachments,
    )


def attached(kind: str, predicate: Any, about: str = DIGEST) -> Attachment:
    """A statement about `about`, as BuildKit attaches it."""
    data = json.dumps(
        {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": "_", "digest": {"sha256": about.removeprefix("sha256:")}}],
            "predicateType": kind,
            "predicate": predicate,
        }
    ).encode()
    return raw(kind, data)


def raw(kind: str, data: bytes) -> Attachment:
    """Any bytes attached as a statement."""
    digest = "sha256:" + f"{abs(hash(data)):064x}"[-64:]
    kept = "application/vnd.in-toto+json"
    return Attachment(kind, kept, digest, len(data), lambda: data, manifest=MANIFEST)
