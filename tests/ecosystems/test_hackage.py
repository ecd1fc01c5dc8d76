"""Cabal's order of versions."""

import itertools

import pytest

from ironhull.ecosystems import ECOSYSTEMS, ecosystem_of_scope
from ironhull.model import Package

ROW = ECOSYSTEMS["hackage"]
CHAIN = ("0", "0.0", "0.1", "0.1.0.0", "0.1.1", "0.10", "1.4.100", "2.0.1.1", "2.0.10")


def test_the_longer_version_is_the_later() -> None:
    for left, right in itertools.combinations(CHAIN, 2):
        assert ROW.order(left) < ROW.order(right), (left, right)


@pytest.mark.parametrize("text", ["", "1.", "1-2", "1.0a", "v1", "1..2", "1" * 600])
def test_what_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a Hackage version"):
        ROW.order(text)


def test_names_and_scopes() -> None:
    package = Package("hackage", "aeson", "2.0.1.0")
    assert ROW.lookups(package) == (("aeson", "2.0.1.0"),)
    assert ROW.scopes(package, None) == ("Hackage",)
    assert ecosystem_of_scope("Hackage") is ROW
