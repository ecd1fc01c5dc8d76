"""What can be said about an image, one file per predicate type.

`attest` wraps a predicate in an in-toto statement; the store attaches it to the image.
"""

from __future__ import annotations

from ironhull.predicates.slsa import OLDER_TYPES as OLDER_PROVENANCE
from ironhull.predicates.slsa import PREDICATE_TYPE as PROVENANCE
from ironhull.predicates.spdx import PREDICATE_TYPE as SPDX
from ironhull.values import dataclass

__all__ = ["PREDICATES", "PredicateType", "predicate_name"]


@dataclass(frozen=True, slots=True)
class PredicateType:
    """A kind of attestation: what users call it, the URI we write, and those that mean the same."""

    name: str
    uri: str
    also: tuple[str, ...] = ()


PREDICATES = (
    PredicateType("sbom", SPDX),
    PredicateType("provenance", PROVENANCE, OLDER_PROVENANCE),
)


def predicate_name(uri: str) -> str:
    """What users call a predicate type ("sbom", "provenance"); the URI itself for others."""
    return next((row.name for row in PREDICATES if uri in (row.uri, *row.also)), uri)
