"""Matching: real advisories against an independent reading of the same files, and the rules."""

import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from debian.debian_support import NativeVersion
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from ironhull.advisories.update import open_index, update
from ironhull.ecosystems import ECOSYSTEMS
from ironhull.match import Learned, Matcher, match
from ironhull.model import (
    Advisory,
    Distro,
    Location,
    Package,
    Range,
    Relation,
    Sbom,
    Subject,
    Upstream,
)
from ironhull.store.advisories import AdvisoryIndex

from .advisories.serving import NOW, serving, transport
from .advisories.test_update import FEW, publish
from .indexes import fetched, index_of

TRIXIE = Distro("debian", "13", "trixie")
BOOKWORM = Distro("debian", "12", "bookworm")
PYPI = (("flask", "3.0.3"), ("werkzeug", "2.2.2"), ("jinja2", "3.1.2"), ("requests", "2.31.0"))
PYPI += (("django", "4.2.1"), ("urllib3", "2.0.4"), ("pillow", "9.5.0"), ("aiohttp", "3.9.1"))
PYPI += (("cryptography", "41.0.0"), ("setuptools", "65.5.0"), ("sqlalchemy", "2.0.0"))
DEBS = (
    *(("openssl", "3.5.1-1"), ("glibc", "2.41-12"), ("sqlite3", "3.46.1-7"), ("zlib", "1:1.3-1")),
    *(("perl", "5.40.1-6"), ("krb5", "1.21.3-5"), ("curl", "8.14.1-2"), ("expat", "2.7.1-2")),
    *(("systemd", "257.7-1"), ("tar", "1.35+dfsg-3.1"), ("util-linux", "2.41-5")),
)


def sbom(packages: list[Package], distro: Distro | None = TRIXIE) -> Sbom:
    return Sbom(Subject("web"), distro, tuple(packages))


def deb(name: str, version: str, source: str = "", **named: Any) -> Package:
    return Package("deb", name, version, upstream=Upstream(source or name, version), **named)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[AdvisoryIndex, Path]]:
    """The index of all real data, fetched over HTTP as a user would."""
    data = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not (data / "SOURCES.md").exists():
        pytest.skip("no real advisory data at ../shared/data")
    directory = tmp_path_factory.mktemp("advisories")
    with serving(data) as served:
        named: Any = {"directory": directory, "transport": transport(), "now": NOW, "wanted": FEW}
        first = update(urls=served.urls, **named)
        assert {outcome.state for outcome in first.outcomes} == {"updated"}
        served.downloaded()
        again = update(urls=served.urls, **named)
        assert served.downloaded() == []
        assert again.digest == first.digest
    with open_index(directory, now=NOW) as index:
        yield index, data


def cves_in_osv(data: Path, package: str, version: str) -> set[str]:
    """An independent reading of the raw PyPI records: the CVEs that apply."""
    applying: list[set[str]] = []
    aliases: list[set[str]] = []
    installed = Version(version)
    with zipfile.ZipFile(data / "osv/PyPI/all.zip") as archive:
        for name in archive.namelist():
            raw = archive.read(name)
            if b'"name": "' + package.encode() not in raw.lower() and (
                b'"name":"' + package.encode() not in raw.lower()
            ):
                continue
            entry = json.loads(raw)
            names = {entry["id"], *entry.get("aliases", ())}
            for affected in entry["affected"]:
                its = affected.get("package", {})
                if its.get("ecosystem") != "PyPI" or its["name"].lower() != package:
                    continue
                if not entry.get("withdrawn"):
                    aliases.append(names)
                    if _applies(affected, installed):
                        applying.append(names)
    found = set()
    for names in applying:
        related = set().union(*(other for other in aliases if names & other))
        found |= {name for name in related if name.startswith("CVE-")}
    return found


