"""apk's order as bytes, against a comparison token by token as apk-tools describes it."""

import itertools
import json
import random
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.ecosystems import ECOSYSTEMS, ecosystem_of_scope
from ironhull.ecosystems.apk import ROW, names, scopes, sort_key
from ironhull.model import Distro, Package, Upstream

# The kinds of token in the order in which they stand in a version; where two versions differ in
# kind, the one whose token stands later is the lower, unless one is a pre-release suffix.
FIRST, NUMBER, LETTER, SUFFIX, SUFFIX_NUMBER, COMMIT, REVISION, END = range(8)
SUFFIXES = ("alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p")
RELEASE = SUFFIXES.index("")
TOKEN = re.compile(r"_([a-z]+)([0-9]*)|~([0-9a-f]+)|-r([0-9]+)|([a-z])([0-9]*)|\.?([0-9]+)")


VERSION = re.compile(r'"([0-9][^" ]*-r[0-9]+)"')


def tokens(version: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for match in TOKEN.finditer(version):
        suffix, number, commit, revision, letter, digits, other = match.groups()
        if suffix:
            found.append((SUFFIX, suffix))
            found += [(SUFFIX_NUMBER, number)] if number else []
        elif commit:
            found.append((COMMIT, commit))
        elif revision:
            found.append((REVISION, revision))
        elif letter:
            found.append((LETTER, letter))
            found += [(NUMBER, digits)] if digits else []
        else:
            found.append((NUMBER if found else FIRST, other))
    return [*found, (END, "")]


def three(left: object, right: object) -> int:
    return (left > right) - (left < right)  # type: ignore[operator]


def same_kind(kind: int, left: str, right: str) -> int:
    if kind == SUFFIX:
        return three(SUFFIXES.index(left), SUFFIXES.index(right))
    if kind == NUMBER and "0" in (left[0], right[0]):
        return three(left, right)
    if kind in (FIRST, NUMBER, SUFFIX_NUMBER, REVISION):
        return three(int(left), int(right))
    return three(left, right)


def theirs(left: str, right: str) -> int:
    for (kind, value), (other, its) in itertools.zip_longest(tokens(left), tokens(right)):
        if kind != other:
            if kind == SUFFIX and SUFFIXES.index(value) < RELEASE:
                return -1
            if other == SUFFIX and SUFFIXES.index(its) < RELEASE:
                return 1
            return three(other, kind)
        if kind == END:
            return 0
        if answer := same_kind(kind, value, its):
            return answer
    raise AssertionError("both end")


def ours(left: str, right: str) -> int:
    return three(sort_key(left), sort_key(right))


HARD = (
    *("1", "01", "1.0", "1.00", "1.05", "1.5", "1.050", "1.10", "1.9", "1.0.0", "1.01", "10", "9"),
    *("1a", "1b", "1.0a", "1.0b2", "1.2.3z", "1_alpha", "1_alpha1", "1_alpha10", "1_alpha_pre2"),
    *(
        "1_beta",
        "1_pre2",
        "1_rc1",
        "1_rc1_p1",
        "1_rc10",
        "1_cvs",
        "1_svn1",
        "1_git20240101",
        "1_hg",
    ),
    *(
        "1_p",
        "1_p0",
        "1_p1",
        "1_p10",
        "1_p9",
        "1_p1_git2",
        "1-r0",
        "1-r1",
        "1-r10",
        "1-r9",
        "1.0-r0",
    ),
    *("1~abc", "1~abd", "1~abc-r1", "1_git1~0a", "1_rc1-r5", "1a-r1", "1a_p1", "20240101-r0"),
    *("8.2.0015", "8.2.002", "6.6.2p1-r0", "6.6.2_p1-r0", "1.0.2k-r0", "1" * 30, "1." + "2" * 40),
)


def test_every_pair_of_the_hard_cases_agrees() -> None:
    wrong = [pair for pair in itertools.product(HARD, HARD) if ours(*pair) != theirs(*pair)]
    assert wrong == []


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("1_alpha1-r0", "1_beta1-r0"),
        ("1_rc3-r0", "1-r0"),
        ("1-r0", "1_git20240101-r0"),
        ("1_git20240101-r0", "1_p1-r0"),
        ("1_p1-r0", "1.0-r0"),
        ("1-r9", "1-r10"),
        ("1", "1-r0"),
        ("1.05-r0", "1.5-r0"),
        ("8.2.0015", "8.2.002"),
        ("1.0.2j-r0", "1.0.2k-r0"),
        ("1.1.1-r0", "1.1.1a-r0"),
        ("1.1.1a-r0", "1.1.2-r0"),
        ("0.1.0_alpha_pre2", "0.1.0_alpha"),
        ("1.0.0_pre20191002222144-r0", "1.0.0_pre20210530193627-r0"),
        ("2.36-r1", "2.38-r0"),
        ("6.6_p1-r1", "6.6.2p1-r0"),
    ],
)
def test_what_apk_says_of_pairs_that_tools_get_wrong(low: str, high: str) -> None:
    assert (ours(low, high), ours(high, low)) == (-1, 1)


_word = st.sampled_from([word for word in SUFFIXES if word])
_number = st.text("0129", min_size=1, max_size=4)


