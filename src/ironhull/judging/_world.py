"""What the functions of the policy contract know: the scan's own answers, attestations, registries.

A function that has nothing to tell answers null; one that verifies says why it cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ironhull.errors import Error, ReferenceFault, SignatureError, TransportError
from ironhull.judging._evidence import Evidence
from ironhull.limits import LIMITS
from ironhull.oci.manifests import load_json
from ironhull.oci.names import Reference
from ironhull.policies._functions import World

if TYPE_CHECKING:
    from ironhull.attestations import Place
    from ironhull.config import Settings
    from ironhull.signing import Trust

__all__ = ["Outside", "world_of"]


def world_of(virtual: Mapping[str, dict[str, Any]], evidence: Evidence, outside: Outside) -> World:
    """The functions for one image; `virtual` are the documents `oci.referrer` gives by type."""

    def referrer(kind: str) -> Any:
        return virtual[kind] if kind in virtual else evidence.referrer(kind)

    def rows(purls: list[str]) -> Any:
        found = virtual.get("https://scout.docker.com/vulnerabilities/v0.1")
        if found is None:
            return None
        wanted = set(purls)
        return [row for row in found["statement"]["predicate"] if row["purl"] in wanted]

    def base_image() -> Any:
        found = virtual.get("https://scout.docker.com/provenance/v0.1")
        return found["statement"]["predicate"].get("base_image") if found else None

    return World(
        referrer=referrer,
        image_digest=outside.image_digest,
        index=outside.document,
        referrer_index=outside.referrer_index,
        referrer_by_digest=outside.referrer_by_digest,
        vulnerabilities=rows,
        base_image=base_image,
        verify_dsse=outside.verify_dsse,
        verify_image=outside.verify_image,
    )


class Outside:
    """Registries and keys, as far as the settings allow them; `asks` is told of each question."""

    def __init__(
        self,
        reference: str,
        evidence: Evidence,
        settings: Settings,
        now: str,
        asks: Callable[[], None] = lambda: None,
    ) -> None:
        self._asks = asks
        self._reference = reference
        self._evidence = evidence
        self._settings = settings
        self._now = now

    def image_digest(self, reference: str) -> str | None:
        """The digest a tag leads to now; None where its registry does not tell."""
        place = self._asked(reference)
        return place.origin.root.digest if place is not None else None

    def document(self, reference: str, digest: str) -> Any:
        """The index or manifest of that digest in the repository of `reference`."""
        place = self._asked(_at(reference, digest))
        if place is None:
            return None
        from ironhull.oci.blobs import read_blob

        try:
            data = read_blob(place.origin.blobs, place.origin.root, LIMITS.manifest_bytes)
            return load_json(data, reference, LIMITS.manifest_bytes)
        except Error:
            return None

    def referrer_index(self, reference: str, digest: str) -> Any:
        """The referrers of a digest as the index a registry gives."""
        from ironhull.attestations.finding import companions_of

        place = self._asked(_at(reference, digest))
        if place is None:
            return None
        try:
            found = [each.descriptor for each in companions_of(place, digest) if not each.tag]
        except Error:
            return None
        entries = [
            {
                "mediaType": each.media_type,
                "digest": each.digest,
                "size": each.size,
                "artifactType": each.artifact_type,
                "annotations": dict(each.annotations),
            }
            for each in found
        ]
        return {"schemaVersion": 2, "manifests": entries}

    def referrer_by_digest(self, reference: str, digest: str) -> Any:
        """The statement in the referrer of that digest."""
        from ironhull.attest import read_statement
        from ironhull.oci.referrers import attachments_of

        place = self._asked(_at(reference, digest))
        if place is None:
            return None
        try:
            held = next(iter(attachments_of(place.origin.blobs, [place.origin.root])))
            statement = read_statement(held.read())
        except (Error, StopIteration):
            return None
        subjects = [{"name": s.name, "digest": dict(s.digest)} for s in statement.subjects]
        found = {"predicateType": statement.predicate_type, "predicate": statement.predicate}
        return {"statement": {**found, "subject": subjects}, "image": _at(reference, digest)}

    def verify_image(self, reference: str, options: Mapping[str, Any]) -> dict[str, str]:
        """{} where the key of `options` signed what `reference` names by digest, else why not."""
        from ironhull.attesting import open_place
        from ironhull.signatures import verify_digest

        self._asks()
        digest = reference.partition("@")[2]
        try:
            if not digest:
                raise SignatureError(f"{reference}: names no digest, so a signature proves nothing")
            beside = self._evidence.holds(digest)
            place = open_place(self._reference if beside else reference, self._settings)
            verify_digest(place, digest, self._trust(options))
        except Error as trouble:
            return {"error": trouble.message}
        return {}

    def verify_dsse(self, envelope: Any, options: Mapping[str, Any]) -> dict[str, Any]:
        """{} where the key of `options` signed the envelope, else why not."""
        import json

        from ironhull.signing import verify_document

        data = envelope if isinstance(envelope, str) else json.dumps(envelope)
        try:
            verify_document(data.encode(), self._trust(options), "envelope")
        except Error as trouble:
            return {"error": trouble.message}
        return {}

    def _trust(self, options: Mapping[str, Any]) -> Trust:
        """The key that `key_ref` names: a file, or an address that is fetched."""
        from ironhull.signatures import read_key_file
        from ironhull.signing import Trust, read_public_keys

        self._asks()
        where = options.get("key_ref")
        if not isinstance(where, str) or not where:
            raise SignatureError("no key: the policy gives no key_ref")
        data = self._fetched(where) if "://" in where else read_key_file(where)
        return Trust(keys=read_public_keys(data, where), now=self._now)

    def _fetched(self, url: str) -> bytes:
        from ironhull.pipeline import transport

        if not url.startswith("https://"):
            raise SignatureError(f"{url}: a key is a file or comes over https")
        try:
            return transport(self._settings).get(url, max_bytes=LIMITS.key_bytes).data
        except TransportError as trouble:
            raise SignatureError(f"the key {url} cannot be fetched: {trouble.message}") from None

    def _asked(self, reference: str) -> Place | None:
        """A reference in its registry; None where that does not tell."""
        from ironhull.attesting import open_place

        self._asks()
        if self._settings.offline:
            return None
        try:
            return open_place(f"registry://{reference}", self._settings)
        except Error:
            return None


def _at(reference: str, digest: str) -> str:
    try:
        found = Reference.parse(reference)
    except ReferenceFault:
        return f"{reference}@{digest}"
    return Reference(found.registry, found.repository, digest=digest).canonical
