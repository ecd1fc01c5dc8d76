"""In-toto statements about images: made, wrapped, read again.

(in-toto/attestation, spec/v1/statement.md; BuildKit, docs/attestations.) A statement in an image's
index is covered by the image's digest; others may be in an envelope that a key signed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ironhull.errors import FormatError
from ironhull.limits import LIMITS
from ironhull.model import Build, Image, Platform
from ironhull.oci.manifests import canonical_json
from ironhull.oci.names import Reference
from ironhull.oci.purl import image_purl
from ironhull.predicates import predicate_row, sboms, slsa, spdx
from ironhull.predicates._shape import parsed
from ironhull.values import dataclass

if TYPE_CHECKING:
    from ironhull.signing import Opened, Trust

__all__ = [
    "PAYLOAD_TYPE",
    "STATEMENT_TYPE",
    "Statement",
    "StatementSubject",
    "cyclonedx_statement",
    "make_statement",
    "open_statement",
    "provenance_statement",
    "read_statement",
    "sbom_statement",
    "subjects_for",
    "subjects_of",
    "sum_up",
    "wrong_with",
]

PAYLOAD_TYPE = "application/vnd.in-toto+json"
"""What a statement is in a DSSE envelope (in-toto/attestation, spec/v1/envelope.md)."""

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
_READ_TYPES = frozenset({STATEMENT_TYPE, "https://in-toto.io/Statement/v0.1"})


@dataclass(frozen=True, slots=True)
class StatementSubject:
    """What a statement is about: a name and digests by algorithm ("sha256": hex)."""

    name: str
    digest: Mapping[str, str]


class Statement(NamedTuple):
    """A statement read: the predicate's type, what it is about, the predicate itself.

    A predicate is an object by the specification; Docker's secrets and vulnerabilities are lists.
    """

    predicate_type: str
    subjects: tuple[StatementSubject, ...]
    predicate: Any

    def is_about(self, digests: Collection[str]) -> bool:
        """Whether one of `digests` ("sha256:…") is a subject."""
        said = {f"{name}:{value}" for s in self.subjects for name, value in s.digest.items()}
        return not said.isdisjoint(digests)


# ── made ─────────────────────────────────────────────────────────────────────────────────────────


def subjects_of(image: Image, names: Sequence[str] = ()) -> tuple[StatementSubject, ...]:
    """The image under each of `names`, as `pkg:docker/<name>@<tag>?platform=…`; "_" without any."""
    return subjects_for(image.digest, image.platform, names)


def subjects_for(
    digest: str, platform: Platform | None, names: Sequence[str] = ()
) -> tuple[StatementSubject, ...]:
    """As `subjects_of`, for a manifest, or an index (no `platform`), that is known by digest."""
    algorithm, _, value = digest.partition(":")
    purls = {image_purl(Reference.parse(name), platform) for name in names}
    return tuple(StatementSubject(purl, {algorithm: value}) for purl in sorted(purls) or ["_"])


def make_statement(
    subjects: Sequence[StatementSubject], predicate_type: str, predicate: Any
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


def cyclonedx_statement(image: Image, names: Sequence[str], document: bytes) -> tuple[str, bytes]:
    """(predicate type, statement) that `document` (CycloneDX JSON) lists what `image` holds.

    Raises FormatError where it is no CycloneDX document.
    """
    predicate = sboms.cyclonedx_predicate(document)
    kind = sboms.cyclonedx_type(predicate)
    return kind, make_statement(subjects_of(image, names), kind, predicate)


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
    found = parsed(data, "not an in-toto statement", "")
    if not isinstance(found, dict) or str(found.get("_type")) not in _READ_TYPES:
        raise FormatError("not an in-toto statement: _type is not one we know")
    kind, predicate = found.get("predicateType"), found.get("predicate")
    if not isinstance(kind, str) or not kind or not isinstance(predicate, dict | list):
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


def open_statement(
    data: bytes,
    trust: Trust | None = None,
    where: str = "attestation",
    annotations: Mapping[str, str] | None = None,
) -> tuple[Statement, Opened]:
    """The statement in `data`, out of its envelope or bundle, and what is known of its signature.

    That it is "verified" is for `Opened.state` to say: a bare statement has no signature of its
    own. `annotations` are those of the layer it came from, where cosign keeps certificates. Raises
    FormatError where it is none, SignatureError where `trust` names somebody and the signature of
    an envelope does not hold.
    """
    from ironhull.signing import open_document

    opened = open_document(data, trust, where, annotations)
    if opened.payload_type not in ("", PAYLOAD_TYPE):
        raise FormatError(f"{where}: the envelope holds {opened.payload_type!r}, no statement")
    try:
        return read_statement(opened.payload), opened
    except FormatError as trouble:
        raise FormatError(f"{where}: {trouble.message}", trouble.hint) from None


def wrong_with(statement: Statement) -> list[str]:
    """What is wrong with the predicate of a known type, a line each; nothing of an unknown one."""
    row = predicate_row(statement.predicate_type)
    return row.check(statement.predicate) if row is not None and row.check is not None else []


def sum_up(statement: Statement) -> str:
    """What the predicate says in a few words, "" where its type is not known."""
    row = predicate_row(statement.predicate_type)
    return row.sum_up(statement.predicate) if row is not None and row.sum_up is not None else ""
