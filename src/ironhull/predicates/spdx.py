"""SBOM attestations: an SPDX document as a predicate (in-toto, spec/predicates/spdx.md)."""

from __future__ import annotations

import json
from typing import Any

from ironhull.errors import FormatError

__all__ = ["PREDICATE_TYPE", "spdx_predicate"]

PREDICATE_TYPE = "https://spdx.dev/Document"


def spdx_predicate(document: bytes) -> dict[str, Any]:
    """The predicate of an SPDX 2 JSON document; raises FormatError for anything else."""
    try:
        found = json.loads(document)
    except (ValueError, RecursionError) as trouble:
        raise FormatError(
            f"the SBOM is not JSON: {trouble}", "give an SPDX JSON document"
        ) from None
    if not isinstance(found, dict) or not str(found.get("spdxVersion", "")).startswith("SPDX-2"):
        raise FormatError("the SBOM is not an SPDX 2 document", "write it with --format spdx")
    return found
