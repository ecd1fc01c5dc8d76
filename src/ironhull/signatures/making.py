"""Signing a digest and keeping the signature beside it, as cosign does or as cosign 3 does."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from ironhull.attestations import Place, put, tag_of
from ironhull.attestations._encoding import Encoded, referrer, tagged
from ironhull.errors import UsageError
from ironhull.model import Descriptor
from ironhull.oci.manifests import IN_TOTO, descriptor_json, sha256_digest
from ironhull.signatures.finding import (
    ARTIFACT_TYPE,
    BUNDLE_CONTENT,
    BUNDLE_PREDICATE,
    tag_manifest,
)
from ironhull.signing import (
    BUNDLE,
    Claims,
    PrivateKey,
    holds,
    sign,
    sign_envelope,
    write_bundle,
)
from ironhull.signing.annotations import KEY_ID, SIGNATURE
from ironhull.signing.claims import (
    PAYLOAD_TYPE,
    SIGN_PREDICATE,
    sign_statement,
    simple_payload,
)

__all__ = ["STORAGES", "sign_digest"]

STORAGES = ("tag", "referrer", "bundle")
_CREATED = "org.opencontainers.image.created"


def sign_digest(
    place: Place,
    subject: Descriptor,
    key: PrivateKey,
    claims: Claims,
    *,
    storage: str = "tag",
    created: str = "",
) -> Descriptor:
    """Sign `claims` about `subject`, a manifest at `place`; gives the manifest that holds it.

    `storage`: "tag" (every version of cosign finds it), "referrer" (OCI 1.1, as cosign 2 does it
    with its experiment switched on), "bundle" (as cosign 3 does it). `created` (RFC 3339) becomes
    an annotation of a bundle. A signature that is there is not made again. Raises UsageError,
    ReferenceFault where nothing can be written, RegistryError, StoreError.
    """
    assert claims.digest == subject.digest
    if storage == "bundle":
        return _bundled(place, subject, key, claims, created)
    if storage not in STORAGES:
        raise UsageError(f"no storage {storage!r}", f"there are {', '.join(STORAGES)}")
    payload = simple_payload(claims)
    layer = _layer(payload, sign(key, payload), key)
    if storage == "referrer":
        made = referrer(subject, ARTIFACT_TYPE, layer, {})
        return put(place, made.manifest, [payload, made.config], about=subject.digest)
    return _tagged(place, subject, layer, payload, key)


def _layer(payload: bytes, signature: bytes, key: PrivateKey) -> Descriptor:
    said = {SIGNATURE: base64.b64encode(signature).decode("ascii"), KEY_ID: key.public.id}
    return Descriptor(PAYLOAD_TYPE, sha256_digest(payload), len(payload), said)


def _tagged(
    place: Place, subject: Descriptor, layer: Descriptor, payload: bytes, key: PrivateKey
) -> Descriptor:
    """A further layer of the manifest behind the tag, which all signatures of an image share."""
    before = tag_manifest(place, subject.digest)
    layers: Sequence[Mapping[str, Any]] = ()
    if before is not None:
        descriptor, manifest = before
        if any(_is_ours(item, layer, payload, key) for item in manifest.layers):
            return descriptor
        layers = manifest.document["layers"]
    made: Encoded = tagged([*layers, descriptor_json(layer)])
    tag = tag_of(subject.digest, "sig")
    return put(place, made.manifest, [payload, made.config], about=subject.digest, tag=tag)


def _is_ours(item: Descriptor, layer: Descriptor, payload: bytes, key: PrivateKey) -> bool:
    """Whether a layer is a signature of `key` over the same payload."""
    if item.digest != layer.digest:
        return False
    try:
        signature = base64.b64decode(item.annotations.get(SIGNATURE, ""), validate=True)
    except ValueError:
        return False
    return holds(key.public, signature, payload)


def _bundled(
    place: Place, subject: Descriptor, key: PrivateKey, claims: Claims, created: str
) -> Descriptor:
    bundle = write_bundle(sign_envelope(sign_statement(claims), IN_TOTO, key), key.public)
    said = {BUNDLE_CONTENT: "dsse-envelope", BUNDLE_PREDICATE: SIGN_PREDICATE}
    if created:
        said[_CREATED] = created
    layer = Descriptor(BUNDLE, sha256_digest(bundle), len(bundle))
    made = referrer(subject, BUNDLE, layer, said)
    return put(place, made.manifest, [bundle, made.config], about=subject.digest)
