"""The parts of Red Hat's CSAF VEX documents that matching needs (CSAF 2.0, section 3.2).

The collector does not track them: a document is a tree, and there are ten thousands in one.
"""

from __future__ import annotations

import msgspec

__all__ = ["Document", "Vulnerability", "decode"]


class _Helper(msgspec.Struct, gc=False):
    cpe: str = ""
    purl: str = ""


class _Product(msgspec.Struct, gc=False):
    product_id: str
    product_identification_helper: _Helper | None = None


class _Branch(msgspec.Struct, gc=False):
    branches: list[_Branch] = []
    product: _Product | None = None


class _FullName(msgspec.Struct, gc=False):
    product_id: str


class _Relationship(msgspec.Struct, gc=False):
    full_product_name: _FullName
    product_reference: str
    relates_to_product_reference: str


class _Tree(msgspec.Struct, gc=False):
    branches: list[_Branch] = []
    relationships: list[_Relationship] = []


class _Severity(msgspec.Struct, gc=False):
    text: str = ""


class _Tracking(msgspec.Struct, gc=False):
    id: str
    status: str = ""
    current_release_date: str = ""


class _Head(msgspec.Struct, gc=False):
    tracking: _Tracking
    title: str = ""
    aggregate_severity: _Severity | None = None


class _Cwe(msgspec.Struct, gc=False):
    id: str = ""


class _Vector(msgspec.Struct, gc=False):
    vectorString: str = ""  # noqa: N815 - the name in the document


class _Score(msgspec.Struct, gc=False):
    cvss_v2: _Vector | None = None
    cvss_v3: _Vector | None = None
    cvss_v4: _Vector | None = None


class _Threat(msgspec.Struct, gc=False):
    category: str = ""
    details: str = ""
    product_ids: list[str] = []


class _Remediation(msgspec.Struct, gc=False):
    category: str = ""
    details: str = ""
    url: str = ""
    product_ids: list[str] = []


class Vulnerability(msgspec.Struct, gc=False):
    """One vulnerability: `product_status` has lists of product ids by status."""

    cve: str = ""
    product_status: dict[str, list[str]] = {}
    remediations: list[_Remediation] = []
    threats: list[_Threat] = []
    scores: list[_Score] = []
    cwe: _Cwe | None = None
    release_date: str = ""


class Document(msgspec.Struct, gc=False):
    """One document: what products there are, and what is known of each."""

    document: _Head
    product_tree: _Tree = msgspec.field(default_factory=_Tree)
    vulnerabilities: list[Vulnerability] = []


decode = msgspec.json.Decoder(Document).decode
"""A document; ValueError (msgspec's errors are such) for anything else."""
