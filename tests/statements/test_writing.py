"""OpenVEX as written: valid by the rules of its reader, the same each time, nothing lost."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import FormatError
from ironhull.model import VEX_JUSTIFICATIONS, VEX_STATUSES, Component, Statement
from ironhull.statements import read_documents, read_vex
from ironhull.statements.linting import lint_vex
from ironhull.statements.writing import (
    Head,
    added,
    merged_statements,
    openvex_document,
    what_lacks,
)
from ironhull.values import replace
from tests.statements.test_csaf import FLAG
from tests.statements.test_csaf import document as csaf
from tests.statements.test_csaf import row as csaf_row
from tests.statements.test_cyclonedx import document as cyclonedx
from tests.statements.test_cyclonedx import row as cyclonedx_row
from tests.statements.test_openvex import ROW, document

TIME = "2024-01-31T10:00:00Z"
HEAD = Head("Ann <ann@example.org>", TIME)
PART = Component(("pkg:npm/a@1",))
SAID = Statement("CVE-1", "fixed", (Component(("pkg:oci/app",), parts=(PART,)),), issued=TIME)


def test_a_document() -> None:
    said = replace(
        SAID,
        status="not_affected",
        justification="component_not_present",
        impact_statement="I",
        aliases=("GHSA-1", "https://nvd.nist.gov/CVE-1"),
        products=(
            Component(
                ("pkg:oci/app", "pkg:docker/app", "cpe:2.3:a:b", "https://x"),
                (("sha256", "ab" * 32), ("sha3512", "cd" * 64)),
                (PART,),
            ),
        ),
    )
    head = replace(HEAD, id="https://example.org/1", role="Maker", version=3, last_updated=TIME)
    row = {
        "identifiers": {"cpe23": "cpe:2.3:a:b"},
        "hashes": {"sha-256": "ab" * 32, "sha3-512": "cd" * 64},
        "subcomponents": [{"@id": "pkg:npm/a@1"}],
    }
    written = json.loads(openvex_document([said], head))
    assert written == {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.org/1",
        "author": "Ann <ann@example.org>",
        "role": "Maker",
        "timestamp": TIME,
        "last_updated": TIME,
        "version": 3,
        "statements": [
            {
                "vulnerability": {
                    "@id": "https://nvd.nist.gov/CVE-1",
                    "name": "CVE-1",
                    "aliases": ["GHSA-1"],
                },
                "timestamp": TIME,
                "products": [
                    {"@id": "pkg:oci/app", **row},
                    {"@id": "pkg:docker/app", **row},
                    {"@id": "https://x", **row},
                ],
                "status": "not_affected",
                "justification": "component_not_present",
                "impact_statement": "I",
            }
        ],
    }


def test_a_document_without_a_name_is_named_by_its_content() -> None:
    first, again = openvex_document([SAID], HEAD), openvex_document([SAID], HEAD)
    other = openvex_document([replace(SAID, vulnerability="CVE-2")], HEAD)
    assert first == again
    assert json.loads(first)["@id"].startswith("https://openvex.dev/docs/public/vex-")
    assert json.loads(first)["@id"] != json.loads(other)["@id"]


def test_a_document_says_something_at_some_time() -> None:
    with pytest.raises(FormatError, match="needs a statement"):
        openvex_document([], HEAD)
    with pytest.raises(FormatError, match="cannot be dated"):
        openvex_document([SAID], Head("a", "today"))


STATUSES = [{"status": "fixed"}, {"status": "affected", "action_statement": "update"}]
IDS = st.sampled_from(
    ["pkg:oci/a", "pkg:npm/b@1?x=y", "cpe:2.3:a:b", "cpe:/a:b", "https://x/y", "n"]
)
HASHES = st.sampled_from([("sha256", "ab" * 32), ("md5", "cd" * 16), ("sha3256", "ef" * 32)])
LEAVES = st.builds(
    lambda ids, hashes: Component(tuple(ids), tuple(hashes)),
    st.lists(IDS, min_size=1, max_size=3, unique=True),
    st.lists(HASHES, max_size=2, unique=True),
)
PRODUCTS = st.builds(
    lambda whole, parts: replace(whole, parts=tuple(parts)), LEAVES, st.lists(LEAVES, max_size=2)
)
WORDS = st.text(max_size=6).map(str.strip)
STATEMENTS = st.builds(
    Statement,
    vulnerability=st.sampled_from(["CVE-1", "GHSA-x"]),
    status=st.sampled_from(VEX_STATUSES),
    products=st.lists(PRODUCTS, min_size=1, max_size=3).map(tuple),
    aliases=st.sampled_from([(), ("A-1",), ("A-1", "https://x")]),
    justification=st.sampled_from(["", *VEX_JUSTIFICATIONS]),
    impact_statement=WORDS,
    action_statement=WORDS,
    status_notes=WORDS,
    supplier=WORDS,
    issued=st.sampled_from(["", TIME, "2025-01-01T00:00:00.5Z"]),
)


def flat(products: tuple[Component, ...]) -> set[tuple[str, frozenset[str]]]:
    """Which names of products, with which names of parts, are meant."""
    return {
        (name, frozenset(i for part in product.parts for i in part.ids))
        for product in products
        for name in product.ids
    }


@given(st.lists(STATEMENTS, min_size=1, max_size=4))
def test_what_is_written_is_read_again(statements: list[Statement]) -> None:
    data = openvex_document(statements, HEAD)
    again, problems = read_vex(data, "x")
    assert problems == ()
    assert len(again) == len(statements)
    for said, read in zip(statements, again, strict=True):
        for name in ("vulnerability", "status", "aliases", "supplier"):
            assert getattr(read, name) == getattr(said, name)
        assert read.issued == (said.issued or TIME)
        assert flat(read.products) == flat(said.products)
        assert {h for p in read.products for h in p.hashes} == {
            h for p in said.products for h in p.hashes
        }
        assert what_lacks(read) == ""
    (checked,) = lint_vex(data, "x")
    levels = {f.rule for f in checked.findings if f.level != "note"}
    assert levels <= {"iri", "contradiction", "repeated"}


# ── add ──────────────────────────────────────────────────────────────────────────────────────────


def test_one_more_statement_changes_nothing_else() -> None:
    before = json.loads(document(ROW, {**ROW, "mine": {"kept": True}}, tooling="hand", extra=[1]))
    after = json.loads(added(json.dumps(before).encode(), "x", [SAID], "2025-01-01T01:00:00+01:00"))
    assert after.pop("last_updated") == "2025-01-01T00:00:00Z"
    assert after.pop("version") == before.pop("version") + 1
    rows = after.pop("statements")
    assert rows[:-1] == before.pop("statements")
    assert after == before
    assert rows[-1]["timestamp"] == TIME


def test_what_was_stated_keeps_its_time() -> None:
    """A statement without one has that of the document, which does not change."""
    old, _ = read_vex(document(ROW), "x")
    later = replace(SAID, issued="")
    new, _ = read_vex(added(document(ROW), "x", [later], "2025-01-01T00:00:00Z"), "x")
    assert new[0] == old[0]
    assert new[1].issued == "2025-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{", "is not JSON"),
        (b"[]", "is no OpenVEX document by itself"),
        (csaf(), "is no OpenVEX document by itself"),
        (document(ROW, **{"@context": "https://openvex.dev/ns"}), "is not an OpenVEX 0.2.0"),
        (document(ROW, version="1"), "is not an OpenVEX 0.2.0"),
        (document(statements={}), "no list"),
        (json.dumps({"predicate": json.loads(document())}).encode(), "by itself"),
    ],
)
def test_what_nothing_can_be_added_to(data: bytes, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        added(data, "x", [SAID], TIME)


# ── merge ────────────────────────────────────────────────────────────────────────────────────────


def test_statements_of_several_formats_become_one_document() -> None:
    flagged = csaf_row({"known_not_affected": ["OS:SSL"]}, flags=[FLAG])
    bare = cyclonedx_row(state="not_affected")
    given = [
        statement
        for data in (document(ROW), csaf(flagged), cyclonedx(bare), document(ROW))
        for statement in read_vex(data, "x")[0]
    ]
    made = merged_statements(given)
    assert [s.format for s in made] == ["openvex", "csaf", "cyclonedx"]
    written = openvex_document(made, HEAD)
    (again,) = read_documents(written, "y")
    assert again.problems == ()
    assert [(s.vulnerability, s.status, s.issued) for s in again.statements] == [
        (s.vulnerability, s.status, s.issued) for s in made
    ]
    assert again.statements[2].impact_statement.startswith("not told in x")


def test_a_statement_without_a_time_stays_the_oldest() -> None:
    timeless = replace(SAID, issued="", status="affected", action_statement="x")
    made = merged_statements([SAID, timeless])
    assert [s.issued for s in made] == ["1970-01-01T00:00:00Z", TIME]


def test_times_with_fractions_are_in_order() -> None:
    times = ["2024-01-31T10:00:00.5Z", "2024-01-31T10:00:00Z", "2024-01-31T10:00:00.25Z"]
    made = merged_statements([replace(SAID, issued=time) for time in times])
    assert [s.issued for s in made] == [times[1], times[2], times[0]]


def test_what_differs_only_in_where_it_was_read_is_there_once() -> None:
    other = replace(SAID, document="y", number=7, author="B", origin="repository", format="csaf")
    assert len(merged_statements([SAID, other])) == 1
    assert len(merged_statements([SAID, replace(SAID, status_notes="n")])) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, ""),
        ({"status": "not_affected"}, "needs a justification"),
        ({"status": "not_affected", "justification": "x"}, "is no justification"),
        ({"status": "not_affected", "impact_statement": "x"}, ""),
        ({"impact_statement": "x"}, "are for not_affected"),
        ({"status": "affected"}, "needs an action"),
        ({"status": "affected", "action_statement": "x"}, ""),
        ({"action_statement": "x"}, "is for affected"),
        ({"products": ()}, "no product"),
    ],
)
def test_what_a_statement_lacks(change: dict[str, Any], said: str) -> None:
    lack = what_lacks(replace(SAID, **change))
    assert said in lack
    assert bool(lack) == bool(said)
