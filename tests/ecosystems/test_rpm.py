"""rpm's order as bytes, against rpm itself; which records may judge which builds."""

import itertools
import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.ecosystems import ECOSYSTEMS, ecosystem_of_scope
from ironhull.ecosystems.rpm import ROW, adjust, fits, names, pairs, scopes, sort_key
from ironhull.model import Advisory, Distro, Package, Range, Upstream

HARD = (
    *("1", "1.0", "1.00", "1..0", "1.0.", "01", "1a", "1.a", "a1", "1a1", "1.a.1", "1_0", "1+0"),
    *("1~", "1~rc1", "1~~", "1~^", "1^", "1^git1", "1^~", "1^1", "1.1", "1.1^a", "10", "9", "0"),
    *("a", "b", "ab", "A", "Z", "z", "1.A", "1.z", "fc4", "fc.4", "20101121", "20101122"),
    *("1-1", "1-1.el9", "1-1.el9_4", "1-1.el9.1", "1-0", "1-a", "1~rc1-1", "1-1~a", "1-1^a"),
    *("0:1", "1:0", "1:0-1", "10:1", "2:1", "1:1~a-1", "0:1-1", "00:1-1", "9" * 40, "1" * 300),
    *("5.14.0-427.13.1.el9_4", "5.14.0-427.el9", "1.21.5-1.module_el8.9.0+1+a", "1-1.amzn2023"),
)


@pytest.fixture(scope="module")
def rpm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("rpm") is None:
        pytest.skip("rpm is not installed")
    return tmp_path_factory.mktemp("rpm")


def compared(where: Path, given_: list[tuple[str, str]]) -> list[int]:
    """rpm's own answers, in one run: -1, 0 or 1 for each pair."""
    file = where / "pairs"
    file.write_text("".join(f"{left}\t{right}\n" for left, right in given_))
    script = (
        f'%{{lua: for line in io.lines("{file}") do'
        ' local a, b = line:match("^(.-)\\t(.-)$"); print(rpm.vercmp(a, b).."\\n") end}'
    )
    done = subprocess.run(["rpm", "--eval", script], capture_output=True, text=True, check=True)
    return [int(line) for line in done.stdout.split()]


def ours(left: str, right: str) -> int:
    return (sort_key(left) > sort_key(right)) - (sort_key(left) < sort_key(right))


def check(where: Path, given_: list[tuple[str, str]]) -> None:
    theirs = compared(where, given_)
    assert len(theirs) == len(given_)
    wrong = [
        (pair, theirs_)
        for pair, theirs_ in zip(given_, theirs, strict=True)
        if ours(*pair) != theirs_
    ]
    assert wrong == []


def test_every_pair_of_the_hard_cases_agrees_with_rpm(rpm: Path) -> None:
    check(rpm, list(itertools.product(HARD, HARD)))


def test_random_versions_agree_with_rpm(rpm: Path) -> None:
    chosen = random.Random(11)

    def part(size: int) -> str:
        return "".join(chosen.choice("0019aZb.+_~^") for _ in range(chosen.randint(1, size)))

    def version() -> str:
        epoch = chosen.choice(("", "", "0:", "1:"))
        return epoch + part(8) + ("-" + part(6) if chosen.random() < 0.6 else "")

    check(rpm, [(version(), version()) for _ in range(30_000)])


def test_the_versions_of_real_packages_agree_with_rpm(rpm: Path, shared_data: Path) -> None:
    tracker = json.loads((shared_data / "debian/tracker/data/json").read_bytes())
    found = sorted(
        {
            version
            for issues in tracker.values()
            for issue in issues.values()
            for release in issue["releases"].values()
            for version in release["repositories"].values()
            if version.count("-") < 2
        }
    )
    assert len(found) > 2_000
    chosen = random.Random(7)
    check(rpm, [(chosen.choice(found), chosen.choice(found)) for _ in range(20_000)])


_version = st.text("01a9Zb.~^_", min_size=1, max_size=8)


