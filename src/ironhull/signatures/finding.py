"""Signatures beside a manifest, not verified: what is kept, and what of it cannot be read.

sigstore/cosign specs/SIGNATURE_SPEC.md (tags, annotations); sigstore/cosign specs/BUNDLE_SPEC.md
(referrers); OCI image-spec 1.1, manifest.md, "subject".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ironhull.attestations import Place, tag_of
from ironhull.errors import Error, ImageError, SignatureError
from ironhull.limits import LIMITS
from ironhull.model import Descriptor
from ironhull.oci.blobs import read_blob
from ironhull.oci.manifests import MANIFEST_TYPES, Manifest, parse_manifest
from ironhull.oci.referrers import Companion
from ironhull.registry import AbsentError, DeniedError
from ironhull.registry.blobs import RegistryBlobs
from ironhull.signing.bundles import Bundle, read_bundle
from ironhull.signing.claims import PAYLOAD_TYPE, SIGN_PREDICATE, is_sign_statement
from ironhull.values import dataclass, field, replace

__all__ = [
    "ARTIFACT_TYPE",
    "BUNDLE_CONTENT",
    "BUNDLE_PREDICATE",
    "Signature",
    "find_signatures",
    "tag_manifest",
]

ARTIFACT_TYPE = "application/vnd.dev.cosign.artifact.sig.v1+json"
BUNDLE_CONTENT = "dev.sigstore.bundle.content"
BUNDLE_PREDICATE = "dev.sigstore.bundle.predicateType"
_BUNDLE = "application/vnd.dev.sigstore.bundle"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature kept beside the manifest `about`: a `payload` with annotations, or a `bundle`.

    `where` says where, for messages; `storage` is "tag", "referrer" or "bundle".
    """

    about: str
    storage: str
    manifest: str
    where: str
    payload: bytes = b""
    annotations: Mapping[str, str] = field(default_factory=dict)
    bundle: Bundle | None = None


@dataclass(frozen=True, slots=True)
class _Kept:
    storage: str
    descriptor: Descriptor
    where: str


def find_signatures(
    place: Place, digest: str
) -> tuple[tuple[Signature, ...], tuple[SignatureError, ...]]:
    """The signatures beside `digest`, and why others there cannot be read.

    Raises RegistryError and ImageError for what cannot be listed.
    """
    found: list[Signature] = []
    troubles: list[SignatureError] = []
    for kept in _kept(place, digest):
        try:
            for item in _signatures(place, digest, kept):
                if len(found) == LIMITS.signatures:
                    raise SignatureError(f"{digest}: more than {LIMITS.signatures} signatures")
                found.append(item)
        except SignatureError as trouble:
            troubles.append(trouble)
        except ImageError as trouble:  # another content than its digest says
            troubles.append(SignatureError(f"{kept.where}: {trouble.message}", "", "replaced"))
    return tuple(found), tuple(troubles)


def tag_manifest(place: Place, digest: str) -> tuple[Descriptor, Manifest] | None:
    """The manifest behind cosign's tag for the signatures of `digest`; None without one."""
    found = _tagged(place, digest)
    if found is None:
        return None
    return found, _manifest(place, found)


# ── inside ───────────────────────────────────────────────────────────────────────────────────────


def _kept(place: Place, digest: str) -> Iterator[_Kept]:
    """What may hold signatures: the tag, then referrers."""
    tagged = _tagged(place, digest)
    if tagged is not None:
        yield _Kept("tag", tagged, f"{place.name}: tag {tag_of(digest, 'sig')}")
    for entry in _referrers(place, digest):
        where = f"{place.name}: referrer {entry.digest}"
        if entry.artifact_type == ARTIFACT_TYPE:
            yield _Kept("referrer", entry, where)
        elif entry.artifact_type.startswith(_BUNDLE) and _may_sign(entry.annotations):
            yield _Kept("bundle", entry, where)


def _may_sign(said: Mapping[str, str]) -> bool:
    """Whether a bundle may be a signature of the image: not where it tells another predicate."""
    return said.get(BUNDLE_PREDICATE, SIGN_PREDICATE) == SIGN_PREDICATE


def _tagged(place: Place, digest: str) -> Descriptor | None:
    tag = tag_of(digest, "sig")
    blobs = place.origin.blobs
    if isinstance(blobs, RegistryBlobs):
        try:
            return blobs.document(tag).descriptor
        except (AbsentError, DeniedError):  # who may pull is told of tags that are there
            return None
    return next((item.descriptor for item in _companions(place, digest) if item.tag == tag), None)


def _referrers(place: Place, digest: str) -> Iterator[Descriptor]:
    blobs = place.origin.blobs
    if not isinstance(blobs, RegistryBlobs):
        for item in _companions(place, digest):
            if not item.tag:
                yield item.descriptor
        return
    for listed in blobs.repository.referrers(digest)[: LIMITS.registry_referrers]:
        kind = listed.artifact_type
        if kind != ARTIFACT_TYPE and not kind.startswith(_BUNDLE):
            continue
        try:
            size = blobs.document(listed.digest).descriptor.size
        except AbsentError:
            continue  # removed, and its list not yet told
        yield replace(listed, size=size)


def _companions(place: Place, digest: str) -> Iterator[Companion]:
    """Those of a store, layout or archive, each manifest once."""
    found = {(item.descriptor.digest, item.tag): item for item in place.origin.companions(digest)}
    for item in found.values():
        if item.tag or item.descriptor.artifact_type:
            yield item
        elif item.descriptor.media_type in MANIFEST_TYPES:  # an index.json need not tell the type
            manifest = _manifest(place, item.descriptor)
            kind = manifest.artifact_type or manifest.config.media_type
            yield replace(item, descriptor=replace(item.descriptor, artifact_type=kind))


def _manifest(place: Place, entry: Descriptor) -> Manifest:
    blobs = place.origin.blobs
    data = read_blob(blobs, entry, LIMITS.manifest_bytes)
    return parse_manifest(data, f"{blobs.where}: manifest {entry.digest}")


def _signatures(place: Place, digest: str, kept: _Kept) -> Iterator[Signature]:
    manifest = _manifest(place, kept.descriptor)
    if kept.storage != "tag":
        about = manifest.subject.digest if manifest.subject else "nothing"
        if about != digest:
            raise SignatureError(
                f"{kept.where}: is about {about}, not {digest}", "", "other-subject"
            )
    plain = Signature(digest, kept.storage, kept.descriptor.digest, kept.where)
    for layer in manifest.layers:
        if kept.storage == "bundle":
            if layer.media_type.startswith(_BUNDLE):
                data = _read(place, layer, LIMITS.attestation_bytes)
                bundle = read_bundle(data, kept.where)
                if bundle.envelope is not None and is_sign_statement(bundle.envelope.payload):
                    yield replace(plain, bundle=bundle)
        elif layer.media_type == PAYLOAD_TYPE:
            data = _read(place, layer, LIMITS.signature_payload_bytes)
            yield replace(plain, payload=data, annotations=layer.annotations)


def _read(place: Place, layer: Descriptor, limit: int) -> bytes:
    try:
        return read_blob(place.origin.blobs, layer, limit)
    except AbsentError as trouble:
        raise SignatureError(f"{layer.digest}: {trouble.message}", "", "replaced") from trouble
    except Error as trouble:
        raise SignatureError(trouble.message, trouble.hint, "replaced") from trouble
