"""What is attached to an image: found, read and added, wherever the image is.

Three storages, of which a reader looks into all: the image's own index (BuildKit,
docs/attestations/attestation-storage.md, both encodings), referrers (OCI image-spec 1.1,
manifest.md, "subject"; distribution-spec 1.1, with the fallback tag) and cosign's tags
(`sha256-<hex>.att`, `.sbom`).

    place = Place(origin, writer)          an image that may be written beside
    found = find(place)                    everything attached, of every platform
    put(place, manifest, blobs, about=…)   a manifest, as a referrer or under a tag
    attach(place, [statement], …)          statements, in the storage asked for

Nothing of a statement is fetched before its `read` is called.
"""

from __future__ import annotations

from ironhull.attestations.attaching import STORAGES, Attached, NewStatement, attach
from ironhull.attestations.finding import Found, Target, companions_of, find, targets_of
from ironhull.attestations.places import (
    LayoutWriter,
    Place,
    RegistryWriter,
    Writer,
    place_of,
    put,
    tag_of,
)

__all__ = [
    "STORAGES",
    "Attached",
    "Found",
    "LayoutWriter",
    "NewStatement",
    "Place",
    "RegistryWriter",
    "Target",
    "Writer",
    "attach",
    "companions_of",
    "find",
    "place_of",
    "put",
    "tag_of",
    "targets_of",
]
