"""Maven's order as bytes, against maven-artifact's ComparableVersion and the POM reference."""

import itertools
import random
import re
from pathlib import Path

from ironhull.ecosystems import ECOSYSTEMS, ecosystem_of_scope
from ironhull.model import Package
from tests.ecosystems import oracles

ROW = ECOSYSTEMS["maven"]

CHAIN = (
    *("0-alpha", "0", "0.0.0-2023-01-14T04-27-31-640d2826", "0.1", "1-alpha-1", "1-a2"),
    *("1.0.0.Alpha3", "1-alpha10", "1.0-beta", "1b2", "1.0.0-beta.1", "1-M1", "1.0.0.M2", "1-rc"),
    *("1.0.CR1", "1-rc2", "1-SNAPSHOT", "1", "1-sp", "1.0.0.SP2", "1-abc", "1-jre", "1-xyz", "1-1"),
    *("1-2", "1.0.1-alpha", "1.0.1", "1.0.1.Final-redhat-1", "1.0.1-1", "1.0.10", "1.1-alpha"),
    *("1.1", "2.2-b1", "10", "20040616", "1" + "0" * 300),
)
"""Each before the next."""

SAME = (
    *(("1", "1.0.0"), ("1.ga", "1"), ("1-ga", "1.0-final"), ("1.0.0.RELEASE", "1.Final")),
    *(("1-cr1", "1-rc-1"), ("1-a1", "1-alpha-1"), ("1.0-m3", "1-milestone3"), ("1.x", "1-x")),
    *(("1.0-0", "1"), ("1..0", "1"), ("1-", "1"), ("1.RC1", "1rc1"), ("01.002", "1.2")),
    *(("1.0.0-1", "1-1"), ("1-rc0", "1-rc"), ("1.0.alpha", "1-ALPHA"), ("1.", "1")),
)

REFUSED = ("", "1.0\n", "1.é", "3\ufffd.18", "1." * 400)


def _disagreements(versions: list[str]) -> list[tuple[str, str, int]]:
    theirs = oracles.maven_compares(versions)
    return [
        (left, right, sign)
        for (left, right), sign in zip(itertools.pairwise(versions), theirs, strict=True)
        if oracles.compare(ROW.order, left, right) != sign
    ]


def test_the_chain_is_mavens() -> None:
    assert _disagreements(_plain([*CHAIN, *CHAIN[::-1], *itertools.chain(*SAME)])) == []


_CONTRADICTORY = re.compile(
    r"\.[a-z_]+[.-]|(ga|final|release)-[a-z]|(^|[.-])[abm]-[0-9]|--|^[^0-9]|[.-]$|\.\."
)
"""Where Maven 3's order is none (a word between dots comes before all lists), and what Maven 4
reads otherwise ("ga-x" as "x", "m-1" as "milestone-1").
"""


def _plain(versions: list[str]) -> list[str]:
    return [version for version in versions if not _CONTRADICTORY.search(version.lower())]


def test_made_up_versions_against_maven() -> None:
    chosen = random.Random(8)
    words = (
        "alpha",
        "a1",
        "beta2",
        "m3",
        "rc",
        "CR1",
        "snapshot",
        "ga",
        "final",
        "sp",
        "x",
        "foo1",
    )

    def version() -> str:
        numbers = ".".join(chosen.choices(("0", "1", "2", "10"), k=chosen.randrange(1, 5)))
        tail = chosen.choice(("", "-", ".", "")) + chosen.choice(words)
        tail += chosen.choice(("", "", "-1", ".1", "-x", "1"))
        return numbers + tail if chosen.random() < 0.8 else numbers + chosen.choice(("", "-1"))

    versions = _plain([version() for _ in range(12_000)])
    assert len(versions) > 5_000
    assert _disagreements(versions) == []


def test_the_versions_of_real_advisories(shared_data: Path) -> None:
    versions = oracles.real_versions(shared_data, "Maven")
    refused = [v for v in versions if oracles.key_or_none(ROW.order, v) is None]
    assert [version for version in refused if version.isascii()] == []
    plain = _plain([version for version in versions if version.isascii()])
    assert len(plain) > 0.99 * len(versions) > 29_000
    plain.sort(key=ROW.order)
    assert _disagreements(plain) == []
    assert _disagreements(random.Random(9).sample(plain, 10_000)) == []


def test_words_between_dots_count_as_behind_hyphens() -> None:
    """Maven 3 has 1.sp-x < 1-alpha < 1 < 1.sp-x; there is no such order."""
    chain = ("1.alpha-x", "1-beta", "1.rc.2", "1", "1.sp-x", "1-sp-y", "1.Final-redhat-1")
    keys = [ROW.order(version) for version in chain]
    assert keys == sorted(set(keys))


def test_names_and_repositories() -> None:
    package = Package("maven", "org.slf4j:slf4j-api", "2.0.1")
    assert ROW.lookups(package) == (("org.slf4j:slf4j-api", "2.0.1"),)
    assert ROW.scopes(package, None) == ("Maven",)
    assert ROW.claimed("Maven:https://maven.google.com") == ROW.claimed("Maven") == "Maven"
    assert ecosystem_of_scope("Maven") is ROW


def test_an_artifact_of_no_known_group_is_not_checked() -> None:
    """No record can name it, so nothing may read as if it were clean."""
    (scope,) = ROW.scopes(Package("maven", "log4j-core", "2.14.1"), None)
    assert scope == "Maven (unknown group)"
    assert ecosystem_of_scope(scope) is None
