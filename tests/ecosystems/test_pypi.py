"""PEP 440's order as bytes, against packaging.version."""

import itertools
import json
import random
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import InvalidVersion, Version

from ironhull.ecosystems.pypi import names, normalised, scopes, sort_key
from ironhull.model import Package

HARD = (
    *("1.0.dev0", "1.0.dev1", "1.0a0.dev1", "1.0a0", "1.0a1", "1.0a1.post0.dev1", "1.0a1.post0"),
    *("1.0b1", "1.0rc1", "1.0", "1", "1.0.0", "1.0+abc", "1.0+abc.1", "1.0+abc.a", "1.0+1"),
    *("1.0+1.1", "1.0+10", "1.0+a", "1.0+ab", "1.0.post0.dev0", "1.0.post0", "1.0.post1"),
    *("1.0.post1+x", "1.0.1", "1.1", "1.10", "1.9", "1!0", "1!0.dev1", "10!0", "2!1", "0", "0.0"),
    *("0.dev0", "v1.0", "1.0-1", "1.0C2", "1.0.0.0.0.1", f"1.{'9' * 200}", f"1.{'9' * 300}"),
)


def agree(left: str, right: str) -> bool:
    theirs = (Version(left) > Version(right)) - (Version(left) < Version(right))
    return theirs == (sort_key(left) > sort_key(right)) - (sort_key(left) < sort_key(right))


def test_every_pair_of_the_hard_cases_agrees_with_packaging() -> None:
    assert [pair for pair in itertools.product(HARD, HARD) if not agree(*pair)] == []


_small = st.sampled_from(("0", "1", "2", "9", "10", "00", "100"))


@st.composite
def versions(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(("", "0!", "1!", "12!")))
    text += ".".join(draw(st.lists(_small, min_size=1, max_size=4)))
    if draw(st.booleans()):
        text += draw(st.sampled_from(("a", "b", "rc", ".alpha", "-beta.", "_c"))) + draw(_small)
    if draw(st.booleans()):
        text += draw(st.sampled_from((".post", "-", ".rev", "r"))) + draw(_small)
    if draw(st.booleans()):
        text += ".dev" + draw(_small)
    if draw(st.booleans()):
        segment = st.sampled_from(("a", "ab", "1", "10", "a1", "1a", "ubuntu", "0"))
        text += "+" + ".".join(draw(st.lists(segment, min_size=1, max_size=3)))
    return text


@given(versions(), versions())
def test_keys_order_as_packaging_does(left: str, right: str) -> None:
    assert agree(left, right)


@pytest.mark.parametrize("text", ["", "legacy", "2004d", "1.0-foo", "1..0", "1.0+", "1." * 4000])
def test_legacy_versions_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a PEP 440 version"):
        sort_key(text)


@given(st.text(max_size=12))
def test_any_text_gives_a_key_or_a_value_error(text: str) -> None:
    try:
        Version(text)
    except InvalidVersion:
        with pytest.raises(ValueError, match="not a PEP 440 version"):
            sort_key(text)
    else:
        assert isinstance(sort_key(text), bytes)


def test_the_versions_of_real_advisories(shared_data: Path) -> None:
    found: set[str] = set()
    with zipfile.ZipFile(shared_data / "osv/PyPI/all.zip") as archive:
        for entry in archive.namelist():
            for affected in json.loads(archive.read(entry)).get("affected", ()):
                found.update(affected.get("versions", ()))
    good = []
    for text in found:
        try:
            Version(text)
        except InvalidVersion:
            continue
        good.append(text)
    assert len(good) > 10_000
    good.sort(key=Version)
    assert [pair for pair in itertools.pairwise(good) if not agree(*pair)] == []
    chosen = random.Random(7)
    pairs = [(chosen.choice(good), chosen.choice(good)) for _ in range(20_000)]
    assert [pair for pair in pairs if not agree(*pair)] == []


def test_names_are_normalised() -> None:
    package = Package("pypi", "Zope.Interface__x", "1")
    assert names(package) == ("zope-interface-x",) == (normalised("zope-interface-X"),)
    assert scopes(package, None) == ("PyPI",)
