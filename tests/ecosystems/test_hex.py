"""Hex: the order of Elixir's Version."""

from pathlib import Path

from ironhull.ecosystems import ECOSYSTEMS, ecosystem_of_scope
from ironhull.model import Package
from tests.ecosystems import oracles
from tests.ecosystems.test_npm import CHAIN

ROW = ECOSYSTEMS["hex"]


def test_versions_of_erlang_applications() -> None:
    assert ROW.order("2.0") == ROW.order("2.0.0") < ROW.order("2.0.0.1") < ROW.order("2.1")


def test_the_versions_of_real_advisories(shared_data: Path) -> None:
    bounds = oracles.real_versions(shared_data, "Hex")
    assert [v for v in bounds if oracles.key_or_none(ROW.order, v) is None] == []
    versions = {*bounds, *CHAIN[:-1]}
    for folder in ("npm", "crates.io", "Pub", "NuGet", "Packagist"):
        versions.update(oracles.real_versions(shared_data, folder))
    ranked = oracles.ranked_by(oracles.elixir_version(), versions)
    assert len(ranked) - len(oracles.refused_by(ranked)) > 10_000
    assert oracles.wrong(ROW.order, ranked) == []


def test_names_are_lower_case() -> None:
    assert ROW.lookups(Package("hex", "plug", "1.0.0")) == (("plug", "1.0.0"),)
    assert ROW.canonical("Samly") == "samly"
    assert ROW.scopes(Package("hex", "plug", "1"), None) == ("Hex",)
    assert ecosystem_of_scope("Hex") is ROW
