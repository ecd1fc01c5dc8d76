"""dpkg's order as bytes, against python-debian and against the real archive."""

import gzip
import itertools
import json
import lzma
import random
import re
import urllib.request
from pathlib import Path

import pytest
from debian.debian_support import NativeVersion
from hypothesis import given
from hypothesis import strategies as st

from ironhull.ecosystems.deb import ROW, names, scopes, sort_key
from ironhull.model import Distro, Package, Upstream

HARD = (
    *("0", "0~", "1", "1~", "1~~", "1~~a", "0:1", "1-0", "1-0~", "1a", "1+", "1.", "1.0", "1.a"),
    *("1-a", "00001", "a1", "a", "a0", "1:0", "1:0~", "99999999999999999999", "1" * 300),
    *("2" * 300, "1" * 254, "1" * 255, "1" * 256, "1-1", "1-1+deb13u2", "1-1~deb13u1", "1-2-3"),
    *("2:1.0:3-1", "2147483647:1", "1A", "1Z", "1z", "1.2.3+git20200101-r0", "1+b1", "1-1.1"),
)


def agree(left: str, right: str) -> bool:
    theirs = NativeVersion(left)._compare(NativeVersion(right))
    ours = (sort_key(left) > sort_key(right)) - (sort_key(left) < sort_key(right))
    return (theirs > 0) - (theirs < 0) == ours


def test_every_pair_of_the_hard_cases_agrees_with_python_debian() -> None:
    wrong = [pair for pair in itertools.product(HARD, HARD) if not agree(*pair)]
    assert wrong == []


_part = st.text("01a9Zb.+~", min_size=1, max_size=8)


@st.composite
def versions(draw: st.DrawFn) -> str:
    epoch = draw(st.sampled_from(("", "0:", "1:", "10:")))
    upstream = draw(st.text("01a9Zb.+~-" + (":" if epoch else ""), min_size=1, max_size=8))
    # a revision is always given when the upstream holds a hyphen, as the format asks
    revision = "-" + draw(_part) if "-" in upstream or draw(st.booleans()) else ""
    return epoch + upstream + revision


@given(versions(), versions())
def test_keys_order_as_python_debian_does(left: str, right: str) -> None:
    assert agree(left, right)


@given(versions(), st.sampled_from(("~", "+b1", "~~", ".1", "a")))
def test_a_suffix_of_the_revision_moves_it_the_right_way(version: str, suffix: str) -> None:
    assert agree(version, version + suffix)


@pytest.mark.parametrize(
    "text",
    (
        *("", " ", "1 2", "1-", ":1", "a:1", "-1", "1:", "1_2", "1\n", "é", "1é", "1:2:3 ", "١"),
        *("1/2", "2147483648:1", "9" * 40 + ":1", "-1:1", "b:2:1"),
    ),
)
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a Debian version"):
        sort_key(text)


@given(st.text(max_size=12))
def test_any_text_gives_a_key_or_a_value_error(text: str) -> None:
    try:
        assert isinstance(sort_key(text), bytes)
    except ValueError as fault:
        assert "not a Debian version" in str(fault)


def _check_many(found: list[str]) -> None:
    chosen = random.Random(7)
    pairs = list(itertools.pairwise(sorted(found)))
    pairs += [(chosen.choice(found), chosen.choice(found)) for _ in range(20_000)]
    assert [pair for pair in pairs if not agree(*pair)] == []
    by_key = sorted(found, key=sort_key)
    assert all(agree(*pair) for pair in itertools.pairwise(by_key))


def test_the_versions_of_real_advisories(shared_data: Path) -> None:
    tracker = json.loads((shared_data / "debian/tracker/data/json").read_bytes())
    found = {
        version
        for issues in tracker.values()
        for issue in issues.values()
        for release in issue["releases"].values()
        for version in (*release["repositories"].values(), release.get("fixed_version"))
        if version
    }
    assert len(found) > 5_000
    _check_many(sorted(found))


