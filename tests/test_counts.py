"""What the numbers mean, on samples and on any findings."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.counts import (
    Counts,
    by_package,
    checked,
    count,
    coverage_notes,
    finding_order,
    has_numbers,
    source_package,
    vulnerability_id,
)
from ironhull.model import SEVERITIES, Coverage, Finding
from tests import reports
from tests.reports import deb, finding, wheel


def test_one_cve_in_two_packages_is_two_findings_and_one_cve() -> None:
    counts = count(reports.web().findings)
    assert counts == Counts(high=1, medium=1, low=3, findings=5, cves=4, packages=4)
    assert str(counts) == "5 findings, 4 distinct CVEs, 4 packages"


def test_words_agree_with_one() -> None:
    assert str(count([reports.HIGH])) == "1 finding, 1 distinct CVE, 1 package"
    assert str(count([])) == "0 findings, 0 distinct CVEs, 0 packages"


def test_binary_packages_of_one_source_are_one_finding() -> None:
    assert len(reports.OLD.packages) == 2
    assert count([reports.OLD]).findings == count([reports.OLD]).packages == 1


def test_an_alias_names_the_cve() -> None:
    assert vulnerability_id(reports.DEBUGGER.advisory) == "CVE-2025-47278"
    assert vulnerability_id(finding(wheel("a", "1"), "GHSA-1").advisory) == "GHSA-1"


def test_a_malicious_package_is_a_critical_finding_and_no_cve() -> None:
    bad = finding(
        wheel("a", "1"), "MAL-2026-1", "critical", kind="malicious", aliases=("CVE-2026-1",)
    )
    flaw = finding(wheel("a", "1"), "CVE-2026-1", "critical")
    counts = count([flaw, bad])
    assert (counts.critical, counts.findings, counts.cves, counts.malicious) == (2, 2, 1, 1)
    assert str(counts) == "2 findings, 1 distinct CVE, 1 package, 1 of them malicious"
    assert vulnerability_id(bad.advisory) == "MAL-2026-1"
    assert sorted([flaw, bad], key=finding_order) == [bad, flaw]


def test_the_same_version_of_two_sources_is_two_packages() -> None:
    one, other = finding(deb("a", "1"), "CVE-2024-1"), finding(wheel("a", "1"), "CVE-2024-1")
    assert (count([one, other]).packages, count([one, other]).cves) == (2, 1)


def test_packages_come_worst_first_and_so_do_their_findings() -> None:
    affected = by_package(reversed(reports.web().findings))
    assert [a.package.name for a in affected] == ["openssl", "apt", "glibc", "flask"]
    assert [f.advisory.id for f in affected[2].findings] == ["CVE-2010-4756", "CVE-2019-9192"]


def test_a_source_package_has_the_purl_of_the_source() -> None:
    assert source_package(reports.OLD).purl == "pkg:deb/debian/glibc@2.41-12?distro=debian-13"


def test_numbers_of_ids_are_numbers() -> None:
    ids = ["CVE-2024-10000", "CVE-2024-9999", "GHSA-xx", "CVE-2024-" + "9" * 5000]
    found = sorted((finding(deb("a", "1"), i) for i in ids), key=finding_order)
    assert [f.advisory.id for f in found][:2] == ["CVE-2024-9999", "CVE-2024-10000"]


@pytest.mark.parametrize(
    ("debian", "python", "state"),
    [
        ("full", "full", "full"),
        ("fixed-only", "full", "fixed-only"),
        ("fixed-only", "fixed-only", "fixed-only"),
        ("full", "not checked", "partial"),
        ("not checked", "not checked", "not checked"),
    ],
)
def test_how_far_a_report_was_checked(debian: str, python: str, state: str) -> None:
    packages = reports.web().sbom.packages
    report = reports.report("x", packages, deb=debian, pypi=python)
    assert checked(report) == state
    assert has_numbers(report) == (state != "not checked")
    assert (coverage_notes(report) == ()) == (state == "full")


def test_a_package_of_no_scope_is_not_clean() -> None:
    report = reports.web()
    debian_only = replace(report, coverage=report.coverage[:1])
    assert checked(debian_only) == "partial"
    assert coverage_notes(debian_only) == ("not checked: 1 package of no known scope",)


def test_no_coverage_at_all_is_not_checked() -> None:
    report = replace(reports.web(), coverage=(), findings=())
    assert checked(report) == "not checked"
    assert coverage_notes(report) == ("not checked: 5 packages of no known scope",)


def test_an_image_without_packages_has_no_zero_to_show() -> None:
    empty = reports.report("scratch", ())
    assert (checked(empty), has_numbers(empty)) == ("no packages", False)
    assert coverage_notes(empty) == ("no packages found",)


def test_a_scope_without_packages_says_nothing() -> None:
    report = reports.web()
    idle = replace(report, coverage=(*report.coverage, Coverage("npm", 0, "not checked")))
    assert checked(idle) == "full"
    assert coverage_notes(idle) == ()


FINDINGS = st.lists(
    st.builds(
        lambda package, number, severity: finding(package, f"CVE-2024-{number}", severity),
        st.sampled_from([*reports.GLIBC, reports.OPENSSL, reports.FLASK]),
        st.integers(1, 9),
        st.sampled_from(SEVERITIES),
    ),
    max_size=30,
)


@given(FINDINGS)
def test_rows_add_up(findings: list[Finding]) -> None:
    counts, packages = count(findings), by_package(findings)
    assert sum(counts.by_severity) == counts.findings == len(findings)
    assert counts.packages == len(packages)
    assert counts.cves <= counts.findings
    columns = zip(*(a.counts.by_severity for a in packages), strict=True)
    assert [sum(column) for column in columns] == (list(counts.by_severity) if findings else [])


@given(FINDINGS, st.randoms())
def test_the_order_of_findings_decides_nothing(findings: list[Finding], random: object) -> None:
    shuffled = list(findings)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert count(shuffled) == count(findings)
    names = [(a.package.name, a.counts) for a in by_package(findings)]
    assert [(a.package.name, a.counts) for a in by_package(shuffled)] == names
