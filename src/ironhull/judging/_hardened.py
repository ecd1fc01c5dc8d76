"""Whether an image is a hardened one, or lies on one: proven by layers and signatures.

A label or a name alone proves nothing: labels are inherited, and anybody can write them. What is
accepted, for the image itself and each base whose layers are the lowest of it:

- *ironhull*: provenance about this image by our base builder, of a hardened variant; where `trust`
  names keys, one of them has to have signed the image, too.
- *docker* (Docker Hardened Images, docs.docker.com/dhi): the ChainID of the label is that of its
  lowest layers, and a trusted key signed it.
- *chainguard*, *distroless*: an image of their registries that a trusted key signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ironhull.errors import Error, ReferenceFault
from ironhull.judging._evidence import Evidence
from ironhull.judging._provenance import builder_of
from ironhull.model import Image
from ironhull.oci.names import Reference
from ironhull.predicates.slsa import BUILD_TYPE, BUILDER_ID

__all__ = ["Signed", "chain_ids", "hardened_of"]

Signed = Callable[[Image], None]
"""Raises Error with the reason where no trusted key signed an image."""

_DHI_CHAIN = "com.docker.dhi.chain-id"
_OURS = f"{BUILD_TYPE}#debian-base"
_VARIANT = "io.github.ironhull.variant"
_HARDENED = ("runtime", "dev")
"""Variants of our bases; that of people's habits ("slim") is built for comparison."""

_PLACES = {
    ("cgr.dev", "chainguard"): "chainguard",
    ("gcr.io", "distroless"): "distroless",
}


def hardened_of(candidates: Iterable[Image], signed: Signed | None) -> dict[str, Any]:
    """The document `input.ironhull.base.hardened` for an image and its proven bases.

    `candidates` begin with the image itself. `signed` is None where no key is trusted. Of several
    the first that is proven is told, else the first that says it is one.
    """
    claimed: dict[str, Any] = {}
    for image in candidates:
        found = _examined(image, signed)
        if found.get("proven"):
            return found
        claimed = claimed or found
    return claimed


def _examined(image: Image, signed: Signed | None) -> dict[str, Any]:
    """{} for what does not even say that it is hardened."""
    vendor, trouble, needs_key = _claim(image)
    if not vendor:
        return {}
    if not trouble and signed is not None:
        try:
            signed(image)
        except Error as reason:
            trouble = f"its signature does not hold: {reason.message}"
    elif not trouble and needs_key:
        trouble = "no trusted key is configured to verify its signature with"
    made = {"name": image.name, "digest": image.digest, "vendor": vendor, "proven": not trouble}
    return {**made, "trouble": trouble} if trouble else made


def _claim(image: Image) -> tuple[str, str, bool]:
    """Who an image says made it, what speaks against that, and whether only a key proves it."""
    labels = _labels(image)
    if chain := labels.get(_DHI_CHAIN):
        fits = chain in chain_ids([layer.diff_id for layer in image.layers])
        return "docker", "" if fits else "its layers are not those its label names", True
    if vendor := _vendor_of_place(image.name):
        return vendor, "", True
    predicate = Evidence(image).provenance()
    ours = predicate is not None and builder_of(predicate) == (BUILDER_ID, _OURS)
    if ours and labels.get(_VARIANT) in _HARDENED:
        return "ironhull", "", False
    return "", "", False


def _vendor_of_place(name: str) -> str:
    try:
        found = Reference.parse(name)
    except ReferenceFault:
        return ""
    return _PLACES.get((found.registry, found.repository.partition("/")[0]), "")


def chain_ids(diff_ids: Iterable[str]) -> list[str]:
    """The ChainID of the lowest layer, of the lowest two, and so on (OCI image-spec, config.md)."""
    found: list[str] = []
    for diff_id in diff_ids:
        text = f"{found[-1]} {diff_id}" if found else ""
        chain = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}" if found else diff_id
        found.append(chain)
    return found


def _labels(image: Image) -> Mapping[str, str]:
    config = image.config.get("config")
    labels = config.get("Labels") if isinstance(config, Mapping) else None
    found = {**(labels if isinstance(labels, Mapping) else {}), **image.annotations}
    return {key: value for key, value in found.items() if isinstance(value, str)}
