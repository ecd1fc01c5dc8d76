"""In-toto statements about images: made, attached, read again.

(in-toto/attestation, spec/v1/statement.md; BuildKit, docs/attestations.) Statements are not signed
here; the digest of the image they are stored with covers them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ironhull.errors import FormatError
from ironhull.limits import LIMITS
from ironhull.model import Build, Image
from ironhull.oci.manifests import canonical_json
from ironhull.oci.names import Reference
from ironhull.oci.purl import image_purl
from ironhull.predicates import slsa, spdx
from ironhull.values import dataclass

__all__ = [
    "STATEMENT_TYPE",
    "Statement",
    "StatementSubject",
    "make_statement",
    "provenance_statement",
    "read_statement",
    "sbom_statement",
    "subjects_of",
]

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
_READ_TYPES = frozenset({STATEMENT_TYPE, "https://in-toto.io/Statement/v0.1"})


@dataclass(frozen=True, slots=True)
class StatementSubject:
    """What a statement is about: a name and digests by algorithm ("sha256": hex)."""

    name: str
    digest: Mapping[str, str]


class Statement(NamedTuple):
    """A statement read: the predicate's type, what it is about, the predicate itself."""

    predicate_type: str
    subjects: tuple[StatementSubject, ...]
    predicate: Mapping[str, Any]


# ── made ─────────────────────────────────────────────────────────────────────────────────────────


def subjects_of(image: Image, names: Sequence[str] = ()) -> tuple[StatementSubject, ...]:
    """The image under each of `names`, as `pkg:docker/<name>@<tag>?platform=…`; "_" without any."""
    algorithm, _, value = image.digest.partition(":")
    purls = [image_purl(Reference.parse(name), image.platform) for name in names]
    return tuple(StatementSubject(purl, {algorithm: value}) for purl in sorted(purls) or ["_"])


def make_statement(
    subjects: Sequence[StatementSubject], predicate_type: str, predicate: Mapping[str, Any]
) -> bytes:
    """The bytes of a statement; equal arguments give equal bytes."""
    return canonical_json(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": s.name, "digest": dict(s.digest)} for s in subjects],
            "predicateType": predicate_type,
            "predicate": predicate,
        }
    )


def sbom_statement(image: Image, names: Sequence[str], document: bytes) -> tuple[str, bytes]:
    """(predicate type, statement) that `document` (SPDX JSON) lists what `image` holds.

    Raises FormatError where it is no SPDX document.
    """
    made = make_statement(
        subjects_of(image, names), spdx.PREDICATE_TYPE, spdx.spdx_predicate(document)
    )
    return spdx.PREDICATE_TYPE, made


def provenance_statement(
    build: Build, names: Sequence[str], *, mode: str = "max", reproducible: bool = True
) -> tuple[str, bytes]:
    """(predicate type, statement) of how `build` was made; arguments as `slsa_provenance`."""
    predicate = slsa.slsa_provenance(build, mode=mode, reproducible=reproducible)
    made = make_statement(subjects_of(build.image, names), slsa.PREDICATE_TYPE, predicate)
    return slsa.PREDICATE_TYPE, made


# ── read ─────────────────────────────────────────────────────────────────────────────────────────


def read_statement(data: bytes) -> Statement:
    """Read an in-toto statement (v1 or v0.1); raises FormatError."""
    if len(data) > LIMITS.attestation_bytes:
        raise FormatError(
            f"statement of {len(data)} bytes, more than the {LIMITS.attestation_bytes} allowed"
        )
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as trouble:
        reason = " ".join(str(trouble).split())
        raise FormatError(f"not an in-toto statement: not JSON: {reason}") from None
    if not isinstance(found, dict) or found.get("_type") not in _READ_TYPES:
        raise FormatError("not an in-toto statement: _type is not one we know")
    kind, predicate = found.get("predicateType"), found.get("predicate")
    if not isinstance(kind, str) or not kind or not isinstance(predicate, dict):
        raise FormatError("the in-toto statement has no predicateType or no predicate")
    subjects = found.get("subject")
    if not isinstance(subjects, list):
        raise FormatError("the in-toto statement names no subject")
    return Statement(kind, tuple(_subject(item) for item in subjects), predicate)


def _subject(item: object) -> StatementSubject:
    digest = item.get("digest") if isinstance(item, dict) else None
    if not isinstance(item, dict) or not isinstance(digest, dict):
        raise FormatError("the in-toto statement has a subject without digest")
    if not all(isinstance(value, str) for value in digest.values()):
        raise FormatError("the in-toto statement has a subject whose digest is not text")
    return StatementSubject(str(item.get("name", "")), digest)
