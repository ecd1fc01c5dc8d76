"""Adding statements to an image: as referrers, in its index, or under cosign's tag.

A referrer leaves the image's digest as it is; a statement in the index becomes part of it, so that
the index gets another digest (BuildKit, attestation-storage.md); cosign's tag `.att` is one
manifest that all envelopes about a digest share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ironhull.attestations import _encoding
from ironhull.attestations.places import Place, put, tag_of
from ironhull.errors import ImageError, ReferenceFault, UsageError
from ironhull.limits import LIMITS
from ironhull.model import Descriptor
from ironhull.oci.blobs import read_blob
from ironhull.oci.images import is_attestation
from ironhull.oci.manifests import (
    IN_TOTO,
    INDEX_TYPES,
    OCI_INDEX,
    OCI_MANIFEST,
    PREDICATE_TYPE,
    REFERENCE_DIGEST,
    descriptor_json,
    load_json,
    parse_descriptor,
    sha256_digest,
)
from ironhull.oci.referrers import predicate_in
from ironhull.registry import AbsentError, DeniedError
from ironhull.registry.blobs import RegistryBlobs
from ironhull.registry.repository import Document
from ironhull.values import dataclass, field

__all__ = ["DSSE", "STORAGES", "Attached", "NewStatement", "attach"]

STORAGES = ("referrer", "index", "tag")
DSSE = "application/vnd.dsse.envelope.v1+json"

_COSIGN_SIGNATURE = "dev.cosignproject.cosign/signature"
_COSIGN_PREDICATE = "predicateType"
_CREATED = "org.opencontainers.image.created"


@dataclass(frozen=True, slots=True)
class NewStatement:
    """A statement to attach; `media_type` says whether bare (IN_TOTO), in an envelope or a bundle.

    `subject` describes the manifest or index it is about. `created` (RFC 3339) becomes an
    annotation of a referrer; without it equal statements make equal referrers.
    """

    predicate_type: str
    data: bytes
    subject: Descriptor
    media_type: str = IN_TOTO
    created: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attached:
    """`manifests` hold the statements now; `digest` is the image's, `before` what it was."""

    manifests: tuple[Descriptor, ...]
    digest: str
    before: str


def attach(
    place: Place,
    statements: Sequence[NewStatement],
    *,
    storage: str = "referrer",
    replace: bool = False,
    artifact: bool = True,
) -> Attached:
    """Attach `statements` to the image at `place`; what is there already is not added twice.

    With `replace`, others of the same predicate types about the same manifests go (in the index and
    under the tag; referrers stay). Not as an `artifact`, a new manifest in the index has BuildKit's
    older form. Raises UsageError for what the storage cannot hold, ReferenceFault where nothing can
    be written, ImageError, RegistryError, StoreError.
    """
    for statement in statements:
        if len(statement.data) > LIMITS.attestation_bytes:
            raise ImageError(
                f"{place.name}: an attestation of {len(statement.data)} bytes,"
                f" more than the {LIMITS.attestation_bytes} allowed"
            )
    if place.writer is None:
        put(place, b"", (), about="")  # says what to do
    how: Mapping[str, Callable[[], Attached]] = {
        "referrer": lambda: _referrers(place, statements, replace=replace),
        "index": lambda: _in_index(place, statements, replace=replace, artifact=artifact),
        "tag": lambda: _tagged(place, statements, replace=replace),
    }
    return how[storage]()


# ── referrers ────────────────────────────────────────────────────────────────────────────────────


def _referrers(place: Place, statements: Sequence[NewStatement], *, replace: bool) -> Attached:
    if replace:
        raise UsageError(
            "a referrer replaces no other", "attach it in the index or under the tag, or add it"
        )
    made = []
    for statement in statements:
        said = {PREDICATE_TYPE: statement.predicate_type, **statement.annotations}
        layer = _layer(statement, said)
        if statement.created:
            said = {**said, _CREATED: statement.created}
        encoded = _encoding.referrer(statement.subject, statement.media_type, layer, said)
        about = statement.subject.digest
        made.append(put(place, encoded.manifest, (encoded.config, statement.data), about=about))
    digest = place.origin.root.digest
    return Attached(tuple(made), digest, digest)


def _layer(statement: NewStatement, annotations: Mapping[str, str]) -> Descriptor:
    data = statement.data
    return Descriptor(statement.media_type, sha256_digest(data), len(data), annotations)


# ── cosign's tag ─────────────────────────────────────────────────────────────────────────────────


def _tagged(place: Place, statements: Sequence[NewStatement], *, replace: bool) -> Attached:
    made = []
    for about, own in _by_subject(statements).items():
        for statement in own:
            if statement.media_type != DSSE:
                raise UsageError(
                    "under a tag of cosign's only signed envelopes are found",
                    "add --key KEY, or attach it as a referrer",
                )
        tag = tag_of(about, "att")
        there = _layers_at(place, about, tag)
        new = []
        for statement in own:
            said = {_COSIGN_SIGNATURE: "", _COSIGN_PREDICATE: statement.predicate_type}
            new.append(descriptor_json(_layer(statement, said | dict(statement.annotations))))
        encoded = _encoding.tagged(_joined(there, new, replace=replace))
        blobs = (encoded.config, *(statement.data for statement in own))
        made.append(put(place, encoded.manifest, blobs, about=about, tag=tag))
    digest = place.origin.root.digest
    return Attached(tuple(made), digest, digest)


