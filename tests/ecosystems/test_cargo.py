"""Crates: Semantic Versioning, and the names crates.io takes for one."""

from pathlib import Path

import pytest

from ironhull.ecosystems import ECOSYSTEMS, ecosystem_of_scope
from ironhull.model import Package
from tests.ecosystems import oracles

ROW = ECOSYSTEMS["cargo"]


def test_the_order_is_that_of_semantic_versions() -> None:
    chain = ["0.0.0-0", "0.9.0-alpha.1", "0.9.0", "0.9.103+1.1.1", "0.10.0-rc.1", "0.10.0", "1.0.0"]
    keys = [ROW.order(version) for version in chain]
    assert keys == sorted(set(keys))


def test_build_metadata_does_not_count() -> None:
    """ "300.2.1+3.2.0" of openssl-src is at "300.2.1", and a fix there is reached."""
    assert ROW.order("300.2.1+3.2.0") == ROW.order("300.2.1")


@pytest.mark.parametrize("name", ["serde_yaml", "Serde-YAML", "serde-yaml"])
def test_one_crate_of_several_spellings(name: str) -> None:
    package = Package("cargo", name, "0.9.0")
    assert ROW.lookups(package) == (("serde-yaml", "0.9.0"),)
    assert ROW.canonical(name) == "serde-yaml"
    assert ROW.scopes(package, None) == ("crates.io",)
    assert ecosystem_of_scope("crates.io") is ROW


def test_the_versions_of_real_advisories(shared_data: Path) -> None:
    versions = oracles.real_versions(shared_data, "crates.io")
    assert [v for v in versions if oracles.key_or_none(ROW.order, v) is None] == []
    ranked = oracles.ranked_by(oracles.node_semver(), versions)
    assert oracles.wrong(ROW.order, ranked) == []