def _applies(affected: dict[str, Any], installed: Version) -> bool:
    for listed in affected.get("versions", ()):
        try:
            if Version(listed) == installed:
                return True
        except ValueError:
            continue
    for span in affected.get("ranges", ()):
        if span["type"] == "GIT":
            continue
        state = False
        for event in span["events"]:
            ((kind, text),) = event.items()
            at = Version(text) if text != "0" else Version("0.dev0")
            if kind == "introduced" and installed >= at:
                state = True
            elif (kind == "fixed" and installed >= at) or (
                kind == "last_affected" and installed > at
            ):
                state = False
        if state:
            return True
    return False


@pytest.mark.parametrize(("name", "version"), PYPI)
def test_python_packages_have_the_cves_of_the_raw_records(
    real: tuple[AdvisoryIndex, Path], name: str, version: str
) -> None:
    index, data = real
    found = match(sbom([Package("pypi", name, version)]), index)
    ours = {finding.advisory.id for finding in found.findings if "CVE-" in finding.advisory.id}
    assert ours == cves_in_osv(data, name, version)
    assert ours or name == "sqlalchemy"
    assert len(ours) == len([f for f in found.findings if "CVE-" in f.advisory.id])


def test_well_known_vulnerabilities_are_found(real: tuple[AdvisoryIndex, Path]) -> None:
    index, _ = real
    packages = [Package("pypi", "Jinja2", "3.1.2"), Package("pypi", "Werkzeug", "2.2.2")]
    found = {f.advisory.id: f for f in match(sbom(packages), index).findings}
    jinja = found["CVE-2024-22195"]
    assert jinja.fixed == "3.1.3"
    assert jinja.because == "3.1.2 < 3.1.3 (PEP 440 order)"
    assert "GHSA-h5c8-rqwp-cp95" in jinja.advisory.aliases
    assert jinja.severity in ("medium", "low")
    assert found["CVE-2023-25577"].fixed == "2.2.3"


@pytest.mark.parametrize(("source", "version"), DEBS)
@pytest.mark.parametrize(("distro", "codename"), [(TRIXIE, "trixie"), (BOOKWORM, "bookworm")])
def test_debian_packages_have_the_cves_of_the_raw_tracker(
    real: tuple[AdvisoryIndex, Path],
    tracker: dict[str, Any],
    source: str,
    version: str,
    distro: Distro,
    codename: str,
) -> None:
    index, _ = real
    installed = NativeVersion(version)
    expected = {}
    for cve, issue in tracker.get(source, {}).items():
        release = issue["releases"].get(codename)
        if release is None or release.get("fixed_version") == "0":
            continue
        fixed = release.get("fixed_version")
        if release["status"] == "resolved" or fixed:
            if fixed and installed < NativeVersion(fixed):
                expected[cve] = "fixed"
        elif release["status"] == "undetermined":
            expected[cve] = "undetermined"
        elif release.get("urgency") == "end-of-life":
            expected[cve] = "end-of-life"
        else:
            expected[cve] = "will-not-fix" if "nodsa" in release else "unfixed"
    found = match(sbom([deb(f"lib{source}", version, source)], distro), index)
    # where the tracker is silent of a release others speak, and a changelog may name a fix
    spoken = {c for c, i in tracker.get(source, {}).items() if codename in i["releases"]}
    ours = {f.advisory.id: f.status for f in found.findings if f.advisory.id in spoken}
    learnt = {f.advisory.id for f in found.findings if "snapshot" in f.advisory.sources}
    undetermined = {cve for cve, status in expected.items() if status == "undetermined"}
    assert ours.keys() == expected.keys() - (learnt & undetermined - ours.keys())
    assert all(ours[cve] in (status, "fixed") for cve, status in expected.items() if cve in ours)
    assert all(ours[cve] == expected[cve] for cve in ours.keys() - learnt)


