"""Cabal's order of versions."""

from ironhull.ecosystems import ECOSYSTEMS, ecosystem_of_scope
from ironhull.model import Package

ROW = ECOSYSTEMS["hackage"]
CHAIN = ("0", "0.0", "0.1", "0.1.0.0", "0.1.1", "0.10", "1.4.100", "2.0.1.1", "2.0.10")

SAME = (("01.2", "1.2"),)

REFUSED = ("", "1.", "1-2", "1.0a", "v1", "1..2", "1" * 600)


def test_names_and_scopes() -> None:
    package = Package("hackage", "aeson", "2.0.1.0")
    assert ROW.lookups(package) == (("aeson", "2.0.1.0"),)
    assert ROW.scopes(package, None) == ("Hackage",)
    assert ecosystem_of_scope("Hackage") is ROW
