import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.oci._paths import Paths
from ironhull.oci.patterns import Wanted, is_literal


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("etc/os-release", ["etc/os-release"], ["usr/etc/os-release", "etc/os-release/x"]),
        ("/etc/passwd", ["etc/passwd"], ["passwd"]),
        ("var/lib/dpkg/status.d/*", ["var/lib/dpkg/status.d/a"], ["var/lib/dpkg/status.d/a/b"]),
        ("**/METADATA", ["METADATA", "a/METADATA", "a/b/METADATA"], ["a/XMETADATA", "METADATA/a"]),
        (
            "**/*.dist-info/METADATA",
            ["x.dist-info/METADATA", "a/x.dist-info/METADATA"],
            ["METADATA"],
        ),
        ("**/*.jar", ["a.jar", "b/a.jar", "b/.jar"], ["jar", "a.jar/b", "a.jars"]),
        ("usr/share/doc/*/copyright", ["usr/share/doc/a/copyright"], ["usr/share/doc/copyright"]),
        ("**/*.tar.gz", ["a.tar.gz", "x/b.tar.gz"], ["a.gz"]),
        ("opt/**", ["opt/a", "opt/a/b"], ["opt", "optic/a"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["b", "ab"]),
        ("*", ["a", ".hidden"], ["a/b"]),
        ("**", ["a", "a/b"], []),
        ("**/*", ["a", "a/b"], []),
        ("x?z", ["xyz"], ["xz", "x/z"]),
        ("[ab]c", ["ac", "bc"], ["cc"]),
        ("[!ab]c", ["cc"], ["ac", "/c"]),
        ("a.b", ["a.b"], ["axb"]),
    ],
)
def test_globs(pattern: str, yes: list[str], no: list[str]) -> None:
    wanted = Wanted.of([pattern])
    assert [path for path in yes if not wanted.matches(path)] == []
    assert [path for path in no if wanted.matches(path)] == []


def test_no_patterns_want_nothing_and_equal_sets_are_equal() -> None:
    assert not Wanted.of([]).matches("a")
    assert Wanted.of(["b", "a", "a"]) == Wanted.of(iter(["/a", "./b"]))
    assert Wanted.of(["b", "a"]).patterns == ("a", "b")
    assert is_literal("a/b") and not is_literal("a/*")


def _oracle(pattern: str, path: str) -> bool:
    """The definition, as slow as it is plain: segments against segments."""

    def match(want: list[str], have: list[str]) -> bool:
        if not want:
            return not have
        if want[0] == "**":
            if len(want) == 1:
                return bool(have)
            return any(match(want[1:], have[at:]) for at in range(len(have) + 1))
        if not have:
            return False
        rule = re.escape(want[0]).replace(r"\*", ".*").replace(r"\?", ".")
        return re.fullmatch(rule, have[0]) is not None and match(want[1:], have[1:])

    return match(pattern.split("/"), path.split("/"))


_SEGMENT = st.text("ab.*?", min_size=1, max_size=4).filter(lambda text: "**" not in text)
_PATTERN = st.lists(_SEGMENT | st.just("**"), min_size=1, max_size=4).map("/".join)
_PATH = st.lists(st.text("ab.", min_size=1, max_size=3), min_size=1, max_size=4).map("/".join)


@given(
    st.lists(_PATTERN.filter(lambda text: not text.startswith("./")), max_size=6),
    st.lists(_PATH, max_size=6),
)
def test_look_ups_agree_with_the_definition(patterns: list[str], paths: list[str]) -> None:
    wanted = Wanted.of(patterns)
    for path in paths:
        assert wanted.matches(path) == any(_oracle(pattern, path) for pattern in patterns)
    for pattern, path in product(patterns, paths):
        assert Wanted.of([pattern]).matches(path) == _oracle(pattern, path)


_USUAL = st.sampled_from(
    [
        "**/*.a",
        "**/a",
        "a/*",
        "a/**/*.b",
        "**/*.b/a",
        "**/a/b",
        "**/*a/b/*",
        "**/a/b*",
        "a/b/*a*",
        "**/*/a",
        "**/*/a/b",
    ]
)


@given(
    _USUAL | _PATTERN.filter(lambda text: not text.startswith("./")), st.sets(_PATH, max_size=20)
)
def test_paths_are_found_as_they_match(pattern: str, paths: set[str]) -> None:
    matches = Wanted.of([pattern]).matches
    assert Paths(paths).matching(pattern) == sorted(path for path in paths if matches(path))
