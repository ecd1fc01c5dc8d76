"""Tags by pattern and by version, against a reading of the rules that is written differently."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import UsageError
from ironhull.registry.tags import TagFilter, is_companion_tag, version_range

TAGS = (
    *("1.2.0", "1.2.3", "v1.3", "2.0.0", "2.1.0-rc.1", "0.2.3", "0.3.0", "3", "3.13-slim"),
    *("latest", "1.2.3-alpha.1", "edge", "12.5.0.1"),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (">=1.2,<2", "1.2.0 1.2.3 v1.3"),
        (">=1.2 <2", "1.2.0 1.2.3 v1.3"),
        ("^1.2", "1.2.0 1.2.3 v1.3"),
        ("^0.2", "0.2.3"),
        ("^0.2.3", "0.2.3"),
        ("^0.0", ""),
        ("~1.2.1", "1.2.3"),
        ("~1.2", "1.2.0 1.2.3"),
        ("~1", "1.2.0 1.2.3 v1.3"),
        ("1.2", "1.2.0 1.2.3"),
        ("1.*", "1.2.0 1.2.3 v1.3"),
        ("1.x || 3", "1.2.0 1.2.3 v1.3 3"),
        ("*", "1.2.0 1.2.3 v1.3 2.0.0 0.2.3 0.3.0 3 12.5.0.1"),
        ("=1.2.3", "1.2.3"),
        ("v1.2.3", "1.2.3"),
        ("!=1.2", "v1.3 2.0.0 0.2.3 0.3.0 3 12.5.0.1"),
        (">1.2", "v1.3 2.0.0 3 12.5.0.1"),
        (">1.2.0", "1.2.3 v1.3 2.0.0 3 12.5.0.1"),
        ("<=1.2", "1.2.0 1.2.3 0.2.3 0.3.0"),
        ("<=1.2.0", "1.2.0 0.2.3 0.3.0"),
        ("<1", "0.2.3 0.3.0"),
        (">=2.1.0-rc.0", "2.1.0-rc.1 3 12.5.0.1"),
        (">=2.1.0-rc.0 <3", "2.1.0-rc.1"),
        ("=1.2.3-alpha.1", "1.2.3-alpha.1"),
        (">12.5.0", "12.5.0.1"),
    ],
)
def test_a_range(text: str, expected: str) -> None:
    assert TagFilter(semver=text).choose(TAGS) == tuple(expected.split())


@pytest.mark.parametrize(
    "text",
    ["", " ", "||", "1 ||", "latest", ">=", ">=1.2.3.4.5", "1.x.3", "1.*-rc", "> = 1", "1..2", "^"],
)
def test_what_is_no_range_is_said(text: str) -> None:
    with pytest.raises(UsageError, match="not a range of versions"):
        version_range(text)


def test_a_filter_refuses_a_range_when_it_is_made() -> None:
    with pytest.raises(UsageError, match="not a range"):
        TagFilter(semver=">=one")
    with pytest.raises(UsageError, match="number of tags"):
        TagFilter(newest=-1)


numbers = st.tuples(*[st.integers(0, 3)] * 3)
partial = st.lists(st.integers(0, 3), min_size=1, max_size=3).map(tuple)


def _means(sign: str, asked: tuple[int, ...], version: tuple[int, int, int]) -> bool:
    """As npm's documentation words it: x-ranges, tildes and carets by the numbers they fix."""
    head = version[: len(asked)]
    padded = (*asked, *(0,) * (3 - len(asked)))
    if sign == "=":
        return head == asked
    if sign == "!=":
        return head != asked
    if sign == ">":
        return head > asked
    if sign == ">=":
        return head >= asked
    if sign == "<":
        return head < asked
    if sign == "<=":
        return head <= asked
    fixed = 2 if len(asked) > 1 else 1
    if sign == "^":
        zeros = next((at for at, number in enumerate(asked) if number), len(asked) - 1)
        fixed = zeros + 1
    return version >= padded and version[:fixed] == padded[:fixed]


@given(
    st.sampled_from(["=", "!=", ">", ">=", "<", "<=", "^", "~"]), partial, numbers, st.booleans()
)
def test_every_comparator_means_what_npm_says(
    sign: str, asked: tuple[int, ...], version: tuple[int, int, int], wild: bool
) -> None:
    text = sign + ".".join(map(str, asked)) + (".*" if wild and len(asked) < 3 else "")
    tag = ".".join(map(str, version))
    assert version_range(text)(tag) == _means(sign, asked, version)


@given(st.text(max_size=30))
def test_any_text_is_a_range_or_refused(text: str) -> None:
    try:
        within = version_range(text)
    except UsageError:
        return
    assert within("1.2.3") in (True, False)


@given(st.lists(st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,20}", fullmatch=True)))
def test_a_filter_of_nothing_keeps_all_but_companions(tags: list[str]) -> None:
    kept = TagFilter().choose(tags)
    assert kept == tuple(dict.fromkeys(tag for tag in tags if not is_companion_tag(tag)))


def test_patterns_and_exclusions() -> None:
    assert TagFilter(("*-slim", "la*")).choose(TAGS) == ("3.13-slim", "latest")
    assert TagFilter(("1.*",), ("*alpha*",)).choose(TAGS) == ("1.2.0", "1.2.3")
    assert TagFilter(("1.?.3", "[v]*"), semver="1.3").choose(TAGS) == ("v1.3",)


def test_the_newest_are_versions_and_no_pre_releases_unless_asked_for() -> None:
    assert TagFilter(newest=2).choose(TAGS) == ("3", "12.5.0.1")
    assert TagFilter(tags=("*-*",), newest=1).choose(TAGS) == ("3.13-slim",)
    assert TagFilter(semver=">=2.1.0-rc.0 <3", newest=5).choose(TAGS) == ("2.1.0-rc.1",)


@pytest.mark.parametrize("ending", ["", ".sig", ".att", ".sbom"])
def test_companions_of_images_are_no_tags_of_their_own(ending: str) -> None:
    tag = "sha256-" + "0f" * 32 + ending
    assert is_companion_tag(tag)
    assert TagFilter().choose([tag, "1"]) == ("1",)
    assert not is_companion_tag(re.sub("sha256", "sha1", tag))
