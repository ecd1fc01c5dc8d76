"""CSAF documents: products of the tree, statuses, reasons, and what the VEX profile asks for."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import FormatError
from ironhull.limits import LIMITS
from ironhull.model import Component, Problem, Statement
from ironhull.statements import read_vex
from ironhull.values import replace

OS_CPE = "cpe:/o:redhat:enterprise_linux:9"
TREE: dict[str, Any] = {
    "branches": [
        {
            "category": "vendor",
            "name": "Example",
            "branches": [
                {
                    "category": "product_name",
                    "name": "Linux",
                    "product": {
                        "product_id": "OS",
                        "name": "Example Linux 9",
                        "product_identification_helper": {"cpe": OS_CPE},
                    },
                }
            ],
        }
    ],
    "full_product_names": [
        {
            "product_id": "SSL",
            "name": "openssl",
            "product_identification_helper": {
                "purl": "pkg:rpm/redhat/openssl@3.0.7-1.el9",
                "hashes": [
                    {
                        "filename": "o.rpm",
                        "file_hashes": [{"algorithm": "sha256", "value": "AB" * 32}],
                    }
                ],
            },
        },
        {"product_id": "APP", "name": "registry.example.org/app:1"},
    ],
    "relationships": [
        {
            "category": "default_component_of",
            "product_reference": "SSL",
            "relates_to_product_reference": "OS",
            "full_product_name": {"product_id": "OS:SSL", "name": "openssl of Example Linux 9"},
        }
    ],
    "product_groups": [{"group_id": "G", "product_ids": ["OS:SSL", "APP"]}],
}
SSL = Component(("pkg:rpm/redhat/openssl@3.0.7-1.el9",), (("sha256", "ab" * 32),))
OS_SSL = Component((OS_CPE,), parts=(SSL,))
APP = Component(("registry.example.org/app:1",))
FLAG = {"label": "component_not_present", "product_ids": ["OS:SSL"]}


def document(*rows: object, tree: object = TREE, category: str = "csaf_vex") -> bytes:
    return json.dumps(
        {
            "document": {
                "category": category,
                "csaf_version": "2.0",
                "publisher": {"name": "Example PSIRT", "namespace": "https://example.org"},
                "tracking": {
                    "id": "EX-1",
                    "current_release_date": "2024-03-01T11:00:00.000Z",
                    "initial_release_date": "2024-01-01T11:00:00.000Z",
                },
            },
            "product_tree": tree,
            "vulnerabilities": list(rows),
        }
    ).encode()


def read(*rows: object, **more: Any) -> tuple[tuple[Statement, ...], tuple[Problem, ...]]:
    return read_vex(document(*rows, **more), "x.json")


def row(status: dict[str, list[str]], **more: object) -> dict[str, Any]:
    return {"cve": "CVE-2024-1", "product_status": status, **more}


def test_all_a_statement_says() -> None:
    said = row(
        {"known_not_affected": ["OS:SSL"]},
        ids=[{"system_name": "Bugzilla", "text": "BUG-1"}],
        flags=[FLAG],
        threats=[{"category": "impact", "details": "not built in", "group_ids": ["G"]}],
    )
    statements, problems = read(said)
    assert problems == ()
    assert statements == (
        Statement(
            "CVE-2024-1",
            "not_affected",
            (OS_SSL,),
            aliases=("BUG-1",),
            justification="component_not_present",
            impact_statement="not built in",
            issued="2024-03-01T11:00:00Z",
            author="Example PSIRT <https://example.org>",
            document="x.json (EX-1)",
            number=1,
            format="csaf",
        ),
    )


@pytest.mark.parametrize(
    ("group", "status"),
    [
        ("fixed", "fixed"),
        ("first_fixed", "fixed"),
        ("known_affected", "affected"),
        ("first_affected", "affected"),
        ("last_affected", "affected"),
        ("under_investigation", "under_investigation"),
    ],
)
def test_statuses(group: str, status: str) -> None:
    statements, _ = read(row({group: ["SSL", "APP"]}))
    assert [(s.status, s.products) for s in statements] == [(status, (SSL, APP))]


def test_recommended_states_nothing() -> None:
    assert read(row({"recommended": ["SSL"]}))[0] == ()


def test_a_status_nobody_knows_is_said() -> None:
    statements, problems = read(row({"known_good": ["SSL"], "fixed": ["SSL"]}))
    assert len(statements) == 1
    assert "'known_good' is no status" in problems[0].message


def test_what_to_do_is_told() -> None:
    remedies = [
        {"category": "vendor_fix", "details": "update", "product_ids": ["SSL"]},
        {"category": "mitigation", "details": "turn it off"},
    ]
    statements, problems = read(row({"known_affected": ["SSL", "APP"]}, remediations=remedies))
    assert {s.action_statement: s.products for s in statements} == {
        "update": (SSL,),
        "turn it off": (APP,),
    }
    assert problems == ()


def test_the_profile_asks_why_a_product_is_not_affected() -> None:
    status = {"known_not_affected": ["OS:SSL", "APP"]}
    statements, problems = read(row(status, flags=[FLAG]))
    assert [s.products for s in statements] == [(OS_SSL,)]
    assert problems[0].where == "x.json: vulnerability 1"
    assert "'APP' is known_not_affected without a flag" in problems[0].message
    others, problems = read(row(status, flags=[FLAG]), category="csaf_security_advisory")
    assert [s.products for s in others] == [(OS_SSL,), (APP,)]
    assert problems == ()


def test_affected_without_a_remedy_is_used() -> None:
    statements, problems = read(row({"known_affected": ["SSL"]}))
    assert len(statements) == 1
    assert "no remediation" in problems[0].message


@pytest.mark.parametrize("other", ["fixed", "known_not_affected", "under_investigation"])
def test_of_two_statuses_the_one_that_needs_doing_counts(other: str) -> None:
    said = row({other: ["OS:SSL"], "known_affected": ["OS:SSL"]}, flags=[FLAG])
    statements, problems = read(said)
    assert [s.status for s in statements] == ["affected"]
    assert any("is both affected and" in problem.message for problem in problems)


def test_flags_that_cannot_be_used() -> None:
    flags = [{"label": "bored", "product_ids": ["SSL"]}, {"label": "component_not_present"}]
    statements, problems = read(row({"known_not_affected": ["SSL"]}, flags=flags))
    assert statements == ()
    said = " ".join(problem.message for problem in problems)
    assert "'bored' is no justification" in said
    assert "names no product" in said


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"product_status": {"fixed": ["SSL"]}}, "neither cve nor ids"),
        ({"cve": "CVE-1"}, "no product_status"),
        ({"cve": "CVE-1", "product_status": {"fixed": "SSL"}}, "no list of product_ids"),
        ({"cve": "CVE-1", "product_status": {"fixed": ["NONE"]}}, "no product_id 'NONE'"),
        ("x", "is no object"),
    ],
)
def test_what_is_wrong_is_named(said: object, message: str) -> None:
    statements, problems = read(said, row({"fixed": ["SSL"]}))
    assert [s.number for s in statements] == [2]
    assert problems[0].where.startswith("x.json: vulnerability 1")
    assert message in problems[0].message


def test_an_identifier_other_than_a_cve_names_the_vulnerability() -> None:
    said = {"ids": [{"text": "EX-7"}, {"text": "EX-8"}], "product_status": {"fixed": ["SSL"]}}
    (statement,), _ = read(said)
    assert (statement.vulnerability, statement.aliases) == ("EX-7", ("EX-8",))


def relation(name: str, part: str, whole: str, **helper: str) -> dict[str, Any]:
    full: dict[str, Any] = {"product_id": name, "name": name}
    if helper:
        full["product_identification_helper"] = helper
    return {
        "category": "installed_on",
        "product_reference": part,
        "relates_to_product_reference": whole,
        "full_product_name": full,
    }


def test_relationships_of_relationships() -> None:
    """A package in a module in a system is a part of the system."""
    relations = [relation("MOD", "SSL", "OS"), relation("DEEP", "SSL", "MOD")]
    (statement,), problems = read(
        row({"fixed": ["DEEP"]}), tree={**TREE, "relationships": relations}
    )
    assert statement.products == (OS_SSL,)
    assert problems == ()


def test_a_combination_with_an_identifier_of_its_own() -> None:
    relations = [relation("BOTH", "SSL", "OS", purl="pkg:oci/ubi9")]
    (statement,), _ = read(row({"fixed": ["BOTH"]}), tree={**TREE, "relationships": relations})
    assert statement.products == (Component(("pkg:oci/ubi9",)), OS_SSL)


def test_relationships_in_circles() -> None:
    relations = [relation("A", "B", "B"), relation("B", "A", "A"), relation("C", "C", "C")]
    statements, problems = read(
        row({"fixed": ["A", "B", "C"]}), tree={**TREE, "relationships": relations}
    )
    assert statements == ()
    assert "nothing identifies 'A'" in [problem.message for problem in problems]


def test_a_part_of_something_unknown_is_not_the_part_alone() -> None:
    """It would hold for the package everywhere."""
    tree = {**TREE, "relationships": [relation("X", "SSL", "NOWHERE")]}
    statements, problems = read(row({"fixed": ["X"]}), tree=tree)
    assert statements == ()
    assert [problem.message for problem in problems] == [
        "there is no product_id 'NOWHERE'",
        "nothing identifies 'X'",
    ]


def ranged(name: str, purl: str) -> dict[str, Any]:
    helper = {"product_identification_helper": {"purl": purl}}
    product = {"product_id": name, "name": name, **helper}
    return {"category": "product_version_range", "name": "vers:npm/<2", "product": product}


def test_of_a_range_nothing_is_concluded_that_would_hide_something() -> None:
    tree = {
        **TREE,
        "branches": [*TREE["branches"], ranged("OLD", "pkg:npm/a"), ranged("ONE", "pkg:npm/b@1")],
        "relationships": [relation("OLD-OS", "OLD", "OS")],
    }
    names = ["OLD", "ONE", "OLD-OS"]
    (fixed,), problems = read(row({"fixed": names}), tree=tree)
    assert fixed.products == (Component(("pkg:npm/b@1",)),)
    assert [problem.message.partition(":")[0] for problem in problems] == [
        "'OLD' is a range of versions",
        "'OLD-OS' is a range of versions",
    ]
    (affected,), _ = read(row({"known_affected": names}), tree=tree)
    assert len(affected.products) == 3


def test_version_2_1_lists_package_urls() -> None:
    helper = {"purls": ["pkg:npm/a@1", "pkg:npm/b@1"]}
    product = {"product_id": "P", "name": "p", "product_identification_helper": helper}
    tree = {"full_product_names": [product]}
    (statement,), _ = read(row({"fixed": ["P"]}), tree=tree)
    assert statement.products == (Component(("pkg:npm/a@1", "pkg:npm/b@1")),)


def test_a_product_id_of_two_products() -> None:
    other = {"product_id": "SSL", "name": "other"}
    tree = {**TREE, "full_product_names": [*TREE["full_product_names"], other]}
    (statement,), problems = read(row({"fixed": ["SSL"]}), tree=tree)
    assert statement.products == (SSL,)
    assert "defined twice" in problems[0].message


@pytest.mark.parametrize("tree", [None, {}, [], "x", {"branches": 3, "relationships": [{}]}])
def test_a_document_without_products(tree: object) -> None:
    statements, problems = read(row({"fixed": ["SSL"]}), tree=tree)
    assert statements == ()
    assert problems


def test_groups_cannot_make_a_small_document_large(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = replace(LIMITS, vex_group_members=5)
    monkeypatch.setattr("ironhull.statements._csaf_products.LIMITS", limits)
    threat = {"category": "impact", "details": "x", "group_ids": ["G"]}
    assert read(row({"fixed": ["SSL"]}, threats=[threat] * 2))[0]
    with pytest.raises(FormatError, match="product groups name more than 5 products"):
        read(row({"fixed": ["SSL"]}, threats=[threat] * 3))


NAMES = st.sampled_from(["OS", "SSL", "OS:SSL", "APP", "NONE", "G", ""])
ANY = st.recursive(
    st.none() | st.integers() | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=6,
)
IDS = st.lists(NAMES, max_size=3) | ANY
REASONS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "label": st.just("component_not_present") | ANY,
            "category": st.just("impact") | ANY,
            "details": ANY,
            "product_ids": IDS,
            "group_ids": IDS,
        },
    ),
    max_size=2,
)
STATUS = st.dictionaries(
    st.sampled_from(["fixed", "known_affected", "known_not_affected", "under_investigation", "x"]),
    IDS,
    max_size=3,
)
ROWS = st.fixed_dictionaries(
    {},
    optional={
        "cve": st.just("CVE-1") | ANY,
        "ids": ANY,
        "product_status": STATUS | ANY,
        "flags": REASONS | ANY,
        "threats": REASONS | ANY,
        "remediations": REASONS | ANY,
    },
)


@given(st.lists(ROWS | ANY, max_size=3))
def test_no_product_is_in_two_statuses_and_every_row_is_used_or_named(rows: list[Any]) -> None:
    statements, problems = read(*rows)
    for number, said in enumerate(rows, 1):
        mine = [s for s in statements if s.number == number]
        seen: dict[Component, str] = {}
        for statement in mine:
            for product in statement.products:
                assert seen.setdefault(product, statement.status) == statement.status
            if statement.status == "not_affected":
                assert statement.justification or statement.impact_statement
        empty = isinstance(said, dict) and isinstance(said.get("product_status"), dict)
        told = any(f"vulnerability {number}" in problem.where for problem in problems)
        assert mine or told or empty