@pytest.fixture(scope="module")
def tracker(real: tuple[AdvisoryIndex, Path]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((real[1] / "debian/tracker/data/json").read_bytes())
    return found


def test_one_finding_holds_every_binary_of_a_source(real: tuple[AdvisoryIndex, Path]) -> None:
    index, _ = real
    packages = [deb(name, "3.5.1-1", "openssl") for name in ("openssl", "libssl3t64")]
    found = match(sbom(packages), index)
    assert found.findings
    assert all(
        [p.name for p in finding.packages] == ["libssl3t64", "openssl"]
        for finding in found.findings
    )
    ids = [finding.advisory.id for finding in found.findings]
    assert len(ids) == len(set(ids))
    fixed = next(f for f in found.findings if f.fixed)
    assert fixed.because == f"3.5.1-1 < {fixed.fixed} (dpkg order)"
    (row,) = found.coverage
    assert (row.scope, row.packages, row.checked) == ("Debian:13", 2, "full")
    assert "debian-tracker" in row.sources


def test_the_order_is_worst_first_and_always_the_same(real: tuple[AdvisoryIndex, Path]) -> None:
    index, _ = real
    packages = [deb(name, version) for name, version in DEBS]
    once = match(sbom(packages), index).findings
    assert once == match(sbom(packages[::-1]), index).findings
    order = ["critical", "high", "medium", "low", "unspecified"]
    places = [order.index(finding.severity) for finding in once]
    assert places == sorted(places)
    assert len(set(places)) > 2
    assert any(finding.epss for finding in once)


# ── the rules, on a small world ──────────────────────────────────────────────────────────────────


@pytest.fixture
def small(tmp_path: Path) -> Iterator[AdvisoryIndex]:
    publish(tmp_path / "world")
    fetched(tmp_path / "world", tmp_path / "data")
    with open_index(tmp_path / "data", now=NOW) as index:
        yield index


def test_kev_and_epss_are_joined(small: AdvisoryIndex) -> None:
    (finding,) = match(sbom([Package("pypi", "Flask", "3.0.3")]), small).findings
    assert finding.kev
    assert finding.epss == (0.25, 0.75)
    assert finding.status == "fixed"
    assert match(sbom([Package("pypi", "Flask", "3.1")]), small).findings == ()


def test_what_cannot_be_compared_is_not_checked_and_named(small: AdvisoryIndex) -> None:
    found = match(sbom([Package("pypi", "flask", "2004d"), deb("openssl", "not one")]), small)
    assert found.findings == ()
    assert [(row.scope, row.packages, row.checked) for row in found.coverage if row.packages] == [
        ("Debian:13", 1, "not checked"),
        ("PyPI", 1, "not checked"),
    ]
    assert sorted(problem.where for problem in found.problems) == [
        "pkg:deb/openssl@not%20one",
        "pkg:pypi/flask@2004d",
    ]


def test_ecosystems_and_releases_without_data_are_not_checked(small: AdvisoryIndex) -> None:
    packages = [Package("golang", "stdlib", "1.22"), deb("bash", "5.2-1")]
    found = match(sbom(packages, Distro("ubuntu", "24.04")), small)
    rows = {row.scope: (row.packages, row.checked) for row in found.coverage}
    assert rows == {"Go": (1, "not checked"), "Ubuntu:24.04": (1, "not checked")}
    assert all(row.note for row in found.coverage)
    assert found.findings == ()


def test_without_an_index_nothing_is_checked() -> None:
    found = match(sbom([Package("pypi", "flask", "1.0")]), None)
    assert [row.checked for row in found.coverage] == ["not checked"]


def test_packages_of_distribution_packages_are_left_to_the_distribution(
    small: AdvisoryIndex,
) -> None:
    owned = Package("pypi", "flask", "1.0", owned_by="pkg:deb/debian/python3-flask@1.0-1")
    found = match(sbom([owned, Package("pypi", "jinja2", "3.0")]), small)
    assert found.findings == ()
    (row,) = found.coverage
    assert row.packages == 1
    assert "1 more shipped by distribution packages" in row.note


def _learned(*facts: tuple[str, str, str]) -> Learned:
    advisories = tuple(
        Advisory(
            id=cve,
            scope="Debian:12",
            package=package,
            ranges=(Range(fixed=version),),
            status="fixed",
            sources=("apt",),
        )
        for package, cve, version in facts
    )
    return Learned("Debian:12", advisories, {f[0]: "0" for f in facts}, NOW)


def test_what_was_learnt_adds_fixes_and_unknown_vulnerabilities(small: AdvisoryIndex) -> None:
    learned = _learned(
        ("openssl", "CVE-2026-0002", "3.0.2-1"),  # the tracker knows no fix
        ("openssl", "CVE-2026-0009", "3.0.2-1"),  # nobody knows it
        ("openssl", "CVE-2026-0010", "3.0.1-1"),  # repaired in what is installed
    )
    found = match(sbom([deb("openssl", "3.0.1-1")], BOOKWORM), small, learned=[learned])
    ours = {f.advisory.id: f for f in found.findings if f.advisory.id.startswith("CVE-2026-00")}
    assert {name: (f.status, f.fixed) for name, f in ours.items()} == {
        "CVE-2026-0002": ("fixed", "3.0.2-1"),
        "CVE-2026-0009": ("fixed", "3.0.2-1"),
    }
    assert ours["CVE-2026-0002"].severity == "low"
    assert "apt" in ours["CVE-2026-0002"].advisory.sources


def test_only_learnt_scopes_are_fixed_only() -> None:
    learned = _learned(("openssl", "CVE-2026-0009", "3.0.2-1"))
    packages = [deb("openssl", "3.0.1-1"), deb("bash", "5")]
    found = match(sbom(packages, BOOKWORM), None, learned=[learned])
    assert [(row.checked, row.packages, row.sources) for row in found.coverage] == [
        ("fixed-only", 1, ("apt",)),
        ("not checked", 1, ()),
    ]
    assert [f.advisory.id for f in found.findings] == ["CVE-2026-0009"]


def test_the_bundled_snapshot_answers_where_nothing_was_downloaded(tmp_path: Path) -> None:
    with open_index(tmp_path, now=NOW) as index:
        found = match(sbom([deb("openssl", "3.0.9-1"), deb("no-such", "1")], BOOKWORM), index)
    assert {row.checked: row.packages for row in found.coverage} == {
        "fixed-only": 1,
        "not checked": 1,
    }
    assert len(found.findings) > 5
    assert all(f.status == "fixed" and "snapshot" in f.advisory.sources for f in found.findings)


def test_kernels_are_not_matched_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is known of their ecosystem: a distribution's fixes do not show in the version."""
    packages = [
        Package("generic", "linux-kernel", "6.1.0", found_by="kernel"),
        Package("generic", "busybox", "1.0", found_by="binaries"),
    ]
    for row in (None, replace(ECOSYSTEMS["pypi"], key="generic")):
        if row is not None:
            monkeypatch.setitem(ECOSYSTEMS, "generic", row)
        found = match(sbom(packages), None)
        by_note = {coverage.note.partition(":")[0]: coverage for coverage in found.coverage}
        kernels = by_note.pop("not matched by default")
        assert (kernels.scope, kernels.packages, kernels.checked) == ("generic", 1, "not checked")
        assert [coverage.packages for coverage in by_note.values()] == [1]


# ── the rules, on claims made in code ────────────────────────────────────────────────────────────


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Callable[..., AdvisoryIndex]]:
    with ExitStack() as stack:
        yield lambda *claims, **more: stack.enter_context(
            index_of(tmp_path / "index.sqlite", *claims, **more)
        )