@given(_version, _version, _version)
def test_the_order_is_total(left: str, middle: str, right: str) -> None:
    low, mid, high = sorted((left, middle, right), key=sort_key)
    assert ours(low, mid) <= 0
    assert ours(mid, high) <= 0
    assert ours(low, high) <= 0


@given(_version)
def test_a_release_a_caret_and_a_tilde_move_a_version_the_right_way(version: str) -> None:
    assert ours(version, version + "~a") > 0
    assert ours(version, version + "^a") < 0
    assert ours(f"{version}-1", f"{version}-1.el9") < 0
    assert ours(version, f"0:{version}") == 0
    assert ours(version, f"1:{version}") < 0


@pytest.mark.parametrize("text", ("", " ", "1 2", "a:1", ":1", "1:", "-1", "1:2:3", "x" * 600))
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an rpm version"):
        sort_key(text)


@given(st.text(max_size=12))
def test_any_text_gives_a_key_or_a_value_error(text: str) -> None:
    try:
        assert isinstance(sort_key(text), bytes)
    except ValueError as fault:
        assert "not an rpm version" in str(fault)


# ── scopes ───────────────────────────────────────────────────────────────────────────────────────


def package(version: str = "1-1.el9", vendor: str = "", **fields: object) -> Package:
    return Package("rpm", "openssl-libs", version, supplier=vendor, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("distro", "version", "vendor", "expected"),
    [
        (Distro("rhel", "9.4"), "1-1.el9_4", "Red Hat, Inc.", "Red Hat:9"),
        (Distro("rhel", "9.4"), "1-1", "", "Red Hat:9"),
        (Distro("centos", "7"), "1-1.el7.centos", "CentOS", "Red Hat:7"),
        (Distro("almalinux", "9.4"), "1-1.el9", "AlmaLinux", "AlmaLinux:9"),
        (Distro("almalinux", "10.0"), "1-1.el9", "AlmaLinux", "AlmaLinux:9"),
        (Distro("rocky", "8.10"), "1-1.module+el8.9.0+1+a", "Rocky", "Rocky Linux:8"),
        (Distro("ol", "9.3"), "1-1.0.1.el9", "Oracle America", "Oracle Linux:9"),
        (Distro("rhel", "9.4"), "1-1.el9", "Fedora Project", "EPEL:9"),
        (Distro("rhel", "9.4"), "1-1.el9.ngx", "NGINX Inc", "rpm (packages of NGINX Inc)"),
        (Distro("sles", "15.5"), "1-150500.1", "SUSE LLC", "SUSE:15.5"),
        (Distro("sle-micro", "5.5"), "1-1", "", "SUSE:Micro 5.5"),
        (Distro("opensuse-leap", "15.6"), "1-1", "openSUSE", "openSUSE:Leap 15.6"),
        (Distro("opensuse-tumbleweed", "20260101"), "1-1", "", "openSUSE:Tumbleweed"),
        (Distro("amzn", "2023"), "1-1.amzn2023", "Amazon Linux", "Amazon Linux:2023"),
        (Distro("azurelinux", "3.0"), "1-1.azl3", "", "Azure Linux:3"),
        (Distro("mariner", "2.0"), "1-1.cm2", "", "Azure Linux:2"),
        (Distro("cbl-mariner", "2.0.20240123"), "1-1.cm2", "", "Azure Linux:2"),
        (Distro("alma", "9.4"), "1-1.el9", "", "AlmaLinux:9"),
        (Distro("redhat", "9.4"), "1-1.el9", "", "Red Hat:9"),
        (Distro("photon", "5.0"), "1-1.ph5", "", "Photon OS:5.0"),
        (Distro("fedora", "41"), "1-1.fc41", "Fedora Project", "Fedora:41"),
        (Distro("mageia", "9"), "1-1.mga9", "", "Mageia:9"),
        (
            Distro("openeuler", "24.03", "", "openEuler 24.03 (LTS-SP1)"),
            "1-1.oe2403sp1",
            "",
            "openEuler:24.03-LTS-SP1",
        ),
        (Distro("openeuler", "23.09", "", "openEuler 23.09"), "1-1", "", "openEuler:23.09"),
        (Distro("photon"), "1-1", "", "Photon (unknown release)"),
        (None, "1-1", "", "rpm (unknown distribution)"),
    ],
)
def test_the_scope_is_the_release_that_speaks_for_a_build(
    distro: Distro | None, version: str, vendor: str, expected: str
) -> None:
    found = scopes(package(version, vendor), distro)
    assert found[0] == expected
    errata = (expected.replace("Red Hat:", "Red Hat:errata:"),) if "Red Hat:" in expected else ()
    assert found[1:] == errata


