"""NuGet's order as bytes: "Package versioning", NuGet.Versioning's rules, and univers."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.ecosystems import ECOSYSTEMS, ecosystem_of_scope
from ironhull.model import Package
from tests.ecosystems import oracles

ROW = ECOSYSTEMS["nuget"]

CHAIN = (
    *("0.0.0-alpha", "0.0.0.1", "0.1", "1.0.0--1", "1.0.0-0", "1.0.0-2", "1.0.0-10"),
    *("1.0.0-2147483647", "1.0.0-10000000000", "1.0.0-2147483648", "1.0.0-a", "1.0.0-A.1"),
    *("1.0.0-a.b", "1.0.0-alpha", "1.0.0-BETA", "1.0.0-beta.2", "1.0.0-beta.10", "1.0.0-beta2"),
    *("1.0.0-rc", "1.0.0", "1.0.0.1-pre", "1.0.0.1", "1.0.0.10", "1.0.1", "1.10", "2.0", "10"),
)
"""Each before the next; beyond 32 bits a label is a word."""

SAME = (
    *(("1", "1.0.0.0"), ("1.0", "1.0.0"), ("1.0.0-Beta", "1.0.0-beta"), ("1.00.0.1", "1.0.0.1")),
    *(("1.0.0+githash", "1.0.0"), ("1.0.0-a+b", "1.0.0-A"), (" 1.0 ", "1.0"), ("1.0-01", "1.0-1")),
)

REFUSED = ("", "a", "1.0-", "1..0", "[1.0,2.0)", "1.0-a_b", "1.*", "1" * 600)


_label = st.sampled_from(("0", "1", "10", "a", "B", "b", "rc", "1a", "-", "-2", "2147483648"))


@st.composite
def versions(draw: st.DrawFn) -> str:
    number = st.sampled_from(("0", "1", "2", "10", "01"))
    text = ".".join(draw(st.lists(number, min_size=1, max_size=4)))
    if draw(st.booleans()):
        text += "-" + ".".join(draw(st.lists(_label, min_size=1, max_size=3)))
    return text


def _precedence(version: str) -> tuple[object, ...]:
    """VersionComparer written with tuples."""
    core, _, labels = version.partition("-")
    numbers = [int(part) for part in core.split(".")]
    words = labels.split(".") if labels else []
    return (*numbers, *[0] * (4 - len(numbers)), not words, tuple(map(_label_order, words)))


def _label_order(label: str) -> tuple[int, int, str]:
    digits = label.removeprefix("-")
    number = int(label) if digits.isdigit() else 1 << 40
    return (0, number, "") if -(2**31) <= number < 2**31 else (1, 0, label.upper())


@given(versions(), versions())
def test_keys_order_as_nuget_does(left: str, right: str) -> None:
    ours, theirs = _precedence(left), _precedence(right)
    assert oracles.compare(ROW.order, left, right) == (ours > theirs) - (ours < theirs)  # type: ignore[operator]


def test_the_versions_of_real_advisories(shared_data: Path) -> None:
    judge = pytest.importorskip("univers.versions", reason="no univers").NugetVersion
    real = oracles.real_versions(shared_data, "NuGet")
    assert [v for v in real if oracles.key_or_none(ROW.order, v) is None] == []
    theirs = {version: judge(version) for version in real}
    pairs = oracles.random_pairs(real, 30_000)
    random.Random(3).shuffle(pairs)
    wrong = [
        (left, right)
        for left, right in pairs
        if oracles.compare(ROW.order, left, right)
        != (theirs[left] > theirs[right]) - (theirs[left] < theirs[right])
    ]
    assert wrong == []


def test_names_are_without_case() -> None:
    package = Package("nuget", "Newtonsoft.Json", "12.0.3")
    assert ROW.lookups(package) == (("newtonsoft.json", "12.0.3"),)
    assert ROW.canonical("Newtonsoft.Json") == "newtonsoft.json"
    assert ROW.scopes(package, None) == ("NuGet",)
    assert ecosystem_of_scope("NuGet") is ROW


@pytest.mark.parametrize(
    ("name", "also"),
    [
        ("Microsoft.NETCore.App", "microsoft.netcore.app.runtime.linux-x64"),
        ("Microsoft.AspNetCore.App", "microsoft.aspnetcore.app.runtime.linux-x64"),
        (
            "Microsoft.NETCore.App.Runtime.rhel.9-arm64",
            "microsoft.netcore.app.runtime.linux-arm64",
        ),
        (
            "Microsoft.AspNetCore.App.Runtime.alpine.3.20-x64",
            "microsoft.aspnetcore.app.runtime.linux-musl-x64",
        ),
    ],
)
def test_shared_frameworks_are_also_their_package_for_linux(name: str, also: str) -> None:
    assert ROW.names(Package("nuget", name, "8.0.4")) == (name.lower(), also)


@pytest.mark.parametrize(
    "name",
    [
        "Microsoft.NETCore.App.Runtime.linux-x64",
        "Microsoft.NETCore.App.Runtime.linux-musl-arm64",
        "Microsoft.NETCore.App.Runtime.win-x64",
        "Microsoft.NETCore.App.Ref",
        "Microsoft.NETCore.Application",
    ],
)
def test_packages_that_have_one_name(name: str) -> None:
    assert ROW.names(Package("nuget", name, "8.0.4")) == (name.lower(),)
