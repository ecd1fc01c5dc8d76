"""SBOM attestations: an SPDX document as a predicate (in-toto, spec/predicates/spdx.md)."""

from __future__ import annotations

from typing import Any

from ironhull.errors import FormatError
from ironhull.predicates._shape import count, items, mapping, missing, parsed, text

__all__ = ["PREDICATE_TYPE", "check_spdx", "spdx_predicate", "sum_up_spdx"]

PREDICATE_TYPE = "https://spdx.dev/Document"


def spdx_predicate(document: bytes) -> dict[str, Any]:
    """The predicate of an SPDX 2 JSON document; raises FormatError for anything else."""
    found = parsed(document, "the SBOM is not SPDX", "give an SPDX JSON document")
    if not isinstance(found, dict) or not text(found.get("spdxVersion")).startswith("SPDX-2"):
        raise FormatError("the SBOM is not an SPDX 2 document", "write it with --format spdx")
    return found


def check_spdx(predicate: Any) -> list[str]:
    """What SPDX 2 (spdxVersion) and SPDX 3 (@graph) documents say of themselves."""
    if not isinstance(predicate, dict):
        return ["an SPDX document is an object"]
    if "@graph" in predicate:
        return [] if isinstance(predicate["@graph"], list) else ["@graph is not a list"]
    if not text(predicate.get("spdxVersion")).startswith("SPDX-"):
        return [f"spdxVersion is {predicate.get('spdxVersion')!r}"]
    return missing(predicate, ("SPDXID",))


def sum_up_spdx(predicate: Any) -> str:
    """How many packages of which version of the format."""
    found = mapping(predicate)
    if "@graph" in found:
        kinds = [mapping(item).get("type") for item in items(found["@graph"])]
        return f"SPDX 3, {count(kinds.count('software_Package'), 'package')}"
    version = text(found.get("spdxVersion")).removeprefix("SPDX-")
    return f"SPDX {version}, {count(len(items(found.get('packages'))), 'package')}"
