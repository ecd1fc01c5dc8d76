"""Precision and recall of every family of packages may not fall (`python -m tests.quality`)."""

from collections import Counter
from typing import Any

import pytest

from tests.quality._cases import TRAPS, Case, families
from tests.quality._gate import DOCS, Score, floor, judged, table, traps
from tests.quality._site import events

FEWEST = 400


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Score]:
    return judged(tmp_path_factory.mktemp("quality"))


def test_nothing_is_found_worse_than_before(scores: dict[str, Score], figures: Any) -> None:
    figures(table(scores))
    before = floor()
    assert set(before) == set(scores), "python -m tests.quality --floor"
    fallen = []
    for name, score in scores.items():
        was = before[name]
        worse = (
            score.precision < was["precision"] - 1e-6
            or score.recall < was["recall"] - 1e-6
            or len(score.wrong) > was["wrong"]
        )
        if worse or score.cases < was["cases"]:
            fallen += [f"{name} was {was}", *score.wrong]
    assert not fallen, "\n".join(fallen)


def test_the_documentation_says_what_is_measured(scores: dict[str, Score]) -> None:
    text = DOCS.read_text("utf-8")
    assert table(scores) in text, "python -m tests.quality --floor"
    assert traps() in text


def test_there_are_enough_cases_and_half_of_them_are_traps() -> None:
    cases = [case for family in families() for case in family.cases]
    assert len(cases) >= FEWEST
    assert sum(bool(case.trap) for case in cases) * 2 >= len(cases)
    affected = sum(case.affected for case in cases)
    assert len(cases) / 3 <= affected <= len(cases) * 2 / 3
    assert set(TRAPS) == {case.trap for case in cases if case.trap}


def test_no_case_is_there_twice_or_without_a_reason() -> None:
    cases = [case for family in families() for case in family.cases]
    seen = Counter((case.family, case.advisory, _told(case)) for case in cases)
    assert not [key for key, count in seen.items() if count > 1]
    assert all(case.why and case.package.version for case in cases)


def _told(case: Case) -> tuple[Any, ...]:
    return case.package, case.distro


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("< 2", [{"introduced": "0"}, {"fixed": "2"}]),
        (">= 1 <= 2", [{"introduced": "1"}, {"last_affected": "2"}]),
        (">= 1", [{"introduced": "1"}]),
        ("all", [{"introduced": "0"}]),
    ],
)
def test_ranges_are_written_as_events(text: str, expected: list[dict[str, str]]) -> None:
    assert events(text) == expected
