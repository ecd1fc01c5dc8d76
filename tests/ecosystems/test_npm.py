"""SemVer's order as bytes, against node-semver and the specification's own chain."""

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ironhull.ecosystems import ECOSYSTEMS, ecosystem_of_scope
from ironhull.model import Package
from tests.ecosystems import oracles

ROW = ECOSYSTEMS["npm"]

CHAIN = (
    *("0.0.0-0", "0.0.0", "0.0.1", "0.9.9", "0.10.0", "1.0.0-0", "1.0.0-0.0", "1.0.0-1"),
    *("1.0.0-10", "1.0.0--", "1.0.0-0a", "1.0.0-A", "1.0.0-alpha", "1.0.0-alpha.1"),
    *("1.0.0-alpha.1.0", "1.0.0-alpha.2", "1.0.0-alpha.10", "1.0.0-alpha.beta", "1.0.0-alpha1"),
    *("1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0"),
    *("1.10.0", "2.0.0-0", "2.0.0", "10.0.0", f"{'9' * 300}.0.0"),
)
"""Each before the next, by section 11 of the specification."""

SAME = (
    *(("1.2.3", "v1.2.3"), ("1.2.3", "=1.2.3"), ("1.2.3", "1.2.3+build.5"), ("1.2", "1.2.0")),
    *(("1", "1.0.0"), ("1.2.3beta", "1.2.3-beta"), ("01.02.03", "1.2.3"), ("1.2.3.0", "1.2.3")),
    *(("1.2.3-rc.1+a", "1.2.3-rc.1+b"), (" 1.2.3 ", "1.2.3")),
)

REFUSED = ("", "latest", "*", "^1.2.3", "1.2.3-", "1.2.3-a..b", "1..2", "1.2.3 || 2", "1" * 600)


def test_a_fourth_number_comes_after_the_release() -> None:
    keys = [ROW.order(v) for v in ("1.2.3-a", "1.2.3", "1.2.3.1-a", "1.2.3.1", "1.2.3.10", "1.2.4")]
    assert keys == sorted(set(keys))


_identifier = st.sampled_from(("0", "1", "2", "10", "a", "b", "rc", "a1", "1a", "-", "A", "x-y"))
_number = st.sampled_from(("0", "1", "2", "9", "10", "100"))


@st.composite
def semantic(draw: st.DrawFn) -> str:
    """A version of Semantic Versioning 2.0.0."""
    text = ".".join(draw(st.lists(_number, min_size=3, max_size=3)))
    if draw(st.booleans()):
        text += "-" + ".".join(draw(st.lists(_identifier, min_size=1, max_size=3)))
    if draw(st.booleans()):
        text += "+" + ".".join(draw(st.lists(_identifier, min_size=1, max_size=2)))
    return text


def _precedence(version: str) -> tuple[object, ...]:
    """Section 11 written with tuples."""
    core, _, words = version.partition("+")[0].partition("-")
    numbers = tuple(map(int, core.split(".")))
    parts = words.split(".") if words else []
    return numbers, not words, tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts
    )  # fmt: skip


@given(semantic(), semantic())
def test_keys_order_as_the_specification_does(left: str, right: str) -> None:
    ours, theirs = _precedence(left), _precedence(right)
    assert oracles.compare(ROW.order, left, right) == (ours > theirs) - (ours < theirs)  # type: ignore[operator]


def test_the_versions_of_real_advisories(shared_data: Path) -> None:
    own = {*oracles.real_versions(shared_data, "npm"), *CHAIN[:-1]}
    own.update(*(oracles.real_versions(shared_data, name) for name in ("crates.io", "Hex")))
    assert len(own) > 3_000
    assert [version for version in own if oracles.key_or_none(ROW.order, version) is None] == []
    ranked = oracles.ranked_by(oracles.node_semver(), own)
    assert oracles.wrong(ROW.order, ranked) == []
    # what node-semver refuses are bounds without all three numbers
    assert [v for v in oracles.refused_by(ranked) if not re.fullmatch(r"\d+(\.\d+)?", v)] == []


def test_what_of_other_systems_is_semantic(shared_data: Path) -> None:
    others = ("NuGet", "Packagist", "Pub")
    versions = {v for name in others for v in oracles.real_versions(shared_data, name)}
    # of "1.2.34.Final" node-semver makes 1.2.3 with the pre-release "4.Final"
    whole = [v for v in versions if not re.match(r"\D*\d+\.\d+\.\d+\.", v)]
    ranked = oracles.ranked_by(oracles.node_semver(), whole)
    assert len(ranked) - len(oracles.refused_by(ranked)) > 15_000
    assert oracles.wrong(ROW.order, ranked) == []


def test_loose_versions_as_node_semver_reads_them() -> None:
    loose = ["1.2.3beta", "v1.2.3", "=1.2.3", "1.2.3-beta", "1.2.3beta.1", "01.2.3", "1.2.3-01"]
    ranked = oracles.ranked_by(oracles.node_semver(), [*loose, *CHAIN[:-1]])
    assert oracles.refused_by(ranked) == []
    assert oracles.wrong(ROW.order, ranked) == []


def test_names_and_scopes() -> None:
    package = Package("npm", "@babel/core", "7.0.0")
    assert ROW.lookups(package) == (("@babel/core", "7.0.0"),)
    assert ROW.scopes(package, None) == ("npm",)
    assert ROW.canonical("JSONStream") == "JSONStream"
    assert ecosystem_of_scope("npm") is ROW
