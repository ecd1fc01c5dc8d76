"""Where a CycloneDX document says that statements of exploitability are."""

import json
from typing import Any

from ironhull.documents import read_document


def references(*rows: dict[str, Any], root: tuple[dict[str, Any], ...] = ()) -> tuple[str, ...]:
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"component": {"name": "a", "externalReferences": list(root)}},
        "externalReferences": list(rows),
    }
    return read_document(json.dumps(document).encode(), "bom").vex_references


def test_references_of_the_document_and_of_what_it_is_about() -> None:
    statement = {"type": "exploitability-statement", "url": "https://example.com/vex.json"}
    other = {"type": "exploitability-statement", "url": "https://example.com/other.json"}
    assert references(statement, {"type": "website", "url": "https://x"}, root=(other,)) == (
        "https://example.com/vex.json",
        "https://example.com/other.json",
    )
    assert references(statement, root=(statement,)) == ("https://example.com/vex.json",)


def test_references_without_a_url_are_none() -> None:
    assert references({"type": "exploitability-statement"}, {"type": 5, "url": "https://x"}) == ()
    assert references({"type": "exploitability-statement", "url": ["https://x"]}) == ()