@pytest.mark.network
def test_the_versions_of_a_whole_release(debian_archive: str) -> None:
    url = f"{debian_archive}/dists/bookworm/main/binary-all/Packages.gz"
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            text = gzip.decompress(answer.read())
    except OSError:
        with urllib.request.urlopen(url.replace(".gz", ".xz"), timeout=60) as answer:
            text = lzma.decompress(answer.read())
    found = {match.decode() for match in re.findall(rb"^Version: (\S+)$", text, re.MULTILINE)}
    assert len(found) > 10_000
    _check_many(sorted(found))


def _package(source: str = "", version: str = "1") -> Package:
    upstream = Upstream(source, version) if source else None
    return Package("deb", "libssl3t64", version, upstream=upstream)


@pytest.mark.parametrize(
    ("distro", "expected"),
    [
        (Distro("debian", "13", "trixie"), ("Debian:13",)),
        (Distro("debian", "12.5"), ("Debian:12",)),
        (Distro("ubuntu", "24.04"), ("Ubuntu:24.04",)),
        (Distro("ubuntu", "22.04.4"), ("Ubuntu:22.04",)),
        (Distro("debian", "", "forky"), ("Debian:14", "Debian:sid")),
        (Distro("debian", "", "sid"), ("Debian:sid",)),
        (Distro("debian"), ("Debian:sid",)),
        (Distro("debian", "", "potato"), ("Debian (unknown release)",)),
        (Distro("kali", "2024.1"), ("Kali:2024.1",)),
        (Distro("kali"), ("Kali (unknown release)",)),
        (Distro("echo"), ("Echo",)),
        (None, ("deb (unknown distribution)",)),
    ],
)
def test_the_scope_is_the_release(distro: Distro | None, expected: tuple[str, ...]) -> None:
    assert scopes(_package(), distro) == expected


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("3.0.13-0ubuntu3.4", ("Ubuntu:22.04",)),
        ("8.12.1-1ubuntu0.1~esm1", ("Ubuntu:Pro:22.04", "Ubuntu:22.04")),
        ("1.0.1f-1ubuntu2.27+esm10", ("Ubuntu:Pro:22.04", "Ubuntu:22.04")),
        (
            "3.0.2-0ubuntu1.10+Fips1",
            ("Ubuntu:Pro:FIPS-updates:22.04", "Ubuntu:Pro:FIPS:22.04", "Ubuntu:22.04"),
        ),
    ],
)
def test_packages_of_ubuntu_pro_are_judged_by_its_records(
    version: str, expected: tuple[str, ...]
) -> None:
    assert scopes(_package("openssl", version), Distro("ubuntu", "22.04")) == expected


@pytest.mark.parametrize(
    ("ecosystem", "expected"),
    [
        ("Debian:13", "Debian:13"),
        ("Debian", ""),
        ("Ubuntu:24.04:LTS", "Ubuntu:24.04"),
        ("Ubuntu:25.04", "Ubuntu:25.04"),
        ("Ubuntu:Pro:22.04:LTS", "Ubuntu:Pro:22.04"),
        ("Ubuntu:Pro:18.04:LTS", "Ubuntu:18.04"),
        ("Ubuntu:18.04:LTS", "Ubuntu:18.04"),
        ("Ubuntu:Pro:FIPS:18.04:LTS", "Ubuntu:Pro:FIPS:18.04"),
        ("Ubuntu:Pro:FIPS-updates:22.04:LTS", "Ubuntu:Pro:FIPS-updates:22.04"),
        ("Ubuntu:Pro:22.04:LTS:Realtime:Kernel", ""),
        ("Ubuntu", ""),
        ("Echo", "Echo"),
    ],
)
def test_the_ecosystems_of_records_become_scopes(ecosystem: str, expected: str) -> None:
    assert ROW.claimed(ecosystem) == expected


def test_advisories_are_found_by_source_package() -> None:
    assert names(_package("openssl")) == ("openssl",)
    assert names(_package()) == ("libssl3t64",)