@st.composite
def versions(draw: st.DrawFn) -> str:
    parts = [draw(_number)]
    parts += ["." + draw(_number) for _ in range(draw(st.integers(0, 3)))]
    parts.append(draw(st.sampled_from(("", "", "a", "z", "b2"))))
    parts += [
        f"_{draw(_word)}{draw(st.one_of(st.just(''), _number))}"
        for _ in range(draw(st.integers(0, 2)))
    ]
    parts.append(draw(st.sampled_from(("", "", "~0af", "~1"))))
    parts.append(draw(st.sampled_from(("", "-r0", "-r1", "-r10"))))
    return "".join(parts)


@given(versions(), versions())
def test_keys_order_as_tokens_do(left: str, right: str) -> None:
    assert ours(left, right) == theirs(left, right)


@given(versions(), versions(), versions())
def test_the_order_is_total(left: str, middle: str, right: str) -> None:
    low, mid, high = sorted((left, middle, right), key=sort_key)
    assert theirs(low, mid) <= 0
    assert theirs(mid, high) <= 0
    assert theirs(low, high) <= 0


@pytest.mark.parametrize(
    "text",
    (
        *(
            "",
            " ",
            "a",
            "1-",
            "1-r",
            "1-0",
            "1.",
            "1..0",
            "1.0.r1",
            "1_foo",
            "1_",
            "1ab",
            "1A",
            "v1",
        ),
        *("1~", "1~xyz", "1-r1-r0", "1-r0_p1", "2021-03-27-r5", "1\n", "١", "1" * 600),
    ),
)
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an apk version"):
        sort_key(text)


@given(st.text(max_size=12))
def test_any_text_gives_a_key_or_a_value_error(text: str) -> None:
    try:
        assert isinstance(sort_key(text), bytes)
    except ValueError as fault:
        assert "not an apk version" in str(fault)


def test_the_versions_of_real_advisories(shared_data: Path) -> None:
    found: set[str] = set()
    files = [
        *(shared_data / "alpine/secdb").glob("*/*.json"),
        shared_data / "wolfi/os/security.json",
    ]
    for file in files:
        for entry in json.loads(file.read_bytes())["packages"] or ():
            found.update(entry["pkg"]["secfixes"] or ())
    for folder in ("Alpine", "Wolfi"):
        with zipfile.ZipFile(shared_data / "osv" / folder / "all.zip") as archive:
            for name in archive.namelist():
                found.update(VERSION.findall(archive.read(name).decode()))
    known = []
    for version in found:
        try:
            sort_key(version)
        except ValueError:
            continue
        known.append(version)
    assert len(known) > 15_000
    assert len(found) - len(known) < 25
    known.sort()
    chosen = random.Random(7)
    pairs = list(itertools.pairwise(known))
    pairs += [(chosen.choice(known), chosen.choice(known)) for _ in range(20_000)]
    assert [pair for pair in pairs if ours(*pair) != theirs(*pair)] == []


# ── scopes ───────────────────────────────────────────────────────────────────────────────────────


def package(version: str = "1-r0", supplier: str = "") -> Package:
    return Package("apk", "libcrypto3", version, upstream=Upstream("openssl", version),
                   supplier=supplier)  # fmt: skip


@pytest.mark.parametrize(
    ("distro", "expected"),
    [
        (Distro("alpine", "3.20"), ("Alpine:v3.20",)),
        (Distro("alpine", "edge"), ("Alpine:edge",)),
        (Distro("wolfi", "20230201"), ("Wolfi",)),
        (Distro("chainguard", "20230214"), ("Chainguard", "Wolfi")),
        (Distro("minimos", "20241031"), ("MinimOS",)),
        (Distro("alpaquita", "23"), ("Alpaquita:23",)),
        (Distro("postmarketos", "v24.06"), ("Postmarketos:v24.06",)),
        (Distro("alpine"), ("Alpine (unknown release)",)),
        (None, ("apk (unknown distribution)",)),
    ],
)
def test_the_scopes_of_a_distribution(distro: Distro | None, expected: tuple[str, ...]) -> None:
    assert scopes(package(), distro) == expected


DHI = Distro("dhi", "3.24", "", "", ("alpine",))
BUILDER = "Docker Hardened Images <dhi@docker.com>"


@pytest.mark.parametrize(
    ("version", "supplier", "expected"),
    [
        ("1-r0", "Natanael Copa", ("Alpine:v3.24",)),
        ("1-r0", "", ("Alpine:v3.24",)),
        ("1-r0", BUILDER, ("Docker Hardened Images:Alpine:3.24", "Alpine:v3.24")),
    ],
)
def test_only_what_docker_built_is_left_to_its_records(
    version: str, supplier: str, expected: tuple[str, ...]
) -> None:
    assert scopes(package(version, supplier), DHI) == expected


def test_the_ecosystems_of_records_become_scopes() -> None:
    assert ROW.claimed("Alpine:v3.20") == "Alpine:v3.20"
    assert ROW.claimed("Wolfi") == "Wolfi"
    assert ROW.claimed("Alpine") == ""


def test_dockers_records_keep_the_order_of_the_distribution() -> None:
    assert ecosystem_of_scope("Docker Hardened Images:Alpine:3.24") is ECOSYSTEMS["apk"]
    assert ecosystem_of_scope("Docker Hardened Images:Debian:13") is ECOSYSTEMS["deb"]
    assert ecosystem_of_scope("Docker Hardened Images") is None


def test_advisories_are_found_by_origin() -> None:
    assert names(package()) == ("openssl",)
    assert ROW.lookups(package("3.1.4-r5")) == (("openssl", "3.1.4-r5"),)
