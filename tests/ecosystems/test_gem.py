"""RubyGems' order as bytes, against Gem::Version."""

import itertools
import random
from pathlib import Path

import pytest

from ironhull.ecosystems import ECOSYSTEMS, ecosystem_of_scope
from ironhull.model import Package
from tests.ecosystems import oracles

ROW = ECOSYSTEMS["gem"]

CHAIN = (
    *("0.a", "0", "0.0.1", "0.9", "1.a", "1.a.1", "1.a.2", "1.b1", "1.pre.a", "1.pre.1", "1.rc1"),
    *("1.0.0", "1.0.0.1.pre", "1.0.0.1", "1.0.1.a", "1.0.1", "1.0.10", "1.1", "1.10", "2.0.0.rc1"),
    *("2.0.0.rc2", "2", "20240101"),
)
"""Each before the next."""

SAME = (
    *(("1", "1.0.0"), ("1.0.a", "1.a"), ("1.0.0-rc1", "1.pre.rc1"), ("01.2", "1.2"), ("", "0")),
    *(("1.a.0", "1.a"), (" 1.2 ", "1.2"), ("1.0.a10", "1.a.10")),
)

REFUSED = ("v1", "1..2", "1.2-", "~> 1", "1_2", "junk", "1.é", "1." * 400)


def test_the_chain_is_gem_versions() -> None:
    ranked = oracles.ranked_by(oracles.gem_version(), [*CHAIN, *itertools.chain(*SAME)])
    assert oracles.refused_by(ranked) == []
    assert oracles.wrong(ROW.order, ranked) == []


def _made_up(count: int) -> set[str]:
    chosen = random.Random(5)
    pieces = ("0", "1", "2", "10", "00", "a", "b", "rc", "pre", ".", ".", ".", "-", "Z", "v", " ")
    return {"".join(chosen.choices(pieces, k=chosen.randrange(1, 9))) for _ in range(count)}


def test_made_up_versions_against_gem_version() -> None:
    ranked = oracles.ranked_by(oracles.gem_version(), _made_up(40_000))
    assert len(ranked) > 10_000
    assert oracles.wrong(ROW.order, ranked) == []
    kept = [v for v in oracles.refused_by(ranked) if oracles.key_or_none(ROW.order, v) is not None]
    assert kept == []


def test_the_versions_of_real_advisories(shared_data: Path) -> None:
    versions = set(oracles.real_versions(shared_data, "RubyGems"))
    assert [v for v in versions if oracles.key_or_none(ROW.order, v) is None] == []
    for folder in ("NuGet", "npm"):
        versions.update(oracles.real_versions(shared_data, folder))
    ranked = oracles.ranked_by(oracles.gem_version(), versions)
    assert len(ranked) - len(oracles.refused_by(ranked)) > 10_000
    assert oracles.wrong(ROW.order, ranked) == []


@pytest.mark.parametrize(
    ("said", "compared"),
    [
        *(("1.13.5", "1.13.5"), ("1.13.5-x86_64-linux", "1.13.5"), ("1.13.5-java", "1.13.5")),
        *(("1.13.5-arm64-darwin-22", "1.13.5"), ("1.13.5-x64-mingw-ucrt", "1.13.5")),
        *(("1.0.0-rc.1", "1.0.0-rc.1"), ("1.0.0-beta2", "1.0.0-beta2"), ("1.2-ruby", "1.2")),
        *(("1.2-aarch64-linux-musl", "1.2"), ("1.2-universal-darwin", "1.2")),
    ],
)
def test_a_platform_is_no_part_of_the_version(said: str, compared: str) -> None:
    assert ROW.lookups(Package("gem", "nokogiri", said)) == (("nokogiri", compared),)


def test_scopes() -> None:
    assert ROW.scopes(Package("gem", "rack", "3.0"), None) == ("RubyGems",)
    assert ecosystem_of_scope("RubyGems") is ROW
