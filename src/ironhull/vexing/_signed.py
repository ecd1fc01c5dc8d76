"""Signatures beside a bare attestation: of the manifest that holds it, as Docker signs its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ironhull.errors import Error, SignatureError
from ironhull.model import Attachment, Image

if TYPE_CHECKING:
    from ironhull.config import Settings
    from ironhull.signing._nouns import Trust

__all__ = ["signed_beside"]

_MARKS = (b'"payloadType"', b"vnd.dev.sigstore.bundle")


def signed_beside(
    image: Image, attachment: Attachment, data: bytes, trust: Trust, settings: Settings
) -> tuple[str, str, str]:
    """(state, signer, why it is not to be believed) of a signature of the manifest.

    A document in an envelope has its own signature and is not looked up. No signature is no reason
    to disbelieve; one that does not hold is.
    """
    reference = _reference(image)
    if any(mark in data for mark in _MARKS) or not reference:
        return "unsigned", "", ""
    from ironhull.attesting import open_place
    from ironhull.signatures import verify_digest

    try:
        place = open_place(reference, settings)
        found = verify_digest(place, attachment.manifest, trust)
    except SignatureError as trouble:
        if trouble.reason == "unsigned":
            return "unsigned", "", ""
        return "unchecked", "", trouble.message
    except Error as trouble:
        return "unsigned", "", f"its signature cannot be looked for: {trouble.message}"
    signer = found.signatures[0].signer if found.signatures else ""
    return ("verified", signer, "") if found.signatures else ("unsigned", "", "")


def _reference(image: Image) -> str:
    """What the place of `image` is opened by; "" where it is none that keeps signatures."""
    if image.origin == "registry":
        return f"registry://{image.name}"
    if image.origin == "store":
        return f"local://{image.index_digest or image.digest}"
    if image.origin == "oci-dir":
        return f"oci-dir://{image.name}"
    return ""
