"""The rules of .dockerignore against Docker's own cases (moby/patternmatcher)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.dockerfiles import IgnoreRules
from ironhull.errors import BuildError


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("**", "file", True), ("**", "dir/file", True), ("**/", "dir/file", True),
        ("**/**", "dir/file", True), ("dir/**", "dir/file", True), ("dir/**", "dir/d2/file", True),
        ("dir/**", "dir", False), ("**/dir", "dir", True), ("**/dir", "dir/file", True),
        ("**/dir2/*", "dir/dir2/file", True), ("**/dir2/*", "dir/dir2/d/file", True),
        ("**file", "file", True), ("**file", "dir/file", True), ("**file", "dir/dir/file", True),
        ("**/file", "file", True), ("**/file*", "dir/file.txt", True),
        ("**/file*txt", "dir/file.txt", True), ("**/file*.txt*", "dir/dir/file.txt", True),
        ("**/**/*.txt", "dir/dir/file.txt", True), ("**/**/*.txt2", "dir/file.txt", False),
        ("**/*.txt", "file.txt", True), ("a**/*.txt", "a/file.txt", True),
        ("a**/*.txt", "a/dir/file.txt", True), ("a/*.txt", "a/dir/file.txt", False),
        ("a/*.txt", "a/file.txt", True), ("a/*.txt**", "a/file.txt", True),
        ("a[b-d]e", "ae", False), ("a[b-d]e", "ace", True), ("a[b-d]e", "aae", False),
        ("a[^b-d]e", "aze", True), (".*", ".foo", True), (".*", "foo", False),
        ("abc.def", "abcdef", False), ("abc.def", "abc.def", True), ("abc?def", "abcZdef", True),
        ("abc?def", "abc/def", False), ("a\\*b", "a*b", True), ("a\\*b", "axb", False),
        ("**/foo/bar", "foo/bar", True), ("**/foo/bar", "dir/dir2/foo/bar", True),
        ("abc/**", "abc", False), ("abc/**", "abc/def/ghi", True), ("**/.foo", ".foo", True),
        ("**/.foo", "bar.foo", False), ("./bar", "bar", True), ("/bar", "bar", True),
        ("bar/", "bar/x", True), ("foo/../bar", "bar", True), ("*.py", "a/b.py", False),
        ("a", "ab", False), ("dir", "dir/a/b", True), ("a$b", "a$b", True), ("a+b", "a+b", True),
        ("a(b", "a(b", True),
    ],
)  # fmt: skip
def test_patterns(pattern: str, path: str, matches: bool) -> None:
    assert IgnoreRules.of([pattern]).matches(path) is matches


def test_the_last_match_wins() -> None:
    rules = IgnoreRules.of(["*", "!src", "src/secret", "# comment", "", "  ", "!src/secret/not"])
    assert rules.matches("README")
    assert not rules.matches("src/app.py")
    assert rules.matches("src/secret/key")
    assert not rules.matches("src/secret/not")
    assert rules.takes_back


@pytest.mark.parametrize("line", ["!", "[a", "[z-a]", "a[]"])
def test_a_bad_pattern_is_refused(line: str) -> None:
    with pytest.raises(BuildError):
        IgnoreRules.of([line])


@given(st.lists(st.text(max_size=20), max_size=5), st.text(min_size=1, max_size=20))
def test_any_text_is_a_pattern_or_refused(lines: list[str], path: str) -> None:
    try:
        rules = IgnoreRules.of(lines)
    except BuildError:
        return
    assert rules.matches(path) in (True, False)


@given(st.text("ab/.*?", min_size=1, max_size=8))
def test_taking_everything_back_leaves_nothing_out(pattern: str) -> None:
    assert not IgnoreRules.of([pattern, "!**"]).matches("a/b")
