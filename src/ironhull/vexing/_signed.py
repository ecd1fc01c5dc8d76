"""Signatures beside a bare attestation: of the manifest that holds it, as Docker signs its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ironhull.errors import Error, SignatureError
from ironhull.model import Attachment, Image
from ironhull.values import dataclass

if TYPE_CHECKING:
    from ironhull.config import Settings
    from ironhull.signing._nouns import Trust

__all__ = ["Beside", "signed_beside", "where_signed"]

_MARKS = (b'"payloadType"', b"vnd.dev.sigstore.bundle")


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known of a signature: its state, whose it is, why it is not to be believed."""

    state: str = "unsigned"
    signer: str = ""
    trouble: str = ""


def signed_beside(
    reference: str,
    attachment: Attachment,
    data: bytes,
    trust: Trust,
    settings: Settings,
    index: str,
) -> Beside:
    """Whether the manifest that holds `data` is signed, or the index (its digest) it is a part of.

    `reference` is where both are. A document in an envelope has its own signature and is not looked
    up. No signature is no reason to disbelieve; one that does not hold is.
    """
    if any(mark in data for mark in _MARKS) or not reference:
        return Beside()
    signed = [attachment.manifest]
    if attachment.storage == "index":
        signed.append(index)
    from ironhull.attesting import open_place
    from ironhull.signatures import verify_digest

    found = Beside()
    try:
        place = open_place(reference, settings)
        for digest in filter(None, signed):
            try:
                return Beside("verified", verify_digest(place, digest, trust).signatures[0].signer)
            except SignatureError as trouble:
                if trouble.reason != "unsigned":
                    found = Beside("unchecked", "", trouble.message)
    except Error as trouble:
        return Beside("unsigned", "", f"its signature cannot be looked for: {trouble.message}")
    return found


def where_signed(image: Image, reference: str) -> str:
    """What the place of `image` is opened by; "" where it is none that keeps signatures.

    `reference` is how the user named it, "" for an image that was found.
    """
    if image.origin == "registry":
        return f"registry://{image.name}"
    if image.origin == "store":
        return f"local://{image.index_digest or image.digest}"
    return reference if reference.startswith("oci-dir://") else ""
