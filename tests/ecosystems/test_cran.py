"""R's order of package versions."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.ecosystems import ECOSYSTEMS, ecosystem_of_scope
from ironhull.model import Package
from tests.ecosystems import oracles

ROW = ECOSYSTEMS["cran"]
CHAIN = ("0.9", "0.9-1", "0.10", "1", "1.0", "1.0.0", "1.0-1", "1.0.9000", "1.1", "3.98-1.16")


def test_the_longer_version_is_the_later() -> None:
    for left, right in itertools.combinations(CHAIN, 2):
        assert ROW.order(left) < ROW.order(right), (left, right)


def test_hyphens_are_dots() -> None:
    assert ROW.order("1.0-12") == ROW.order("1.0.12") == ROW.order("01.0.12")


@pytest.mark.parametrize("text", ["", "1.", "1.0a", "v1", "1..2", "1.0-", "1" * 600])
def test_what_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an R package version"):
        ROW.order(text)


@given(st.lists(st.integers(0, 300), min_size=1), st.lists(st.integers(0, 300), min_size=1))
def test_the_order_of_lists_of_numbers(left: list[int], right: list[int]) -> None:
    ours, theirs = (".".join(map(str, numbers[:60])) for numbers in (left, right))
    left, right = left[:60], right[:60]
    assert oracles.compare(ROW.order, ours, theirs) == (left > right) - (left < right)
    assert oracles.no_key_begins_another(ROW.order, (ours, theirs))


def test_names_and_scopes() -> None:
    package = Package("cran", "commonmark", "1.7")
    assert ROW.lookups(package) == (("commonmark", "1.7"),)
    assert ROW.scopes(package, None) == ("CRAN",)
    assert ecosystem_of_scope("CRAN") is ROW