def said(name: str, scope: str, package: str, fixed: str = "", **named: Any) -> Advisory:
    span = Range(fixed=fixed)
    facts: dict[str, Any] = {"sources": ("osv",), "status": "fixed" if fixed else "unfixed"}
    return Advisory(name, scope, package, **{"ranges": (span,), **facts, **named})


@pytest.fixture
def two_scopes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian packages that a rebuilder's scope may judge before Debian's."""
    row = replace(ECOSYSTEMS["deb"], scopes=lambda package, distro: ("Rebuilt:13", "Debian:13"))
    monkeypatch.setitem(ECOSYSTEMS, "deb", row)


@pytest.mark.usefixtures("two_scopes")
def test_the_first_scope_with_data_decides_alone(made: Callable[..., AdvisoryIndex]) -> None:
    theirs = said("CVE-2026-0001", "Debian:13", "zlib", "2")
    index = made(theirs, partly=["Rebuilt:13"], examined=[("Rebuilt:13", "zlib")])
    found = match(sbom([deb("zlib", "1")]), index)
    assert found.findings == ()
    assert [(row.scope, row.checked) for row in found.coverage] == [("Rebuilt:13", "fixed-only")]


@pytest.mark.usefixtures("two_scopes")
def test_a_scope_nobody_speaks_of_is_passed_over(made: Callable[..., AdvisoryIndex]) -> None:
    index = made(said("CVE-2026-0001", "Debian:13", "zlib", "2"))
    found = match(sbom([deb("zlib", "1")]), index)
    assert [finding.advisory.scope for finding in found.findings] == ["Debian:13"]
    assert [(row.scope, row.checked) for row in found.coverage] == [("Debian:13", "full")]
    found = match(sbom([deb("zlib", "1")]), None)
    assert [(row.scope, row.checked) for row in found.coverage] == [("Rebuilt:13", "not checked")]


def test_what_needs_data_is_known_whether_there_is_any(made: Callable[..., AdvisoryIndex]) -> None:
    matcher = Matcher(made())
    matcher.match(sbom([deb("zlib", "1"), Package("npm", "a", "1")]))
    assert matcher.scopes == {"Debian:13", "npm"}


def rpm(name: str, version: str, source: str, source_version: str = "") -> Package:
    upstream = Upstream(source, source_version or version)
    return Package("rpm", name, version, upstream=upstream, namespace="almalinux")


ALMA = Distro("almalinux", "9")


def test_source_and_binary_names_give_one_finding(made: Callable[..., AdvisoryIndex]) -> None:
    """The binary's version is compared under its own name; each finding holds what it is about."""
    scope = ECOSYSTEMS["rpm"].scopes(rpm("perl", "1", "perl"), ALMA)[0]
    index = made(
        said("ALSA-2026:1", scope, "perl-libs", "4:5.32.1-481.el9", aliases=("CVE-2026-0001",)),
        said("ALSA-2026:1", scope, "perl-Carp", "1.50-460.el9", aliases=("CVE-2026-0001",)),
        said("ALSA-2026:2", scope, "perl-Carp", "1.50-461.el9", aliases=("CVE-2026-0002",)),
    )
    source = "4:5.32.1-480.el9"
    packages = [
        rpm("perl-libs", "4:5.32.1-480.el9", "perl", source),
        rpm("perl-Carp", "1.50-460.el9", "perl", source),
        rpm("perl-base", "2.27-480.el9", "perl", source),
    ]
    found = {f.advisory.id: f for f in match(sbom(packages, ALMA), index).findings}
    one, two = found["CVE-2026-0001"], found["CVE-2026-0002"]
    assert [package.name for package in one.packages] == ["perl-libs"]
    assert (one.fixed, one.advisory.aliases) == ("4:5.32.1-481.el9", ("ALSA-2026:1",))
    assert [package.name for package in two.packages] == ["perl-Carp"]
    assert two.because == "1.50-460.el9 < 1.50-461.el9 (rpm order)"
    assert len(found) == 2


