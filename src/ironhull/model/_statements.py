"""What somebody says of vulnerabilities in products: statements of exploitability (VEX)."""

from __future__ import annotations

from ironhull.values import dataclass

__all__ = [
    "SIGNATURE_STATES",
    "SUPPRESSING",
    "VEX_JUSTIFICATIONS",
    "VEX_STATUSES",
    "Component",
    "Statement",
    "VexUse",
    "signature_words",
]

VEX_STATUSES = ("not_affected", "affected", "fixed", "under_investigation")
"""OpenVEX 0.2.0, "Status Labels"."""

SUPPRESSING = ("not_affected", "fixed")
"""The statuses under which a product needs nothing done."""

VEX_JUSTIFICATIONS = (
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
)
"""OpenVEX 0.2.0, "Status Justifications"; of other formats, the one that means the same."""

SIGNATURE_STATES = ("unsigned", "unchecked", "verified")
"""No signature was found; there is one that nobody gave a key for; a trusted key made one."""


def signature_words(signature: str, signer: str = "") -> str:
    """`unsigned`, `signed, not verified` or `signature verified (who signed)`."""
    words = {"unchecked": "signed, not verified", "verified": "signature verified"}
    return f"{words.get(signature, signature)}{f' ({signer})' if signer else ''}"


@dataclass(frozen=True, slots=True)
class Component:
    """A product or a part of one, by everything that identifies it.

    `ids` are identifiers as written, package URLs first (purl, CPE, IRI, image reference),
    `hashes` are (algorithm in lower case without a dash, hex), `parts` the subcomponents of a
    product: none means the whole of it.
    """

    ids: tuple[str, ...] = ()
    hashes: tuple[tuple[str, str], ...] = ()
    parts: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """One VEX statement: the `status` of a vulnerability in products.

    `issued` is the effective time (statement, document, enclosing attestation, in this order; RFC
    3339 in UTC, "" where none is known). `document` says where it was read (file, URL or digest,
    and inside it the document's identifier), `number` counts from 1 in it, `author` is the
    document's, `origin` how it came here ("file", "repository", "attestation", "image", "base"),
    `signature` one of SIGNATURE_STATES and `signer` the key or identity that a signature was
    verified with. `base` is the digest of the base image a statement of "base" is about: it holds
    for packages of its layers only.
    """

    vulnerability: str
    status: str
    products: tuple[Component, ...]
    aliases: tuple[str, ...] = ()
    justification: str = ""
    impact_statement: str = ""
    action_statement: str = ""
    status_notes: str = ""
    issued: str = ""
    author: str = ""
    supplier: str = ""
    document: str = ""
    number: int = 0
    format: str = "openvex"
    origin: str = "file"
    signature: str = "unsigned"
    signer: str = ""
    base: str = ""

    def __post_init__(self) -> None:
        if not self.vulnerability or self.status not in VEX_STATUSES:
            raise ValueError(f"a statement of {self.vulnerability!r} with status {self.status!r}")
        if self.signature not in SIGNATURE_STATES:
            raise ValueError(f"signature {self.signature!r}")

    @property
    def place(self) -> str:
        """The document and the number in it: `a.json #2`."""
        return f"{self.document}{f' #{self.number}' if self.number else ''}".strip()

    @property
    def signed(self) -> str:
        """What is known of the signature, in words (`signature_words`)."""
        return signature_words(self.signature, self.signer)


@dataclass(frozen=True, slots=True)
class VexUse:
    """What became of one VEX document in a report.

    `where`, `origin`, `format`, `author`, `signature` and `signer` are those of its statements (see
    Statement). It holds `statements`; `about` of these name a vulnerability that was found, of
    which `refused` are not believed (`why`: by which rule) and `applied` decide about a finding.
    `hidden` findings are not affected or repaired by it.
    """

    where: str
    origin: str = "file"
    format: str = "openvex"
    author: str = ""
    signature: str = "unsigned"
    signer: str = ""
    statements: int = 0
    about: int = 0
    refused: int = 0
    applied: int = 0
    hidden: int = 0
    why: str = ""
