"""Scores and results of verdicts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.health import Score, deviations, policy_changes, score, state_of
from ironhull.model import VERDICT_STATES, Verdict, Violation


def verdict(state: str, weight: float = 10, kind: str = "generic", *found: Violation) -> Verdict:
    return Verdict("n", "T", "F", state, kind, weight, found)


@pytest.mark.parametrize(
    ("share", "grade"),
    [
        (1, "A"),
        (0.901, "A"),
        (0.9, "B"),
        (0.7, "C"),
        (0.5, "D"),
        (0.3, "E"),
        (0.1, "F"),
        (0, "F"),
    ],
)
def test_grades_begin_above_their_bounds(share: float, grade: str) -> None:
    assert Score(share).grade == grade


def test_the_score_is_the_share_of_weight_that_is_met() -> None:
    found = score([verdict("met", 30), verdict("no data", 5), verdict("not met", 5)])
    assert found is not None
    assert str(found) == "B (75%)"


def test_policies_without_weight_do_not_count() -> None:
    assert score([verdict("met", 0)]) is None
    found = score([verdict("met", 10), verdict("not met", 0)])
    assert found is not None and found.share == 1


@given(st.lists(st.tuples(st.sampled_from(VERDICT_STATES), st.integers(0, 100))))
def test_a_score_is_a_share(rows: list[tuple[str, int]]) -> None:
    found = score([verdict(state, weight) for state, weight in rows])
    if found is not None:
        assert 0 <= found.share <= 1


@pytest.mark.parametrize(
    ("states", "said"),
    [
        (["met"] * 10, "SUCCESS  (10/10 policies met)"),
        (["met"] * 7 + ["not met"] * 3, "FAILED  (7/10 policies met)"),
        (
            ["met"] * 7 + ["not met"] + ["no data"] * 2,
            "FAILED  (7/10 policies met, 2 missing data)",
        ),
        (["met"] * 8 + ["no data"] * 2, "SUCCESS  (8/10 policies met, 2 missing data)"),
        (["met", "error"], "FAILED  (1/2 policies met, 1 could not be evaluated)"),
        (["no data"], "FAILED  (0/1 policies met, 1 missing data)"),
    ],
)
def test_the_status_line(states: list[str], said: str) -> None:
    assert state_of([verdict(state) for state in states]) == said


def test_deviations_by_kind() -> None:
    high = Violation("m", {"severity": "HIGH"})
    odd = Violation("m", {})
    assert deviations(verdict("not met", 1, "vulnerability", high, high)) == "0C 2H 0M 0L"
    assert deviations(verdict("not met", 1, "vulnerability", high, odd)) == "0C 1H 0M 0L 1?"
    assert deviations(verdict("met", 1, "vulnerability")) == "0C 0H 0M 0L"
    assert deviations(verdict("not met", 1, "license", odd)) == "1 package"
    assert deviations(verdict("not met", 1, "generic", odd, odd)) == "2 deviations"
    assert deviations(verdict("not met", 1, "boolean", odd)) == ""
    assert deviations(verdict("no data")) == ""


def test_the_title_tells_how_it_ended() -> None:
    assert verdict("met").shown == verdict("no data").shown == "T"
    assert verdict("not met").shown == "F"


# ── two images ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("mine", "theirs", "kind"),
    [
        ("met", "met", "unchanged"),
        ("met", "no data", "better"),
        ("no data", "not met", "better"),
        ("met", "error", "better"),
        ("no data", "met", "worse"),
        ("not met", "met", "worse"),
        ("error", "no data", "worse"),
        ("not met", "error", "changed"),
    ],
)
def test_a_policy_on_two_images(mine: str, theirs: str, kind: str) -> None:
    (change,) = policy_changes([verdict(mine)], [verdict(theirs)])
    assert change.kind == kind


def test_other_deviations_are_a_change_and_their_order_is_none() -> None:
    one, two = Violation("1", {"a": 1}), Violation("2")
    before = verdict("not met", 10, "generic", one, two)
    for found, kind in (((two, one), "unchanged"), ((one,), "changed"), ((one, one), "changed")):
        (change,) = policy_changes([verdict("not met", 10, "generic", *found)], [before])
        assert change.kind == kind


def test_a_policy_of_one_image_only_is_a_change() -> None:
    other = Verdict("other", "T", "F", "met")
    found = policy_changes([verdict("met")], [other])
    assert [(c.name, c.kind) for c in found] == [("n", "changed"), ("other", "changed")]
