"""Values of metadata are cleaned before anything shows them; absurd files end soon."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.catalogers._fields import either, line, load_json, person, texts, web, word
from ironhull.limits import LIMITS
from tests.catalogers.listing import read


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (" 1.0\n", "1.0"),
        ("a b", ""),
        ("a\x1b[31m", ""),
        ("\ud800", ""),
        ("é", "é"),
        ("x" * 301, ""),
        (None, ""),
        (1.0, ""),
    ],
)
def test_words(value: object, kept: str) -> None:
    assert word(value) == kept


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("one\n  two\tthree ", "one two three"),
        ("a\x00\x1b[1mb\ud800", "a[1mb"),
        ("x" * 600, "x" * 499 + "…"),
        (["x"], ""),
    ],
)
def test_lines(value: object, kept: str) -> None:
    assert line(value) == kept


@pytest.mark.parametrize(
    ("name", "mail", "said"),
    [
        ("A", "a@b", "A <a@b>"),
        ("A <a@b> (https://x)", "c@d", "A <a@b>"),
        ("A", "not an address", "A"),
        ("", "a@b", "a@b"),
        (None, None, ""),
    ],
)
def test_people(name: object, mail: object, said: str) -> None:
    assert person(name, mail) == said


def test_web_addresses() -> None:
    assert web("git://x", None, "HTTPS://a", "http://b") == "HTTPS://a"
    assert web("javascript:alert(1)", "https://a b") == ""


def test_choices_of_licences() -> None:
    assert either(["MIT", "", "mit", "Apache-2.0"]) == ("MIT OR Apache-2.0",)
    assert either(["GPL-2+ and MIT", "ISC"]) == ("(GPL-2.0-or-later AND MIT) OR ISC",)
    assert either([]) == ()


def test_lone_values_and_lists() -> None:
    assert texts("a") == ("a",)
    assert texts(["a", 1, "b"]) == ("a", "b")
    assert texts({"a": 1}) == ()


@given(st.binary(max_size=60))
def test_json_is_read_or_refused(data: bytes) -> None:
    try:
        load_json(data)
    except ValueError as error:
        assert "\n" not in str(error)


MANY = 200_000
SPACES = " " * MANY


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("node_modules/a/package.json", '{"name": "a", "author": "' + SPACES + '"}'),
        ("node_modules/a/package.json", '{"name": "a", "version": ' + "9" * MANY + "}"),
        (
            "node_modules/a/package.json",
            '{"name": "a", "dependencies": {' + ",".join(f'"d{n}": ""' for n in range(MANY)) + "}}",
        ),
        ("specifications/a-1.gemspec", "s.add_dependency(%q<" * (MANY // 20)),
        ("specifications/a-1.gemspec", 's.name = "' * (MANY // 10)),
        ("specifications/a-1.gemspec", "s." + SPACES + "="),
        ("lib/luarocks/rocks/a/1-1/a-1-1.rockspec", "summary = [[" * (MANY // 12)),
        ("lib/luarocks/rocks/a/1-1/a-1-1.rockspec", "\n" * MANY),
        ("lib/luarocks/rocks/a/1-1/a-1-1.rockspec", 'summary = "' * (MANY // 12)),
        ("R/library/a/DESCRIPTION", "Package: a\nVersion: 1\nLicense: " + SPACES + "x"),
        ("R/library/a/DESCRIPTION", "Package: a\nVersion: 1\nMaintainer: " + "x" * MANY),
        ("lib/a/ebin/a.app", '{application,a,[{vsn,"1"},' + "{a,b}," * (MANY // 6)),
        ("lib/a/ebin/a.app", '"' * MANY),
        ("perllocal.pod", "=head2 C<Module> L<A|A> C<VERSION:" + SPACES),
        ("a.deps.json", '{"libraries": {' + ",".join(f'"a/{n}":{{}}' for n in range(9999)) + "}}"),
        (".pnp.cjs", "RAW_RUNTIME_STATE = '" * (MANY // 20)),
        (".pnp.cjs", "hydrateRuntimeState({" * (MANY // 20)),
    ],
)
def test_absurd_files_end(path: str, body: str) -> None:
    sbom = read({path: body})
    assert len(sbom.packages) <= 1
    assert len(sbom.problems) <= LIMITS.file_problems + 1


@pytest.mark.parametrize("path", ["specifications/a-1.gemspec", "lib/a/ebin/a.app"])
def test_a_description_far_too_large_is_a_problem(path: str) -> None:
    [problem] = read({path: " " * (LIMITS.description_bytes + 1)}).problems
    assert f"more than {LIMITS.description_bytes}" in problem.message