def test_two_names_with_two_fixes_need_the_later(
    made: Callable[..., AdvisoryIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = replace(ECOSYSTEMS["deb"], names=lambda package: (package.name, package.source.name))
    monkeypatch.setitem(ECOSYSTEMS, "deb", row)
    index = made(
        said("CVE-2026-0001", "Debian:13", "openssl", "2", sources=("a",)),
        said("DSA-1-1", "Debian:13", "libssl3", "3", aliases=("CVE-2026-0001",), sources=("b",)),
    )
    packages = [deb("libssl3", "1", "openssl"), deb("openssl", "1", "openssl")]
    (finding,) = match(sbom(packages), index).findings
    assert [package.name for package in finding.packages] == ["libssl3", "openssl"]
    assert (finding.fixed, finding.because) == ("3", "1 < 3 (dpkg order)")
    assert set(finding.advisory.sources) == {"a", "b"}
    assert finding.advisory.aliases == ("DSA-1-1",)


def test_a_malicious_package_is_a_finding_of_its_own(made: Callable[..., AdvisoryIndex]) -> None:
    bad = said("MAL-2026-1", "npm", "evil", kind="malicious", aliases=("CVE-2026-0001",))
    flaw = said("GHSA-a", "npm", "evil", "2", aliases=("CVE-2026-0001", "MAL-2026-1"))
    index = made(bad, flaw, kev=["CVE-2026-0001"])
    malicious, other = match(sbom([Package("npm", "evil", "1")]), index).findings
    assert (malicious.advisory.id, malicious.severity) == ("MAL-2026-1", "critical")
    assert (malicious.advisory.severity_source, malicious.kev) == ("malicious package", False)
    assert (other.advisory.id, other.kev) == ("CVE-2026-0001", True)


def test_another_order_picks_another_severity(made: Callable[..., AdvisoryIndex]) -> None:
    high = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"
    one = said("CVE-2026-0001", "Debian:13", "zlib", "2", urgency="low")
    index = made(one, facts={"CVE-2026-0001": (("cvss 3.1", high, "NVD"),)})
    for order, expected in (
        (None, ("low", "Debian")),
        (("cvss3", "distribution"), ("high", "CVSS 3.1 (NVD)")),
        (("database",), ("unspecified", "")),
    ):
        more = {"order": order} if order else {}
        (finding,) = match(sbom([deb("zlib", "1")]), index, **more).findings
        assert (finding.severity, finding.advisory.severity_source) == expected
        assert [cvss.source for cvss in finding.advisory.cvss] == ["NVD"]


def test_what_was_learnt_is_rated_by_what_others_say(made: Callable[..., AdvisoryIndex]) -> None:
    high = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"
    index = made(
        said("CVE-2026-0001", "Debian:12", "zlib", "2"),
        facts={"CVE-2026-0009": (("cvss 3.1", high, "NVD"),)},
    )
    learned = _learned(("openssl", "CVE-2026-0009", "3.0.2-1"))
    (finding,) = match(
        sbom([deb("openssl", "3.0.1-1")], BOOKWORM), index, learned=[learned]
    ).findings
    assert (finding.severity, finding.advisory.severity_source) == ("high", "CVSS 3.1 (NVD)")


def test_nvd_alone_makes_no_finding(made: Callable[..., AdvisoryIndex]) -> None:
    index = made(
        said("CVE-2026-0001", "npm", "other", "2"),
        facts={"CVE-2026-0002": (("summary", "a flaw in evil 1", "NVD"),)},
    )
    assert match(sbom([Package("npm", "evil", "1")]), index).findings == ()


def test_a_gap_between_ranges_is_not_affected(made: Callable[..., AdvisoryIndex]) -> None:
    spans = (Range("1", "1.5"), Range("2", last_affected="2.3"), Range("3", limit="3.2"))
    index = made(said("GHSA-a", "npm", "a", ranges=spans))
    expected = {
        "1.4.9": "1 <= 1.4.9 < 1.5 (SemVer order)",
        "1.5.0": "",
        "1.9.0": "",
        "2.3.0": "2 <= 2.3.0 <= 2.3 (SemVer order)",
        "2.3.1": "",
        "3.1.0": "3 <= 3.1.0 < 3.2, which is not said to repair it (SemVer order)",
        "3.2.0": "",
    }
    for version, because in expected.items():
        found = match(sbom([Package("npm", "a", version)]), index).findings
        assert [f.because for f in found] == ([because] if because else [])
        assert not found or bool(found[0].fixed) == (version == "1.4.9")


def test_what_a_package_version_is_judged_to_be_is_remembered(
    made: Callable[..., AdvisoryIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    index = made(said("CVE-2026-0001", "npm", "a", "2"))
    asked: list[str] = []
    affecting = index.affecting
    monkeypatch.setattr(
        index,
        "affecting",
        lambda scope, name, key: asked.append(name) or affecting(scope, name, key),
    )
    matcher = Matcher(index)
    first = matcher.match(sbom([Package("npm", "a", "1"), Package("npm", "b", "1")]))
    here = Package("npm", "a", "1", locations=(Location("srv/a"),))
    second = matcher.match(sbom([here, Package("npm", "a", "1.5")]))
    assert asked == ["a", "b", "a"]
    assert len(first.findings) == 1
    assert [f.packages[0] for f in second.findings] == [here, Package("npm", "a", "1.5")]
    assert second == match(sbom([here, Package("npm", "a", "1.5")]), index)


def test_lists_of_repairs_alone_are_fixed_only_for_every_package(
    made: Callable[..., AdvisoryIndex],
) -> None:
    index = made(
        said("CVE-2026-0001", "Alpine:v3.20", "zlib", "2-r0"),
        partly=["Alpine:v3.20"],
        examined=[("Alpine:v3.20", "*")],
    )
    packages = [Package("apk", name, "1-r0") for name in ("zlib", "musl")]
    found = match(sbom(packages, Distro("alpine", "3.20")), index)
    assert [(row.checked, row.packages) for row in found.coverage] == [("fixed-only", 2)]
    assert [f.fixed for f in found.findings] == ["2-r0"]


def test_what_conda_ships_is_judged_by_itself(made: Callable[..., AdvisoryIndex]) -> None:
    """Nobody publishes advisories on conda packages."""
    index = made(said("GHSA-a", "PyPI", "flask", "3"))
    owned = [
        Package("pypi", "flask", "1", owned_by=f"pkg:{owner}")
        for owner in ("conda/flask@1", "deb/debian/python3-flask@1")
    ]
    found = match(sbom(owned), index)
    assert [f.packages for f in found.findings] == [(owned[0],)]


def test_a_program_of_which_only_the_revision_is_known_is_not_checked(
    made: Callable[..., AdvisoryIndex],
) -> None:
    version = "v0.0.0-20260102030405-0123456789ab"
    main = Package("golang", "example.org/app", version, found_by="go")
    needs = Package("golang", "example.org/lib", version, found_by="go")
    index = made(*(said("GO-2026-1", "Go", package.name, "1.2.3") for package in (main, needs)))
    listed = replace(
        sbom([main, needs]), relations=(Relation(main.purl, "depends-on", needs.purl),)
    )
    found = match(listed, index)
    assert [f.package.name for f in found.findings] == ["example.org/lib"]
    assert [p.where for p in found.problems] == [main.purl]
    assert {(row.checked, row.packages) for row in found.coverage} == {
        ("full", 1),
        ("not checked", 1),
    }


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=6), st.data())
def test_every_version_is_judged_as_its_ranges_read(
    ends: list[tuple[int, int]], data: st.DataObject
) -> None:
    spans = tuple(Range(str(low), str(high)) for low, high in ends if low < high)
    version = data.draw(st.integers(0, 10))
    with TemporaryDirectory() as directory:
        claim_ = said("GHSA-a", "npm", "a", ranges=spans)
        with index_of(Path(directory) / "index", claim_) as index:
            found = match(sbom([Package("npm", "a", f"{version}.0.0")]), index).findings
    inside = [span for span in spans if int(span.introduced) <= version < int(span.fixed)]
    assert len(found) == bool(inside)
    if inside:
        assert int(found[0].fixed) == max(int(span.fixed) for span in inside)
