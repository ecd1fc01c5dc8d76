"""Which attachments are VEX documents, told from outside; this imports nothing."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ironhull.model import Attachment

__all__ = ["is_bom", "kind_of"]

_PREDICATES = (
    "https://openvex.dev/ns",
    "https://cyclonedx.org/vex",
    "https://docs.oasis-open.org/csaf/",
)
_BOM = "https://cyclonedx.org/bom"
_STATEMENTS = ("in-toto", "dsse", "sigstore.bundle")


def kind_of(attachment: Attachment) -> str:
    """Whether it is a VEX document: "yes", "no", or "maybe" where it does not tell.

    By the predicate type of in-toto statements, else by the media type of an artifact.
    """
    if attachment.predicate_type:
        return "yes" if attachment.predicate_type.startswith(_PREDICATES) else "no"
    kind = attachment.media_type.lower()
    if any(word in kind for word in ("vex", "csaf")):
        return "yes"
    return "maybe" if any(word in kind for word in _STATEMENTS) else "no"


def is_bom(attachment: Attachment) -> bool:
    """Whether it is an SBOM in CycloneDX."""
    return attachment.predicate_type.startswith(_BOM)