@pytest.mark.parametrize(
    ("ecosystem", "expected"),
    [
        ("Red Hat:enterprise_linux:9::appstream", "Red Hat:errata:9"),
        ("Red Hat:enterprise_linux:10.1", "Red Hat:errata:10"),
        ("Red Hat:rhel_eus:9.4::baseos", ""),
        ("Red Hat:rhel_els:7", "Red Hat:errata:7"),
        ("Red Hat:openshift:4.16::el9", ""),
        ("Red Hat", ""),
        ("AlmaLinux:9", "AlmaLinux:9"),
        ("Rocky Linux:8", "Rocky Linux:8"),
        ("SUSE:Linux Enterprise Module for Basesystem 15 SP5", "SUSE:15.5"),
        ("SUSE:Linux Enterprise Server 15 SP5-LTSS", "SUSE:15.5"),
        ("SUSE:Linux Enterprise Server for SAP Applications 12 SP5", "SUSE:12.5"),
        ("SUSE:Linux Enterprise Server 16.0", "SUSE:16.0"),
        ("SUSE:Linux Enterprise Micro 5.5", "SUSE:Micro 5.5"),
        ("SUSE:Linux Enterprise Live Patching 15 SP5", ""),
        ("SUSE:Manager Server Module 4.3", ""),
        ("openSUSE:Leap 15.6", "openSUSE:Leap 15.6"),
        ("openSUSE:Tumbleweed", "openSUSE:Tumbleweed"),
        ("Azure Linux:3", "Azure Linux:3"),
        ("Photon OS:5.0", "Photon OS:5.0"),
        ("Mageia:9", "Mageia:9"),
        ("openEuler:24.03-LTS-SP1", "openEuler:24.03-LTS-SP1"),
    ],
)
def test_the_ecosystems_of_records_become_scopes(ecosystem: str, expected: str) -> None:
    assert ROW.claimed(ecosystem) == expected


def test_every_scope_with_records_has_an_order() -> None:
    for scope in ("Red Hat:9", "SUSE:15.5", "openSUSE:Leap 15.6", "Azure Linux:3", "Mageia:9"):
        assert ecosystem_of_scope(scope) is ECOSYSTEMS["rpm"]


# ── names ────────────────────────────────────────────────────────────────────────────────────────


def test_a_package_is_looked_up_by_its_own_name_and_by_that_of_its_source() -> None:
    libs = package("1:3.0.7-27.el9", upstream=Upstream("openssl", "1:3.0.7-27.el9"))
    assert pairs(libs) == (
        ("openssl-libs", "1:3.0.7-27.el9"),
        ("openssl.src", "1:3.0.7-27.el9"),
        ("openssl", "1:3.0.7-27.el9"),
    )
    assert names(libs) == ("openssl-libs", "openssl.src", "openssl")


def test_records_that_name_binary_packages_are_not_asked_for_the_source() -> None:
    libs = package("1-1.el9", namespace="redhat", upstream=Upstream("openssl", "1-1.el9"))
    assert names(libs) == ("openssl-libs", "openssl.src")