def _layers_at(place: Place, about: str, tag: str) -> list[dict[str, Any]]:
    """The layers of the manifest that has the tag, as JSON; none where there is none."""
    blobs = place.origin.blobs
    if isinstance(blobs, RegistryBlobs):
        try:
            data = blobs.document(tag).data
        except (AbsentError, DeniedError):
            return []
        return _layers_of(data, f"{blobs.where}:{tag}")
    for item in place.origin.companions(about):
        if item.tag == tag:
            data = read_blob(blobs, item.descriptor, LIMITS.manifest_bytes)
            return _layers_of(data, f"{blobs.where}: {tag}")
    return []


def _layers_of(data: bytes, what: str) -> list[dict[str, Any]]:
    layers = load_json(data, what, LIMITS.manifest_bytes).get("layers")
    if not isinstance(layers, list):
        raise ImageError(f"{what}: layers is not a list")
    for layer in layers:
        parse_descriptor(layer, what)
    return layers


def _joined(
    there: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]], *, replace: bool
) -> list[Mapping[str, Any]]:
    """Layers with `new` ones at the end, each once."""
    kinds = {predicate_in(layer["annotations"]) for layer in new}
    digests = {layer["digest"] for layer in new}
    kept = [
        layer
        for layer in there
        if layer["digest"] not in digests
        and not (replace and predicate_in(layer.get("annotations") or {}) in kinds)
    ]
    return [*kept, *{layer["digest"]: layer for layer in new}.values()]


def _by_subject(statements: Sequence[NewStatement]) -> dict[str, list[NewStatement]]:
    found: dict[str, list[NewStatement]] = {}
    for statement in statements:
        found.setdefault(statement.subject.digest, []).append(statement)
    return found


# ── the index ────────────────────────────────────────────────────────────────────────────────────


def _in_index(
    place: Place, statements: Sequence[NewStatement], *, replace: bool, artifact: bool
) -> Attached:
    assert place.writer is not None
    root = place.origin.root
    document, entries = _index_of(place)
    made: list[_encoding.Encoded] = []
    for about, own in _by_subject(statements).items():
        if root.digest == about and root.media_type in INDEX_TYPES:
            raise UsageError(
                "an index holds no statements about itself",
                "attach it as a referrer, or choose a platform",
            )
        at, before = _child_of(place, entries, about)
        if at is None and all(entry.get("digest") != about for entry in entries):
            raise ReferenceFault(f"{place.name}: {about} is not in its index", "choose a platform")
        new = []
        for statement in own:
            if statement.media_type != IN_TOTO:
                raise UsageError(
                    "an index holds bare statements alone: its own digest is what is signed",
                    "sign the image instead, or attach it as a referrer",
                )
            new.append(
                descriptor_json(_layer(statement, {PREDICATE_TYPE: statement.predicate_type}))
            )
        older = before is not None and "artifactType" not in before
        layers = _joined(before["layers"] if before else (), new, replace=replace)
        encoded = _encoding.index_child(
            own[0].subject, layers, artifact=artifact if before is None else not older
        )
        made.append(encoded)
        entry = _encoding.index_entry(encoded, about)
        entries = [*entries, entry] if at is None else [*entries[:at], entry, *entries[at + 1 :]]
    data = _encoding.index(document, entries)
    after = Document(_described(data, OCI_INDEX), data)
    parts = tuple(Document(_described(e.manifest, OCI_MANIFEST), e.manifest) for e in made)
    if after.descriptor.digest != root.digest:
        blobs = [*(encoded.config for encoded in made), *(item.data for item in statements)]
        place.writer.rename(root, after, parts, blobs)
    return Attached(tuple(p.descriptor for p in parts), after.descriptor.digest, root.digest)


def _index_of(place: Place) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    """The index round the image and its entries; one for an image that has none."""
    root, blobs = place.origin.root, place.origin.blobs
    if root.media_type not in INDEX_TYPES:
        from ironhull.oci.images import find_images, read_image

        (found,) = find_images(blobs, [root])
        image = read_image(blobs, found, name=place.name, origin="")
        entry = Descriptor(root.media_type, root.digest, root.size, {}, image.platform)
        return {}, [descriptor_json(entry)]
    data = read_blob(blobs, root, LIMITS.manifest_bytes)
    document = load_json(data, f"{blobs.where}: index {root.digest}", LIMITS.manifest_bytes)
    return document, list(document.get("manifests") or [])


def _child_of(
    place: Place, entries: Sequence[Mapping[str, Any]], about: str
) -> tuple[int | None, Mapping[str, Any] | None]:
    """Where in the index the statements about `about` are, and their manifest."""
    blobs = place.origin.blobs
    for number, item in enumerate(entries):
        entry = parse_descriptor(item, f"{blobs.where}: index")
        if is_attestation(entry) and entry.annotations.get(REFERENCE_DIGEST) == about:
            data = read_blob(blobs, entry, LIMITS.manifest_bytes)
            what = f"{blobs.where}: manifest {entry.digest}"
            _layers_of(data, what)
            return number, load_json(data, what, LIMITS.manifest_bytes)
    return None, None


def _described(data: bytes, media_type: str) -> Descriptor:
    return Descriptor(media_type, sha256_digest(data), len(data))
