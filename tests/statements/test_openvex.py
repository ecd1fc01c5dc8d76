"""OpenVEX documents: what is used, what is refused and where that is said."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import FormatError
from ironhull.limits import LIMITS
from ironhull.model import VEX_JUSTIFICATIONS, VEX_STATUSES, Component, Problem, Statement
from ironhull.statements import read_documents, read_vex
from ironhull.values import replace

CONTEXT = "https://openvex.dev/ns/v0.2.0"
ROW: dict[str, Any] = {
    "vulnerability": {"name": "CVE-2024-1"},
    "products": [{"@id": "pkg:npm/left-pad@1.0.0"}],
    "status": "fixed",
}


def document(*rows: object, **head: object) -> bytes:
    """An OpenVEX document of `rows`; None in `head` leaves a field out."""
    said = {
        "@context": CONTEXT,
        "@id": "https://example.org/vex-1",
        "author": "Ann <ann@example.org>",
        "timestamp": "2024-01-31T10:00:00Z",
        "version": 1,
        "statements": list(rows),
        **head,
    }
    return json.dumps({key: value for key, value in said.items() if value is not None}).encode()


def read(*rows: object, **head: object) -> tuple[tuple[Statement, ...], tuple[Problem, ...]]:
    return read_vex(document(*rows, **head), "a.vex.json")


def refused(row: dict[str, Any]) -> Problem:
    """The one problem of a row that is not used, beside one that is."""
    statements, problems = read(row, ROW)
    assert [statement.number for statement in statements] == [2]
    (problem,) = problems
    return problem


def test_all_a_statement_says() -> None:
    row = {
        "@id": "https://example.org/s",
        "vulnerability": {
            "@id": "https://nvd.nist.gov/vuln/detail/CVE-2024-1",
            "name": "CVE-2024-1",
            "aliases": ["GHSA-1", "CVE-2024-1", "GHSA-1", "DSA-1"],
        },
        "timestamp": "2024-02-01T01:02:03.500+02:00",
        "products": [
            {
                "@id": "https://example.org/app",
                "identifiers": {"cpe23": "cpe:2.3:a:b:c", "purl": "pkg:oci/app"},
                "hashes": {"sha-256": "AB" * 32, "sha3-256": "cd" * 32},
                "subcomponents": [{"@id": "pkg:deb/debian/openssl@3"}, {"hashes": {"md5": "ab"}}],
            }
        ],
        "status": "not_affected",
        "supplier": "S",
        "status_notes": "N",
        "justification": "component_not_present",
        "impact_statement": "I",
    }
    statements, problems = read(row)
    assert problems == ()
    assert statements == (
        Statement(
            "CVE-2024-1",
            "not_affected",
            (
                Component(
                    ("pkg:oci/app", "https://example.org/app", "cpe:2.3:a:b:c"),
                    (("sha256", "ab" * 32), ("sha3256", "cd" * 32)),
                    (
                        Component(("pkg:deb/debian/openssl@3",)),
                        Component((), (("md5", "ab"),)),
                    ),
                ),
            ),
            aliases=("GHSA-1", "DSA-1", "https://nvd.nist.gov/vuln/detail/CVE-2024-1"),
            justification="component_not_present",
            impact_statement="I",
            status_notes="N",
            issued="2024-01-31T23:02:03.5Z",
            author="Ann <ann@example.org>",
            supplier="S",
            document="a.vex.json (https://example.org/vex-1)",
            number=1,
        ),
    )


def test_time_is_inherited_from_the_document_then_from_around_it() -> None:
    own = {**ROW, "timestamp": "2020-01-01T00:00:00Z"}
    statements, _ = read(own, ROW)
    assert [s.issued for s in statements] == ["2020-01-01T00:00:00Z", "2024-01-31T10:00:00Z"]
    data = document(own, ROW, timestamp=None)
    statements, problems = read_vex(data, "x", issued="2019-01-01T00:00:00Z")
    assert [s.issued for s in statements] == ["2020-01-01T00:00:00Z", "2019-01-01T00:00:00Z"]
    assert problems == ()
    statements, problems = read_vex(data, "x")
    assert [s.issued for s in statements] == ["2020-01-01T00:00:00Z", ""]
    assert "oldest" in problems[0].message


def test_products_are_inherited_only_where_there_are_none() -> None:
    image = Component((), (("sha256", "ab" * 32),))
    row = {key: ROW[key] for key in ROW if key != "products"}
    bad = {**ROW, "products": [{"@id": ""}]}
    for none in (row, {**row, "products": []}, {**row, "products": None}):
        statements, problems = read_vex(document(none), "x", subjects=(image,))
        assert [s.products for s in statements] == [(image,)]
        assert problems == ()
    statements, problems = read_vex(document(bad), "x", subjects=(image,))
    assert statements == ()
    assert "identify" in problems[0].message
    assert "no product" in refused(row).message


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"vulnerability": None}, "names no vulnerability"),
        ({"vulnerability": {"@id": "https://x"}}, "names no vulnerability"),
        ({"vulnerability": "CVE-1"}, "names no vulnerability"),
        ({"status": "not affected"}, "'not affected' is no status"),
        ({"status": None}, "None is no status"),
        ({"status": ["fixed"]}, "is no status"),
        ({"status": "not_affected"}, "neither justification nor impact_statement"),
        ({"status": "not_affected", "justification": "nope"}, "'nope' is no justification"),
        ({"status": "not_affected", "justification": ["x"]}, "is no justification"),
        (
            {"status": "not_affected", "justification": "x", "impact_statement": "y"},
            "is no justification",
        ),
        ({"products": "pkg:npm/a"}, "is no list"),
        ({"products": ["pkg:npm/a"]}, "is no object"),
        ({"products": [{"@id": "pkg:npm"}]}, "'pkg:npm' is no package URL"),
        ({"products": [{"hashes": {"sha-256": "xyz"}}]}, "is no hash"),
        ({"products": [{"@id": "pkg:npm/a", "subcomponents": [{}]}]}, "nothing to identify it"),
        ({"products": [{"@id": "pkg:npm/a", "subcomponents": {"@id": "pkg:b/c"}}]}, "is no list"),
        ({"products": [{"@id": "pkg:npm/a", "subcomponents": {}}]}, "is no list"),
        (
            {
                "products": [
                    {
                        "@id": "pkg:npm/a",
                        "subcomponents": [
                            {"@id": "pkg:npm/b", "subcomponents": [{"@id": "pkg:npm/c"}]}
                        ],
                    }
                ]
            },
            "a subcomponent has no subcomponents",
        ),
        ({"subcomponents": ["pkg:npm/b"]}, "is no object"),
    ],
)
def test_what_is_wrong_is_refused_and_named(change: dict[str, Any], said: str) -> None:
    statements, problems = read({**ROW, **change}, ROW)
    assert [statement.number for statement in statements] == [2]
    assert problems
    assert all(problem.where.startswith("a.vex.json: statement 1") for problem in problems)
    assert said in " ".join(problem.message for problem in problems)


def test_a_row_that_is_no_object() -> None:
    statements, problems = read("x", ROW, None)
    assert [statement.number for statement in statements] == [2]
    assert [problem.where for problem in problems] == [
        "a.vex.json: statement 1",
        "a.vex.json: statement 3",
    ]


def test_a_product_that_cannot_be_identified_does_not_take_the_others_with_it() -> None:
    row = {**ROW, "products": [{}, *ROW["products"]]}
    statements, problems = read(row)
    assert statements[0].products == (Component(("pkg:npm/left-pad@1.0.0",)),)
    assert problems[0].where == "a.vex.json: statement 1, product 1"


def test_a_product_never_grows_by_losing_its_parts() -> None:
    """Without parts it would be the whole product."""
    products = [{"@id": "pkg:oci/app", "subcomponents": [{"@id": "pkg:x"}, {"hashes": {"md5": 1}}]}]
    statements, problems = read({**ROW, "products": products})
    assert statements == ()
    assert len(problems) == 5
    assert problems[-1].message == "none of its subcomponents can be identified"


@pytest.mark.parametrize("status", ["affected", "under_investigation", "fixed"])
def test_what_needs_no_justification_is_used_and_said_to_be_doubtful(status: str) -> None:
    """Dropped it would let an older not_affected hold."""
    row = {**ROW, "status": status, "justification": "component_not_present"}
    statements, problems = read(row)
    assert [s.status for s in statements] == [status]
    assert "for not_affected alone" in problems[0].message


def test_affected_without_an_action_is_used() -> None:
    statements, problems = read({**ROW, "status": "affected"})
    assert [s.status for s in statements] == ["affected"]
    assert "no action_statement" in problems[0].message


@pytest.mark.parametrize("time", ["yesterday", "2024-02-30T00:00:00Z", "2024-01-01", 5])
def test_a_time_that_cannot_be_read_is_the_documents(time: object) -> None:
    statements, problems = read({**ROW, "timestamp": time})
    assert statements[0].issued == "2024-01-31T10:00:00Z"
    assert problems[0].where == "a.vex.json: statement 1"


def test_a_document_that_does_not_say_who_or_when() -> None:
    statements, problems = read(ROW, author=None, timestamp="soon", **{"@id": None})
    assert statements[0].author == ""
    assert statements[0].document == "a.vex.json"
    assert [problem.where for problem in problems] == [
        "a.vex.json: author",
        "a.vex.json: timestamp",
    ]


@pytest.mark.parametrize("rows", [None, [], {"0": ROW}, "x"])
def test_a_document_without_statements(rows: object) -> None:
    statements, problems = read_vex(document(statements=rows), "x")
    assert statements == ()
    assert problems[0].where == "x: statements"


def test_the_first_version_of_the_format() -> None:
    """0.0.1: names instead of objects, subcomponents of the whole statement."""
    row = {
        "vulnerability": "CVE-2023-1",
        "products": ["pkg:oci/a", {"@id": "pkg:oci/b"}],
        "subcomponents": ["pkg:apk/wolfi/git@2"],
        "status": "fixed",
    }
    for context in ("https://openvex.dev/ns", "https://openvex.dev/ns/v0.0.1"):
        statements, problems = read(row, **{"@context": context, "version": "1"})
        part = (Component(("pkg:apk/wolfi/git@2",)),)
        assert problems == ()
        assert statements[0].products == (
            Component(("pkg:oci/a",), parts=part),
            Component(("pkg:oci/b",), parts=part),
        )


def test_a_later_version_of_the_format_is_read_and_said() -> None:
    statements, problems = read(ROW, **{"@context": "https://openvex.dev/ns/v0.3.0"})
    assert len(statements) == 1
    assert "0.3.0" in problems[0].message
    assert read(ROW, **{"@context": ["https://x", CONTEXT]})[1] == ()


def test_a_package_url_need_not_be_encoded() -> None:
    name = "pkg:npm/@babel/traverse@7"
    assert read({**ROW, "products": [{"@id": name}]})[0][0].products[0].ids == (name,)


def test_a_large_document_is_read_as_a_small_one() -> None:
    """Statements of a large one stay text until they are read."""
    rows = [
        {**ROW, "vulnerability": {"name": f"CVE-{n}"}, "status_notes": "n" * 900, "@id": f"x:{n}"}
        for n in range(700)
    ]
    rows[3] = {**ROW, "status": "unknown"}
    rows[5] = {key: ROW[key] for key in ROW if key != "products"}
    few, wrong = read(*rows[:10])
    many, as_wrong = read(*rows)
    assert len(document(*rows)) > 1 << 19
    assert many[: len(few)] == few
    assert as_wrong == wrong
    assert len(many) == 698
    inherited, _ = read_vex(document(*rows), "x", subjects=(Component(("a",)),))
    assert len(inherited) == 699
    text = document(*rows).replace(b'"CVE-9"', b'"CVE-9\xff"')
    spoilt, problems = read_vex(text, "a.vex.json")
    assert len(spoilt) == 697
    assert "a.vex.json: statement 10" in [problem.where for problem in problems]


@given(st.data())
def test_left_as_text_nothing_changes(data: st.DataObject) -> None:
    rows = data.draw(st.lists(rows_of_any_shape, max_size=4))
    context = data.draw(st.sampled_from([CONTEXT, CONTEXT[:22]]))
    small = read(*rows, **{"@context": context})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ironhull.statements._decode._SMALL", 0)
        assert read(*rows, **{"@context": context}) == small


def test_only_what_is_asked_for_is_made() -> None:
    rows = [
        {**ROW, "vulnerability": {"name": f"CVE-{n}", "aliases": [f"GHSA-{n}"]}} for n in range(9)
    ]
    (found,) = read_documents(document(*rows), "x", about={"cve-3", "ghsa-5"})
    assert [s.vulnerability for s in found.statements] == ["CVE-3", "CVE-5"]
    assert found.stated == 9


def test_many_problems_are_counted() -> None:
    _, problems = read(*({**ROW, "status": "x"} for _ in range(LIMITS.file_problems + 7)))
    assert len(problems) == LIMITS.file_problems + 1
    assert problems[-1].message == "7 more problems"


def test_too_many_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = replace(LIMITS, vex_statements=3)
    monkeypatch.setattr("ironhull.statements._reading.LIMITS", limits)
    assert len(read(ROW, ROW, ROW)[0]) == 3
    with pytest.raises(FormatError, match=r"a\.vex\.json: holds more than 3 statements"):
        read(ROW, ROW, ROW, ROW)


texts = st.sampled_from(["", " ", "pkg:npm/a@1", "pkg:npm", "x", "CVE-1", "2024-01-01T00:00:00Z"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["@id", "name", "hashes", "md5"]), inner, max_size=3)
    ),
    max_leaves=8,
)
components = st.fixed_dictionaries(
    {},
    optional={
        "@id": values,
        "identifiers": st.dictionaries(st.sampled_from(["purl", "cpe23"]), values) | values,
        "hashes": st.dictionaries(st.sampled_from(["md5", "sha-256"]), values) | values,
        "subcomponents": st.lists(st.fixed_dictionaries({"@id": values}), max_size=2) | values,
    },
)
rows_of_any_shape = st.fixed_dictionaries(
    {},
    optional={
        "vulnerability": st.fixed_dictionaries({"name": values, "aliases": values}) | values,
        "status": st.sampled_from(VEX_STATUSES) | values,
        "justification": st.sampled_from(VEX_JUSTIFICATIONS) | values,
        "impact_statement": values,
        "products": st.lists(components, max_size=3) | values,
        "subcomponents": values,
        "timestamp": values,
    },
)


@given(st.lists(rows_of_any_shape, max_size=4), st.sampled_from([CONTEXT, CONTEXT[:22]]))
def test_every_row_is_used_or_named(rows: list[Any], context: str) -> None:
    statements, problems = read(*rows, **{"@context": context})
    used = {statement.number for statement in statements}
    for number, row in enumerate(rows, 1):
        told = any(f"statement {number}" in problem.where for problem in problems)
        assert number in used or told, row
    for statement in statements:
        row = rows[statement.number - 1]
        assert statement.status == row["status"].strip()
        assert statement.products
        whole = [p for p in statement.products if not p.parts]
        assert not (whole and row.get("subcomponents"))
        if statement.status == "not_affected":
            assert statement.justification or statement.impact_statement
