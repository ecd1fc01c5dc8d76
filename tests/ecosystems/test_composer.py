"""Composer's order as bytes, against composer/semver and PHP."""

import itertools
import random
from pathlib import Path

from ironhull.ecosystems import ECOSYSTEMS, ecosystem_of_scope
from ironhull.model import Package
from tests.ecosystems import oracles

ROW = ECOSYSTEMS["composer"]

CHAIN = (
    *("0.9", "1.0.0-dev", "1.0.0-alpha", "1.0.0-alpha1-dev", "1.0.0-alpha1", "1.0.0-a2"),
    *("1.0.0-alpha10", "1.0-b1", "1.0.0-beta.2", "1.0.0-beta2.1", "1.0.0RC1", "1.0.0-rc.2"),
    *("1.0.0", "1.0.0-patch1", "1.0.0-p2", "1.0.0pl3", "1.0.0.1", "1.0.x-dev", "1.1", "1.x-dev"),
    *("2.0.0", "10.0", "2010.01.02", "20100102", "20100103-alpha", "20100103"),
)
"""Each before the next."""

SAME = (
    *(("1", "1.0.0.0"), ("v1.2.3", "1.2.3"), ("1.0.0+build", "1.0"), ("1.0.0-stable", "1.0")),
    *(("1.0@beta", "1.0"), ("1.0-b2", "1.0-BETA2"), ("1.0.0-rc1", "1.0RC1"), (" 1.2 ", "1.2")),
    *(
        ("1.0.x-dev", "1.0.x-DEV"),
        ("1.0.*-dev", "1.0.x-dev"),
        ("1.2 as 2.0", "1.2"),
        ("1-p1", "1pl1"),
    ),
    ("2010-01-02", "2010:01:02"),
)

REFUSED = ("", "dev-main", "dev-1.0", "master", "1.0.0.0.0", "*", "1-a-b", "^1.0", "1" * 600)


def test_the_chain_is_composers() -> None:
    ranked = oracles.ranked_by(oracles.composer_semver(), [*CHAIN, *itertools.chain(*SAME)])
    assert oracles.refused_by(ranked) == []
    assert oracles.wrong(ROW.order, ranked) == []


def test_bounds_that_composer_refuses_are_read_as_they_are_meant() -> None:
    chain = ["1.5.7-dev", "1.5.7-test2", "1.5.7-alpha1", "1.5.7", "1.5.7-p1", "1.5.7c", "1.5.7d"]
    keys = [ROW.order(version) for version in (*chain, "1.5.8")]
    assert keys == sorted(set(keys))
    assert ROW.order("6.0.0-GM") == ROW.order("6.0.0")
    assert ROW.order("1.3.0") < ROW.order("1.3.0r1") < ROW.order("1.3.0r4") < ROW.order("1.3.1")
    assert ROW.order("2.1.0-dev1") < ROW.order("2.1.0-alpha1") < ROW.order("2.1.0")


def _made_up(count: int) -> set[str]:
    chosen = random.Random(6)
    words = (
        "alpha",
        "a",
        "b",
        "beta",
        "RC",
        "rc",
        "p",
        "pl",
        "patch",
        "stable",
        "dev",
        "-dev",
        "x-dev",
    )
    pieces = ("0", "1", "2", "10", "01", ".", ".", ".", "-", "_", "v", "+b", "@dev", "2010", *words)
    return {"".join(chosen.choices(pieces, k=chosen.randrange(1, 9))) for _ in range(count)}


def test_made_up_versions_against_composer() -> None:
    versions = {start + version for version in _made_up(10_000) for start in ("1.", "1.0", "2-")}
    ranked = oracles.ranked_by(oracles.composer_semver(), versions)
    assert len(ranked) - len(oracles.refused_by(ranked)) > 2_000
    assert oracles.wrong(ROW.order, ranked) == []


def test_the_versions_of_real_advisories(shared_data: Path) -> None:
    versions = oracles.real_versions(shared_data, "Packagist")
    assert [v for v in versions if oracles.key_or_none(ROW.order, v) is None] == []
    ranked = oracles.ranked_by(oracles.composer_semver(), versions)
    assert len(ranked) - len(oracles.refused_by(ranked)) > 15_000
    assert oracles.wrong(ROW.order, ranked) == []


def test_names_and_repositories() -> None:
    package = Package("composer", "Symfony/HTTP-Kernel", "v5.4.0")
    assert ROW.lookups(package) == (("symfony/http-kernel", "v5.4.0"),)
    assert ROW.canonical("Symfony/Http-Kernel") == "symfony/http-kernel"
    assert ROW.scopes(package, None) == ("Packagist",)
    assert ROW.claimed("Packagist:https://packages.drupal.org/8") == "Packagist"
    assert ecosystem_of_scope("Packagist") is ROW
