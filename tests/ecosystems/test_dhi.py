"""Hardened images: the order of what Docker compiles, and whose records speak for what."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.ecosystems import ECOSYSTEMS
from ironhull.ecosystems._hardened import FAMILY, lineage
from ironhull.ecosystems.dhi import ROW, names, scopes, sort_key
from ironhull.model import Distro, Package

ASCENDING = (
    *("0.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2"),
    *("1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2", "1.10", "2.0.0rc1", "2", "21.0.5.11"),
)


def test_versions_ascend_as_semantic_versioning_says() -> None:
    for left, right in itertools.combinations(ASCENDING, 2):
        assert sort_key(left) < sort_key(right), (left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [("1", "1.0.0"), ("v1.2", "1.2.0"), ("1.2.3+build", "1.2.3"), ("1.02", "1.2")],
)
def test_what_means_the_same_has_one_key(left: str, right: str) -> None:
    assert sort_key(left) == sort_key(right)


@pytest.mark.parametrize("text", ("", " ", "x", "1..2", "1.", "-1", "1 2", "1-", "é", "1" * 600))
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a DHI version"):
        sort_key(text)


_numbers = st.lists(st.integers(0, 120), min_size=1, max_size=4)


@given(_numbers, _numbers)
def test_numbers_are_compared_in_turn(left: list[int], right: list[int]) -> None:
    ours = sort_key(".".join(map(str, left))) < sort_key(".".join(map(str, right)))
    size = max(len(left), len(right))
    theirs = left + [0] * (size - len(left)) < right + [0] * (size - len(right))
    assert ours == theirs


@given(st.text(max_size=12))
def test_any_text_gives_a_key_or_a_value_error(text: str) -> None:
    try:
        assert isinstance(sort_key(text), bytes)
    except ValueError as fault:
        assert "not a DHI version" in str(fault)


def test_what_docker_compiles_is_judged_by_dockers_records() -> None:
    node = Package("dhi", "node", "22.1.0")
    assert (scopes(node, Distro("debian", "13")), names(node)) == (("DHI",), ("node",))
    assert ROW is ECOSYSTEMS["dhi"]


TRIXIE = Distro("dhi", "13", "", "", ("debian",))
BUILDER = "Docker Hardened Images <dhi@docker.com>"


@pytest.mark.parametrize(
    ("version", "supplier", "expected"),
    [
        ("9.7-3", "Michael Stone <mstone@debian.org>", ("Debian:13",)),
        ("9.7-3", "", ("Debian:13",)),
        ("9.7-3", BUILDER, (f"{FAMILY}:Debian:13", "Debian:13")),
        ("9.7-3+dhi4", "", (f"{FAMILY}:Debian:13",)),
        ("9.7-3+dhi4", BUILDER, (f"{FAMILY}:Debian:13",)),
    ],
)
def test_only_what_docker_built_is_left_to_its_records(
    version: str, supplier: str, expected: tuple[str, ...]
) -> None:
    package = Package("deb", "coreutils", version, namespace="dhi", supplier=supplier)
    assert ECOSYSTEMS["deb"].scopes(package, TRIXIE) == expected


@pytest.mark.parametrize(
    ("ecosystem", "name", "expected"),
    [
        ("Docker Hardened Images:Debian:13", "Debian", "Docker Hardened Images:Debian:13"),
        ("Docker Hardened Images:Debian:13", "Alpine", ""),
        ("Docker Hardened Images", "Debian", ""),
        ("Docker Hardened Images:Debian", "Debian", ""),
        ("Debian:13", "Debian", ""),
    ],
)
def test_records_without_a_release_are_on_images(ecosystem: str, name: str, expected: str) -> None:
    assert lineage(ecosystem, name) == expected
