"""pub's order as bytes: pub_semver's README, "Semantics", and its tests of comparison."""

from pathlib import Path

from hypothesis import given

from ironhull.ecosystems import ECOSYSTEMS, ecosystem_of_scope
from ironhull.model import Package
from tests.ecosystems import oracles
from tests.ecosystems.test_npm import semantic

ROW = ECOSYSTEMS["pub"]

CHAIN = (
    *("1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1"),
    *("1.0.0-rc.1+build.1", "1.0.0", "1.0.0+0.3.7", "1.3.7+build", "1.3.7+build.2.b8f12d7"),
    *("1.3.7+build.11.e0f985a", "2.0.0", "2.1.0", "2.2.0", "2.11.0", "2.11.1"),
)
"""Each before the next."""

SAME = (("01.02.03-01.dev+pre.02", "1.2.3-1.dev+pre.2"),)

REFUSED = ("", "any", "^1.0.0", "1.0.0+", "1.0.0-", "one")


def _precedence(version: str) -> tuple[object, ...]:
    """pub_semver's comparison written with tuples: a build is above none."""
    head, _, build = version.partition("+")
    core, _, words = head.partition("-")
    return (*map(int, core.split(".")), not words, _words(words), bool(build), _words(build))


def _words(text: str) -> tuple[tuple[int, int, str], ...]:
    parts = text.split(".") if text else ()
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)


@given(semantic(), semantic())
def test_keys_order_as_pub_does(left: str, right: str) -> None:
    ours, theirs = _precedence(left), _precedence(right)
    assert oracles.compare(ROW.order, left, right) == (ours > theirs) - (ours < theirs)  # type: ignore[operator]


def test_the_versions_of_real_advisories(shared_data: Path) -> None:
    versions = oracles.real_versions(shared_data, "Pub")
    assert [v for v in versions if oracles.key_or_none(ROW.order, v) is None] == []
    plain = [version for version in versions if "+" not in version]
    assert oracles.wrong(ROW.order, oracles.ranked_by(oracles.node_semver(), plain)) == []


def test_names_and_scopes() -> None:
    package = Package("pub", "http", "0.13.2")
    assert ROW.lookups(package) == (("http", "0.13.2"),)
    assert ROW.scopes(package, None) == ("Pub",)
    assert ecosystem_of_scope("Pub") is ROW
