"""What lint says of documents, rule by rule."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.limits import LIMITS
from ironhull.statements import read_vex
from ironhull.statements.linting import LEVELS, Checked, lint_vex
from ironhull.values import replace
from tests.statements.test_csaf import document as csaf
from tests.statements.test_csaf import row as csaf_row
from tests.statements.test_cyclonedx import document as cyclonedx
from tests.statements.test_openvex import ROW, document, rows_of_any_shape

NOW = "2024-06-01T00:00:00Z"


def lint(*rows: object, **head: object) -> Checked:
    (found,) = lint_vex(document(*rows, **head), "x", now=NOW)
    return found


def rules(*rows: object, **head: object) -> list[tuple[str, str, str]]:
    return [(f.level, f.place, f.rule) for f in lint(*rows, **head).findings]


def row(**change: object) -> dict[str, Any]:
    return {**ROW, **change}


def product(**said: object) -> dict[str, Any]:
    return row(products=[{"@id": "pkg:npm/a@1", **said}])


def test_a_good_document() -> None:
    assert lint(ROW) == Checked("x", "openvex", 1, ())


@pytest.mark.parametrize(
    ("head", "found"),
    [
        ({"@id": None}, ("note", "@id", "document-id")),
        ({"@id": "my document"}, ("warning", "@id", "iri")),
        ({"author": None}, ("warning", "author", "author")),
        ({"author": 5}, ("error", "author", "field-type")),
        ({"version": None}, ("warning", "version", "version")),
        ({"version": 0}, ("warning", "version", "version")),
        ({"version": "1"}, ("error", "version", "field-type")),
        ({"supplier": "x"}, ("warning", "supplier", "unknown-field")),
        ({"@context": "https://openvex.dev/ns"}, ("warning", "@context", "context")),
        ({"@context": "https://openvex.dev/ns/v1.0"}, ("warning", "@context", "context")),
        ({"last_updated": "2020-01-01T00:00:00Z"}, ("error", "last_updated", "timestamp-order")),
        ({"last_updated": "soon"}, ("error", "last_updated", "timestamp")),
        ({"timestamp": "soon"}, ("error", "timestamp", "timestamp")),
        ({"statements": []}, ("error", "statements", "no-statements")),
    ],
)
def test_heads(head: dict[str, object], found: tuple[str, str, str]) -> None:
    assert found in rules(*() if "statements" in head else (ROW,), **head)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (row(status="x"), ("error", "statement 1", "status")),
        (row(status="not_affected"), ("error", "statement 1", "justification")),
        (row(status="affected"), ("warning", "statement 1", "action-statement")),
        (row(impact_statement="x"), ("warning", "statement 1", "irrelevant-field")),
        (row(action_statement="x"), ("warning", "statement 1", "irrelevant-field")),
        (
            row(action_statement_timestamp="2024-01-01T00:00:00Z"),
            ("warning", "statement 1", "irrelevant-field"),
        ),
        (row(version="1"), ("error", "statement 1, version", "field-type")),
        (row(subcomponents=[]), ("warning", "statement 1", "unknown-field")),
        (row(**{"@id": "041ad5cf"}), ("warning", "statement 1, @id", "iri")),
        (row(timestamp="2025-01-01T00:00:00Z"), ("warning", "statement 1", "future")),
        (
            row(last_updated="2020-01-01T00:00:00Z"),
            ("error", "statement 1, last_updated", "timestamp-order"),
        ),
        (
            row(vulnerability={"name": "C", "aliases": ["a", "a"]}),
            ("note", "statement 1, vulnerability", "aliases"),
        ),
        (
            row(vulnerability={"name": "C", "aliases": [""]}),
            ("warning", "statement 1, vulnerability", "aliases"),
        ),
        (
            row(vulnerability={"name": "C", "cvss": 3}),
            ("warning", "statement 1, vulnerability", "unknown-field"),
        ),
        (product(name="a"), ("warning", "statement 1, product 1", "unknown-field")),
        (product(hashes={"sha256": "ab"}), ("warning", "statement 1, product 1", "hash-name")),
        (product(hashes={"sha-256": "ab"}), ("error", "statement 1, product 1", "hash")),
        (
            product(identifiers={"swid": "x"}),
            ("warning", "statement 1, product 1", "identifier-name"),
        ),
        (
            product(identifiers={"cpe23": "cpe:/a"}),
            ("error", "statement 1, product 1", "identifier"),
        ),
        (
            product(subcomponents=[{"@id": "pkg:npm/b", "subcomponents": []}]),
            ("warning", "statement 1, product 1, subcomponent 1", "unknown-field"),
        ),
        (row(products=[{"@id": "pkg:NPM/a"}]), ("warning", "statement 1", "purl-form")),
        (row(products=[{"@id": "pkg:npm/a?b"}]), None),
        (row(products=[{"@id": "pkg:npm/a?!=b"}]), ("error", "statement 1", "purl")),
        (
            row(products=[{"@id": "pkg:deb/debian/a@1?arch=amd64"}]),
            ("note", "statement 1", "qualifiers"),
        ),
        (row(products=[{"@id": "pkg:docker/app@1"}]), ("note", "statement 1", "portable")),
        (row(products=[{"@id": "pkg:oci/app"}]), ("note", "statement 1", "repository-url")),
        (row(products=[{"@id": "https://x"}]), ("note", "statement 1", "no-purl")),
    ],
)
def test_statements(said: dict[str, Any], found: tuple[str, str, str] | None) -> None:
    told = rules(said)
    assert found in told if found else told == []


def test_statements_of_one_time_about_one_product() -> None:
    other = row(status="under_investigation")
    assert rules(ROW, other) == [("error", "statement 2", "contradiction")]
    assert rules(ROW, ROW) == [("warning", "statement 2", "repeated")]
    assert rules(ROW, {**other, "timestamp": "2024-02-01T00:00:00Z"}) == []


def test_identifiers_of_statements_are_their_own() -> None:
    twice = row(**{"@id": "x:1"}, timestamp="2024-02-01T00:00:00Z")
    assert ("error", "statement 2", "statement-id") in rules(row(**{"@id": "x:1"}), twice)


def test_what_is_no_vex() -> None:
    (found,) = lint_vex(b"{", "x")
    assert (found.format, found.statements) == ("", 0)
    assert [f.rule for f in found.findings] == ["not-vex"]


def test_other_formats_are_checked_as_they_are_read() -> None:
    (found,) = lint_vex(csaf(csaf_row({"known_not_affected": ["APP"]})), "x")
    assert (found.format, found.statements) == ("csaf", 0)
    assert [f.rule for f in found.findings] == ["justification"]
    (found,) = lint_vex(cyclonedx({"id": "CVE-1"}), "x")
    assert (found.format, [f.rule for f in found.findings]) == ("cyclonedx", ["analysis"])


def test_every_document_of_several() -> None:
    data = document(ROW) + b"\n" + json.dumps({"a": 1}).encode()
    assert [(one.document, one.format) for one in lint_vex(data, "x")] == [
        ("x:1", "openvex"),
        ("x:2", ""),
    ]


def test_more_findings_than_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = replace(LIMITS, vex_findings=3)
    monkeypatch.setattr("ironhull.statements.linting.LIMITS", limits)
    found = lint(*[row(status="x")] * 5)
    assert (len(found.findings), found.more) == (3, 2)


@given(st.lists(rows_of_any_shape, max_size=3))
def test_what_is_not_used_is_an_error(rows: list[Any]) -> None:
    found = lint(*rows)
    statements, _ = read_vex(document(*rows), "x")
    assert found.statements == len(statements)
    assert all(f.level in LEVELS for f in found.findings)
    if len(statements) < len(rows):
        assert any(f.level == "error" for f in found.findings)
