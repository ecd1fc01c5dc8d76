"""R's order of package versions."""

from hypothesis import given
from hypothesis import strategies as st

from ironhull.ecosystems import ECOSYSTEMS, ecosystem_of_scope
from ironhull.model import Package
from tests.ecosystems import oracles

ROW = ECOSYSTEMS["cran"]
CHAIN = ("0.9", "0.9-1", "0.10", "1", "1.0", "1.0.0", "1.0-1", "1.0.9000", "1.1", "3.98-1.16")

SAME = (("1.0-12", "1.0.12"), ("01.0.12", "1.0.12"))

REFUSED = ("", "1.", "1.0a", "v1", "1..2", "1.0-", "1" * 600)


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
