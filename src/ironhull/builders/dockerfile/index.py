"""The index round the images of several platforms and what is said of each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from ironhull.model import Descriptor
from ironhull.oci.edit import AttestedIndex, Blob, attestation_index
from ironhull.oci.manifests import OCI_INDEX, canonical_json, sha256_digest

__all__ = ["attested"]


def attested(
    images: Sequence[tuple[Descriptor, Sequence[tuple[str, bytes]]]],
    *,
    annotations: Mapping[str, str] | None = None,
) -> AttestedIndex:
    """The index BuildKit writes: every image, then for each a manifest of its statements.

    `images` are descriptors of platform manifests (with their platform), each with its statements
    (predicate type, bytes).
    """
    parts = [attestation_index(image, statements) for image, statements in images]
    entries = [json.loads(part.index.data)["manifests"] for part in parts]
    manifests = [some[0] for some in entries] + [entry for some in entries for entry in some[1:]]
    document = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests}
    if annotations:
        document["annotations"] = dict(annotations)
    data = canonical_json(document)
    index = Blob(Descriptor(OCI_INDEX, sha256_digest(data), len(data)), data)
    blobs = {blob.descriptor.digest: blob for part in parts for blob in part.blobs}
    return AttestedIndex(index, tuple(blobs.values()))
