"""The predicate types users can name."""

import pytest

from ironhull.predicates import predicate_name


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("https://spdx.dev/Document", "sbom"),
        ("https://slsa.dev/provenance/v1", "provenance"),
        ("https://slsa.dev/provenance/v0.2", "provenance"),
        ("https://example.org/other", "https://example.org/other"),
    ],
)
def test_names(uri: str, name: str) -> None:
    assert predicate_name(uri) == name
