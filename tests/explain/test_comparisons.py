"""Comparisons redone: in or out, in words a reader can check."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.ecosystems import ECOSYSTEMS
from ironhull.explain.comparisons import against, range_text
from ironhull.model import Advisory, Range

DEB, PYPI, NPM = ECOSYSTEMS["deb"], ECOSYSTEMS["pypi"], ECOSYSTEMS["npm"]


def _one(version: str, span: Range, key: str = "deb") -> tuple[bool | None, str]:
    advisory = Advisory("CVE-1", "S", "p", ranges=(span,))
    (found,) = against(version, advisory, ECOSYSTEMS[key], source="osv")
    assert (found.source, found.span) == ("osv", span)
    return found.holds, found.text


@pytest.mark.parametrize(
    ("version", "span", "holds", "text"),
    [
        ("1.0-1", Range("0", "1.1-1"), True, "1.0-1 < 1.1-1"),
        ("1.1-1", Range("0", "1.1-1"), False, "1.1-1 >= 1.1-1, which repairs it"),
        ("1:1.0-1", Range("0", "1.1-1"), False, "1:1.0-1 >= 1.1-1, which repairs it"),
        ("1.1~rc1-1", Range("0", "1.1-1"), True, "1.1~rc1-1 < 1.1-1"),
        ("1.0-1", Range("1.0-1", "1.1-1"), True, "1.0-1 <= 1.0-1 < 1.1-1"),
        ("0.9-1", Range("1.0-1", "1.1-1"), False, "0.9-1 < 1.0-1, where the range begins"),
        ("1.0-1", Range("0", "", "1.0-1"), True, "1.0-1 <= 1.0-1"),
        ("1.1-1", Range("0", "", "1.0-1"), False, "1.1-1 > 1.0-1, the last one affected"),
        ("1.0-1", Range("0", limit="1.1"), True, "1.0-1 < 1.1"),
        ("1.2-1", Range("0", limit="1.1"), False, "1.2-1 >= 1.1, where the range ends"),
        ("1.0-1", Range("1.0-1"), True, "1.0-1 <= 1.0-1, and no end is known"),
        (
            "1.0-1",
            Range(),
            True,
            "every version is affected, 1.0-1 too: no fix is known",
        ),
        ("not a version", Range("0", "1"), None, None),
        ("1.0-1", Range("0", "not a version"), None, None),
    ],
)  # fmt: skip
def test_ranges(version: str, span: Range, holds: bool | None, text: str | None) -> None:
    found = _one(version, span)
    assert found[0] is holds
    if text is None:
        assert "not compared: not a Debian version" in found[1]
    else:
        assert found[1] == f"{text} (dpkg order)"


def test_the_order_is_the_ecosystems() -> None:
    assert _one("1.0.post1", Range("0", "1.0"), "pypi") == (
        False,
        "1.0.post1 >= 1.0, which repairs it (PEP 440 order)",
    )
    assert _one("1.10.0", Range("1.9.0", "1.11.0"), "npm")[0] is True


@pytest.mark.parametrize(
    ("version", "holds", "text"),
    [
        ("1.0", True, "1.0 is listed as affected"),
        ("1", True, "1 is listed as affected"),
        ("2.0", False, "2.0 is none of the 3 versions listed"),
        ("what", None, "3 versions listed: not compared: not a PEP 440 version: 'what'"),
    ],
)
def test_lists_of_versions(version: str, holds: bool | None, text: str) -> None:
    advisory = Advisory("CVE-1", "PyPI", "p", versions=("0.9", "1.0", "no version"))
    (found,) = against(version, advisory, PYPI)
    assert (found.holds, found.text) == (holds, text)


def test_an_advisory_of_nothing_is_about_no_version() -> None:
    (found,) = against("1", Advisory("CVE-1", "Debian:13", "p"), DEB)
    assert (found.holds, found.text) == (False, "no version in Debian:13 is affected")


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (Range(), ">= 0"),
        (Range("0", "1"), "< 1"),
        (Range("", "1"), "< 1"),
        (Range("1", "2"), ">= 1, < 2"),
        (Range("1", "", "2"), ">= 1, <= 2"),
        (Range("1", limit="2"), ">= 1, < 2 (no fix said)"),
        (Range("1"), ">= 1"),
    ],
)
def test_ranges_in_words(span: Range, text: str) -> None:
    assert range_text(span) == text


_VERSIONS = st.tuples(*[st.integers(0, 3)] * 3).map(lambda n: ".".join(map(str, n)))


@given(_VERSIONS, _VERSIONS, _VERSIONS)
def test_a_comparison_says_what_the_order_says(version: str, low: str, high: str) -> None:
    key = NPM.order
    holds, _ = _one(version, Range(low, high), "npm")
    assert holds is (key(low) <= key(version) < key(high))
    holds, _ = _one(version, Range(low, "", high), "npm")
    assert holds is (key(low) <= key(version) <= key(high))
