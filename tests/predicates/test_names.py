"""The predicate types users can name."""

import pytest

from ironhull.lazy import loaded
from ironhull.predicates import PREDICATES, predicate_name, predicate_row, predicate_types


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("https://spdx.dev/Document", "spdx"),
        ("https://spdx.dev/Document/v2.3", "spdx"),
        ("https://cyclonedx.org/bom", "cyclonedx"),
        ("https://cyclonedx.org/bom/v1.5", "cyclonedx"),
        ("https://slsa.dev/provenance/v1", "provenance"),
        ("https://slsa.dev/provenance/v0.2", "provenance"),
        ("https://openvex.dev/ns", "vex"),
        ("https://openvex.dev/ns/v0.2.0", "vex"),
        ("https://in-toto.io/attestation/vulns/v0.1", "vulns"),
        ("https://scout.docker.com/secrets/v0.1", "secrets"),
        ("https://example.org/other", "https://example.org/other"),
        ("https://spdx.dev/Documents", "https://spdx.dev/Documents"),
        ("https://cyclonedx.org/bomb", "https://cyclonedx.org/bomb"),
    ],
)
def test_names(uri: str, name: str) -> None:
    assert predicate_name(uri) == name


def test_every_name_and_uri_means_one_row() -> None:
    names = [name for row in PREDICATES for name in (row.name, *row.other_names)]
    assert len(names) == len(set(names))
    for row in PREDICATES:
        for text in (row.name, *row.other_names, row.uri, *row.also):
            assert predicate_row(text) is row
        assert [other.name for other in PREDICATES if other.covers(row.uri)] == [row.name]
    assert predicate_row("nothing") is None


def test_a_name_means_every_version_and_a_uri_itself_alone() -> None:
    assert predicate_types("https://cyclonedx.org/bom/v1.5", "cyclonedx")
    assert not predicate_types("https://cyclonedx.org/bom/v1.5", "https://cyclonedx.org/bom/v1.6")
    assert predicate_types("https://example.org/x", "https://example.org/x")
    assert not predicate_types("https://example.org/x", "spdx")


def test_the_functions_of_every_row_are_there_and_answer_anything() -> None:
    for row in PREDICATES:
        for value in (None, {}, [], "", 1, {"scanner": []}, [None], {"results": {"summary": 3}}):
            if row.check:
                assert all(isinstance(line, str) for line in loaded(row.check)(value))
            if row.sum_up:
                assert isinstance(loaded(row.sum_up)(value), str)
        if row.check:
            assert row.check("nonsense"), row.name
