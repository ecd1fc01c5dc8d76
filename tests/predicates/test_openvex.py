"""OpenVEX documents as predicates."""

import pytest

from ironhull.predicates.openvex import check_openvex, openvex_type, sum_up_openvex


@pytest.mark.parametrize(
    ("context", "kind"),
    [
        ("https://openvex.dev/ns/v0.2.0", "https://openvex.dev/ns/v0.2.0"),
        ("https://openvex.dev/ns", "https://openvex.dev/ns"),
        ("https://example.org", "https://openvex.dev/ns/v0.2.0"),
        (None, "https://openvex.dev/ns/v0.2.0"),
    ],
)
def test_the_type_is_the_context(context: object, kind: str) -> None:
    assert openvex_type({"@context": context}) == kind


def test_a_document_is_told_from_others() -> None:
    document = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "statements": [{"status": "not_affected"}, {"status": "not_affected"}, {"status": "fixed"}],
    }
    assert check_openvex(document) == []
    assert sum_up_openvex(document) == "3 statements (1 fixed, 2 not affected)"
    assert check_openvex({"@context": "https://openvex.dev/nsx"}) != []
    assert check_openvex({"@context": "https://openvex.dev/ns"}) == ["statements is missing"]
