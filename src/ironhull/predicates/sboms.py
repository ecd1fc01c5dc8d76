"""SBOM predicates: CycloneDX (in-toto, spec/predicates/cyclonedx.md), Docker Scout's."""

from __future__ import annotations

from typing import Any

from ironhull.errors import FormatError
from ironhull.predicates._shape import count, items, mapping, missing, parsed, text

__all__ = [
    "CYCLONEDX_FAMILY",
    "check_cyclonedx",
    "check_scout_sbom",
    "cyclonedx_predicate",
    "cyclonedx_type",
    "sum_up_cyclonedx",
    "sum_up_scout_sbom",
]

CYCLONEDX_FAMILY = "https://cyclonedx.org/bom"


def cyclonedx_predicate(document: bytes) -> dict[str, Any]:
    """The predicate of a CycloneDX JSON document; raises FormatError for anything else."""
    found = parsed(document, "the SBOM", "give a CycloneDX JSON document")
    if wrong := check_cyclonedx(found):
        raise FormatError(
            f"not a CycloneDX document: {wrong[0]}", "write it with --format cyclonedx"
        )
    assert isinstance(found, dict)
    return found


def cyclonedx_type(predicate: Any) -> str:
    """The predicate type of a CycloneDX document: with the version of the format, as the
    specification of the predicate has it."""
    version = text(mapping(predicate).get("specVersion"))
    return f"{CYCLONEDX_FAMILY}/v{version}" if version else CYCLONEDX_FAMILY


def check_cyclonedx(predicate: Any) -> list[str]:
    """What every CycloneDX JSON document says of itself (specification, "bomFormat")."""
    if not isinstance(predicate, dict):
        return ["a CycloneDX document is an object"]
    if predicate.get("bomFormat") != "CycloneDX":
        return [f"bomFormat is {predicate.get('bomFormat')!r}, not 'CycloneDX'"]
    return missing(predicate, ("specVersion",))


def sum_up_cyclonedx(predicate: Any) -> str:
    """How many components of which version of the format."""
    found = mapping(predicate)
    version = text(found.get("specVersion"))
    return f"CycloneDX {version}, {count(len(items(found.get('components'))), 'component')}"


def check_scout_sbom(predicate: Any) -> list[str]:
    """Docker Scout's SBOM: `artifacts` and `source`."""
    return missing(predicate, ("artifacts",), list) + missing(predicate, ("source",), dict)


def sum_up_scout_sbom(predicate: Any) -> str:
    """How many artifacts."""
    return count(len(items(mapping(predicate).get("artifacts"))), "package")
