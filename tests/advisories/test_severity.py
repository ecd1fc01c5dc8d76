"""Severity: what each source says is kept, and a rule picks one of it."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.advisories._severity import ORDER, rated, score, severity_of
from ironhull.model import SEVERITIES, Advisory, Cvss

V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
V3 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"
WORSE = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
NONE = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N"
V2 = "AV:N/AC:L/Au:N/C:N/I:N/A:P"
FACTS = (
    ("cvss 2.0", V2, "NVD"),
    ("cvss 3.1", V3, "NVD"),
    ("cvss 4.0", V4, "CNA example"),
    ("word", "low", "GHSA"),
)


def debian(urgency: str = "", **named: object) -> Advisory:
    return Advisory("CVE-2026-0001", "Debian:13", "p", urgency=urgency, **named)  # type: ignore[arg-type]  # a test's choice


@pytest.mark.parametrize(
    ("urgency", "expected"),
    [
        ("high", "high"),
        ("medium", "medium"),
        ("low", "low"),
        ("unimportant", "low"),
        ("negligible", "low"),
        ("Important", "high"),
        ("Moderate", "medium"),
        ("Critical", "critical"),
    ],
)
def test_the_distribution_is_asked_first(urgency: str, expected: str) -> None:
    found = rated(debian(urgency), FACTS)
    assert (found.severity, found.severity_source) == (expected, "Debian")
    assert [cvss.source for cvss in found.cvss] == ["CNA example", "NVD", "NVD"]


@pytest.mark.parametrize("urgency", ["", "not yet assigned", "end-of-life", "untriaged"])
def test_a_distribution_that_has_not_judged_says_nothing(urgency: str) -> None:
    found = rated(debian(urgency), FACTS)
    assert (found.severity, found.severity_source) == ("critical", "CVSS 4.0 (CNA example)")


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (ORDER, ("medium", "Debian")),
        (ORDER[1:], ("critical", "CVSS 4.0 (CNA example)")),
        (ORDER[2:], ("high", "CVSS 3.1 (NVD)")),
        (ORDER[3:], ("medium", "CVSS 2.0 (NVD)")),
        (ORDER[4:], ("low", "GHSA")),
        (("cvss3", "distribution"), ("high", "CVSS 3.1 (NVD)")),
        ((), ("unspecified", "")),
    ],
)
def test_the_order_decides(order: tuple[str, ...], expected: tuple[str, str]) -> None:
    assert severity_of(rated(debian("medium"), FACTS), order) == expected


def test_a_vector_of_no_impact_is_no_judgement() -> None:
    found = rated(debian(), [("cvss 3.1", NONE, "NVD"), ("word", "medium", "GHSA")])
    assert (found.severity, found.severity_source) == ("medium", "GHSA")


def test_the_own_records_vector_comes_before_a_worse_one_of_others() -> None:
    own = debian(cvss=(Cvss("3.1", V3, 0.0, "GHSA"),))
    found = rated(own, [("cvss 3.1", WORSE, "NVD"), ("cvss 3.1", V3, "NVD")])
    assert [(cvss.vector, cvss.source) for cvss in found.cvss] == [(V3, "GHSA"), (WORSE, "NVD")]
    assert (found.severity, found.severity_source) == ("high", "CVSS 3.1 (GHSA)")


def test_the_worst_word_of_databases_counts() -> None:
    found = rated(debian(), [("word", "low", "a"), ("word", "high", "b"), ("word", "grave", "c")])
    assert (found.severity, found.severity_source) == ("high", "b")
    assert found.words == (("a", "low"), ("b", "high"))


def test_facts_fill_what_is_missing_and_nothing_else() -> None:
    facts = [
        *(("cwe", "CWE-79", "NVD"), ("summary", "theirs", "NVD")),
        ("published", "2026-01-01T00:00:00Z", "NVD"),
    ]
    found = rated(debian(summary="ours", cwes=("CWE-20",)), facts)
    assert (found.summary, found.cwes) == ("ours", ("CWE-20", "CWE-79"))
    assert found.published == "2026-01-01T00:00:00Z"
    assert rated(debian(), facts).summary == "theirs"


@pytest.mark.parametrize("order", [ORDER, ("cvss3",), ()])
def test_no_rule_changes_what_malice_is(order: tuple[str, ...]) -> None:
    bad = Advisory("MAL-2026-1", "npm", "p", kind="malicious")
    assert severity_of(rated(bad, FACTS), order) == ("critical", "malicious package")


@given(st.permutations(FACTS), st.sampled_from(list(permutations(ORDER))))
def test_what_came_first_makes_no_difference(
    facts: list[tuple[str, ...]], order: tuple[str, ...]
) -> None:
    assert rated(debian("low"), facts) == rated(debian("low"), FACTS)
    word, whose = severity_of(rated(debian("low"), facts), order)
    assert word in SEVERITIES
    assert whose


@given(st.text(max_size=80))
def test_a_text_has_a_score_or_none(text: str) -> None:
    for vector in (text, f"CVSS:3.1/{text}", f"CVSS:4.0/{text}", f"{V3}/{text}"):
        found = score(vector)
        assert found is None or 0 <= found <= 10


@pytest.mark.parametrize("vector", ["", "CVSS:3.1/x", "CVSS:4.0/AV:N", "AV:", V3 * 40])
def test_broken_vectors_have_no_score(vector: str) -> None:
    assert score(vector) is None
