"""Signatures beside a bare attestation: of the manifest that holds it, as Docker signs its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ironhull.errors import Error, SignatureError
from ironhull.model import Attachment, Image
from ironhull.values import dataclass

if TYPE_CHECKING:
    from ironhull.attestations import Place
    from ironhull.config import Settings
    from ironhull.signing._nouns import Trust

__all__ = ["Beside", "Signatures", "where_signed"]

_MARKS = (b'"payloadType"', b"vnd.dev.sigstore.bundle")


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known of a signature: its state, whose it is, why it is not to be believed."""

    state: str = "unsigned"
    signer: str = ""
    trouble: str = ""


class Signatures:
    """Signatures of manifests, looked for where they are kept; each once."""

    def __init__(self, trust: Trust, settings: Settings) -> None:
        self._trust = trust
        self._settings = settings
        self._places: dict[str, Place] = {}
        self._known: dict[tuple[str, str], Beside] = {}

    def beside(self, reference: str, attachment: Attachment, data: bytes, index: str) -> Beside:
        """Whether the manifest that holds `data` is signed, or the index (its digest) around it.

        `reference` is where both are. A document in an envelope has its own signature and is not
        looked up. No signature is no reason to disbelieve; one that does not hold is.
        """
        if any(mark in data for mark in _MARKS) or not reference:
            return Beside()
        signed = [attachment.manifest]
        if attachment.storage == "index":
            signed.append(index)
        found = [self._of(reference, digest) for digest in filter(None, signed)]
        sound = next((beside for beside in found if beside.signer), None)
        return sound or next((beside for beside in found if beside.trouble), Beside())

    def _of(self, reference: str, digest: str) -> Beside:
        """What is known of the signature of a manifest or index."""
        key = (reference, digest)
        if key not in self._known:
            self._known[key] = self._looked(reference, digest)
        return self._known[key]

    def _looked(self, reference: str, digest: str) -> Beside:
        from ironhull.attesting import open_place
        from ironhull.signatures import verify_digest

        try:
            if reference not in self._places:
                self._places[reference] = open_place(reference, self._settings)
            made = verify_digest(self._places[reference], digest, self._trust)
            return Beside("verified", made.signatures[0].signer)
        except SignatureError as trouble:
            if trouble.reason == "unsigned":
                return Beside()
            return Beside("unchecked", "", trouble.message)
        except Error as trouble:
            message = f"its signature cannot be looked for: {trouble.message}"
            return Beside("unsigned", "", message)


def where_signed(image: Image, reference: str) -> str:
    """What the place of `image` is opened by; "" where it is none that keeps signatures.

    `reference` is how the user named it, "" for an image that was found.
    """
    if image.origin == "registry":
        return f"registry://{image.name}"
    if image.origin == "store":
        return f"local://{image.index_digest or image.digest}"
    return reference if reference.startswith("oci-dir://") else ""
