"""Every labelled case: the statement that should decide does (`python -m tests.quality.vex`)."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.quality.vex._gate import (
    DOCS,
    cases_table,
    judged_by_oracle,
    scores,
    traps_table,
)
from tests.quality.vex.cases import TRAPS, Case, families

ALL = [case for of_it in families().values() for case in of_it]
FEWEST = 260


@pytest.mark.parametrize("family", families())
def test_what_should_apply_applies_and_nothing_else(family: str) -> None:
    wrong = scores()[family].wrong
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("family", families())
def test_the_oracle_reads_the_labels_as_their_writer_did(family: str) -> None:
    wrong = [case for case in families()[family] if judged_by_oracle(case) != case.expected]
    assert not wrong, "\n".join(map(str, wrong))


def test_there_are_enough_cases_and_more_than_half_are_traps() -> None:
    assert len(ALL) >= FEWEST
    assert sum(bool(case.trap) for case in ALL) * 2 >= len(ALL)
    applying = sum(bool(case.expected) for case in ALL)
    assert len(ALL) / 3 <= applying <= len(ALL) * 2 / 3
    assert set(TRAPS) == {case.trap for case in ALL if case.trap}


def test_no_case_is_there_twice_or_without_a_reason() -> None:
    seen = Counter(_told(case) for case in ALL)
    assert not [told for told, count in seen.items() if count > 1]
    assert all(case.why for case in ALL)


def _told(case: Case) -> str:
    return f"{case} {case.names} {case.world} {case.documents}"


def test_the_documentation_says_what_is_measured() -> None:
    text = DOCS.read_text("utf-8")
    assert cases_table(scores()) in text, "python -m tests.quality.vex --write"
    assert traps_table() in text
