"""Stanzas, relations and the index: what is written comes back, what is broken is told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironhull.debian.deb822 import read_fields, stanzas
from ironhull.debian.index import PackageIndex
from ironhull.debian.relations import (
    Relation,
    holds,
    parse_relations,
    replaces,
    version_key,
)
from ironhull.errors import RepositoryError
from tests.debian.archives import stanza

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,20}", fullmatch=True)
LINES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"))).map(
    str.strip
)
PACKAGES = st.from_regex(r"[a-z0-9][a-z0-9+.-]{1,15}", fullmatch=True)
VERSIONS = st.from_regex(r"([0-9]:)?[0-9][a-z0-9.+~]{0,8}(-[a-z0-9.+~]{1,5})?", fullmatch=True)
RELATIONS = st.builds(
    lambda name, qualifier, bound: Relation(name, qualifier, *bound),
    PACKAGES,
    st.sampled_from(["", "any", "amd64"]),
    st.one_of(
        st.just(("", "")), st.tuples(st.sampled_from(["<<", "<=", "=", ">=", ">>"]), VERSIONS)
    ),
)


@given(st.dictionaries(NAMES, LINES))
def test_fields_come_back(fields: dict[str, str]) -> None:
    text = "".join(f"{name}: {value}\n" for name, value in fields.items())
    assert read_fields(text) == fields


@given(st.lists(st.dictionaries(NAMES, LINES, min_size=1), min_size=1))
def test_stanzas_are_parted_by_empty_lines(many: list[dict[str, str]]) -> None:
    text = "\n".join("".join(f"{n}: {v}\n" for n, v in one.items()) for one in many)
    assert [read_fields(one) for one in stanzas(text)] == many


@given(st.text(max_size=300))
def test_any_text_is_fields_or_an_error(text: str) -> None:
    try:
        fields = read_fields(text)
    except ValueError:
        return
    assert all(name and name == name.strip() for name in fields)


def test_folded_lines_and_comments() -> None:
    assert read_fields("A: one\n two\n\tthree\n# no\nB:x") == {"A": "one\n two\n\tthree", "B": "x"}


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (" begins\nA: b", "continues nothing"),
        ("A: b\nno colon", "not a field"),
        (": b", "not a field"),
        ("A : b", "not a field"),
        ("A: b\nA: c", "is there twice"),
    ],
)
def test_what_are_no_fields(text: str, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        read_fields(text)


# ── relations ────────────────────────────────────────────────────────────────────────────────────


@given(st.lists(st.lists(RELATIONS, min_size=1, max_size=4), max_size=5))
def test_relations_come_back(groups: list[list[Relation]]) -> None:
    text = ", ".join(" | ".join(map(str, group)) for group in groups)
    assert parse_relations(text) == tuple(map(tuple, groups))


@given(st.text(max_size=100))
def test_any_text_is_relations_or_an_error(text: str) -> None:
    try:
        groups = parse_relations(text)
    except ValueError:
        return
    assert parse_relations(", ".join(" | ".join(map(str, g)) for g in groups)) == groups


@given(VERSIONS, VERSIONS)
def test_operators_agree_with_the_order(one: str, two: str) -> None:
    less, equal = version_key(one) < version_key(two), version_key(one) == version_key(two)
    assert holds(one, "<<", two) == less
    assert holds(one, "=", two) == equal
    assert holds(one, "<=", two) == (less or equal)
    assert holds(one, ">=", two) == (not less)
    assert holds(one, ">>", two) == (not less and not equal)


def test_relations_without_spaces_and_over_lines() -> None:
    text = "libc6(>=2.38),\n a:any|b (<< 1:2~rc1-3) ,"
    assert parse_relations(text) == (
        (Relation("libc6", "", ">=", "2.38"),),
        (Relation("a", "any"), Relation("b", "", "<<", "1:2~rc1-3")),
    )


@pytest.mark.parametrize(
    "text",
    ["a |", "a (1)", "a (> 1)", "a (>= )", "a (>= 1 2)", "A", "a b", "a [amd64]", "a (>= /)"],
)
def test_what_are_no_relations(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a"):
        parse_relations(text)


def test_replaces() -> None:
    fields = {"Replaces": "a (<< 2), b"}
    assert replaces(fields, "a", "1.9")
    assert not replaces(fields, "a", "2")
    assert replaces(fields, "b", "7")
    assert not replaces({}, "b", "7")


# ── the index ────────────────────────────────────────────────────────────────────────────────────


def _index(*made: str, architecture: str = "amd64") -> PackageIndex:
    index = PackageIndex(architecture)
    index.add("\n".join(made).encode(), base="http://x", origin="http://x trixie")
    return index


def test_the_highest_version_comes_first() -> None:
    index = _index(stanza("a", "1.9"), stanza("a", "1.10"), stanza("a", "1.10~rc1"))
    assert [deb.version for deb in index.named("a")] == ["1.10", "1.10~rc1", "1.9"]
    index.add(stanza("a", "2").encode(), base="http://y", origin="http://y trixie-security")
    assert index.named("a")[0].origin == "http://y trixie-security"
    assert index.named("none") == ()


def test_source_url_and_fields() -> None:
    index = _index(
        stanza("a", "1:2-3", Source="b (2-2)", Description="größer"),
        stanza("c", Source="d"),
        stanza("e", Filename="pool/a b%3a#?.deb"),
    )
    (deb,) = index.named("a")
    assert (deb.source.name, deb.source.version) == ("b", "2-2")
    assert deb.url == "http://x/pool/a_1%253a2-3.deb"
    assert deb.fields["Description"] == "größer"
    assert index.named("c")[0].source.version == "1.0"
    assert index.named("e")[0].url == "http://x/pool/a%20b%253a%23%3F.deb"


def test_other_architectures_are_left_out() -> None:
    index = _index(stanza("a", Architecture="arm64"), stanza("a", "0.9", Architecture="all"))
    assert [deb.version for deb in index.named("a")] == ["0.9"]


def test_virtual_and_essential_packages_are_found() -> None:
    index = _index(
        stanza("a", Provides="x, y (= 2)"),
        stanza("b", Provides="x", Essential="yes"),
        stanza("c", Provides="x,\n y (= 1) , z", Essential="no"),
    )
    assert index.providers("x") == ("a", "b", "c")
    assert index.providers("y") == ("a", "c")
    assert index.providers("z") == ("c",)
    assert index.essential == ("b",)


def test_a_stanza_may_begin_with_another_field() -> None:
    text = "Version: 1\nPackage: a\nProvides: x\nEssential: yes\n"
    index = _index(text)
    assert (index.names, index.providers("x"), index.essential) == (("a",), ("a",), ("a",))


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"Filename": "../../etc/passwd"}, "leads elsewhere"),
        ({"Filename": "/etc/passwd"}, "leads elsewhere"),
        ({"Filename": "pool/../../x"}, "leads elsewhere"),
        ({"Filename": ""}, "Filename is missing"),
        ({"SHA256": "0" * 63}, "malformed"),
        ({"SHA256": "G" * 64}, "malformed"),
        ({"SHA256": ""}, "SHA256 is missing"),
        ({"Size": "-1"}, "malformed"),
        ({"Size": "1e9"}, "malformed"),
        ({"Version": "not a version"}, "not a Debian version"),
    ],
)
def test_hostile_stanzas_are_named(changes: dict[str, str], match: str) -> None:
    index = _index(stanza("good"), stanza("evil", **changes))
    assert index.named("good")
    with pytest.raises(RepositoryError, match=f"http://x trixie: Package: evil: .*{match}"):
        index.named("evil")


def test_what_is_not_utf8_is_named() -> None:
    index = PackageIndex("amd64")
    index.add(stanza("a").encode() + b"Description: \xff\n", base="http://x", origin="o")
    with pytest.raises(RepositoryError, match="utf-8"):
        index.named("a")


@settings(max_examples=50)
@given(st.binary(max_size=400))
def test_any_bytes_are_an_index_or_an_error(data: bytes) -> None:
    index = PackageIndex("amd64")
    try:
        index.add(data, base="http://x", origin="o")
        for name in index.names:
            index.named(name)
    except RepositoryError as trouble:
        assert "\n" not in trouble.message