def test_the_epoch_of_a_source_of_another_version_is_not_known() -> None:
    errno = package("1.30-481.el9", upstream=Upstream("perl", "5.32.1-481.el9"))
    assert ("perl.src", "?:5.32.1-481.el9") in pairs(errno)
    assert sort_key("?:5.32.1-481.el9") == sort_key("5.32.1-481.el9")
    assert fits("?:5.32.1-480.el9", Range(fixed="4:5.32.1-481.el9"))
    assert not fits("?:5.32.1-481.el9", Range(fixed="4:5.32.1-481.el9"))
    assert not fits("?:5.32.1-479.el9", Range("4:5.32.1-480.el9", fixed="4:5.32.1-481.el9"))
    assert fits("?:5.32.1-481.el9", Range(last_affected="4:5.32.1-481.el9"))
    assert not fits("?:5.32.1-481.el9", Range(limit="4:5.32.1-481.el9"))


def test_a_package_of_a_module_is_looked_up_in_its_stream_first() -> None:
    label = (("rpmmod", "nodejs:18:9040020240807131341:rhel9"),)
    npm = package("1:10.8-1.module+el9.4.0+1+a", qualifiers=label)
    assert names(npm)[0] == "nodejs:18/openssl-libs"
    assert "openssl-libs" in names(npm)


# ── which builds a range is about ────────────────────────────────────────────────────────────────

MODULAR = "1:16.20.2-1.module+el8.8.0+19557+c6d3b4d7"


@pytest.mark.parametrize(
    ("version", "span", "expected"),
    [
        ("1-1.el9_2", Range(fixed="1-2.el9_4"), True),
        ("1-1.el8", Range(fixed="1-2.el9"), False),
        ("1-1.amzn2", Range(fixed="1-2.amzn2023"), False),
        ("1-1", Range(fixed="1-2.el9"), True),
        ("1-1.el9", Range(), True),
        (MODULAR, Range(fixed="1:16.20.2-2.module+el8.9.0+1+a"), True),
        (MODULAR, Range(fixed="1:16.20.2-2.el8"), False),
        (MODULAR, Range(), False),
        ("1:14-1.el8", Range(fixed=MODULAR), False),
        ("1-23.el9_2.4", Range("1-23.el9_2.4", fixed="1-26.el9_3.2"), False),
        ("1-23.el9_2.9", Range("1-23.el9_2.4", fixed="1-26.el9_3.2"), False),
        ("1-26.el9_3", Range("1-23.el9_2.4", fixed="1-26.el9_3.2"), True),
        ("1-26.el9", Range("1-23.el9_2.4", fixed="1-26.el9_3.2"), True),
        ("1-22.el9_2.1", Range(fixed="1-23.el9_2.4"), True),
    ],
)
def test_a_range_is_held_only_against_builds_it_is_about(
    version: str, span: Range, expected: bool
) -> None:
    assert fits(version, span) is expected


def claim(summary: str, fixed: str, scope: str = "AlmaLinux:8") -> Advisory:
    return Advisory("ALSA-2023:1", scope, "nodejs", (Range(fixed=fixed),), summary=summary)


@pytest.mark.parametrize(
    ("summary", "fixed", "expected"),
    [
        ("Important: nodejs:18 security update", MODULAR, "nodejs:18/nodejs"),
        (
            "Moderate: container-tools:rhel8 security update",
            MODULAR,
            "container-tools:rhel8/nodejs",
        ),
        ("Moderate: go-toolset security update", MODULAR, "nodejs"),
        ("Important: nodejs:16 and nodejs:18 updates", MODULAR, "nodejs"),
        ("Important: nodejs:18 security update", "1:18-1.el8", "nodejs"),
    ],
)
def test_the_stream_a_record_names_becomes_part_of_the_name(
    summary: str, fixed: str, expected: str
) -> None:
    assert adjust(claim(summary, fixed)).package == expected


def test_what_azure_says_is_the_last_affected_build_includes_its_tag() -> None:
    said = Advisory("AZL-1", "Azure Linux:3", "zlib", (Range(last_affected="1.3.1-1"),))
    assert adjust(said).ranges == (Range(last_affected="1.3.1-1.azl3"),)
    tagged = Advisory("AZL-1", "Azure Linux:2", "zlib", (Range(last_affected="1.3.1-1.cm2"),))
    assert adjust(tagged) == tagged
