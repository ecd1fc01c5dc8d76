"""The whole of cves' text, as people see it."""

from dataclasses import replace

import pytest

from ironhull.formats.text_cves import (
    Shown,
    affected_range,
    best_cvss,
    fixed_version,
    link,
    percentile,
    write_cves,
    write_ids,
)
from ironhull.model import Advisory, Cvss, Range
from tests import reports

EVERYTHING = """\
## Overview

                    │       Analyzed Image
────────────────────┼────────────────────────────
  Target            │  web:init
    digest          │  888888888888
    platform        │  linux/amd64
    vulnerabilities │    0C     1H     1M     3L
    size            │  68 MB
    packages        │  5

## Packages and Vulnerabilities

   0C     1H     0M     0L  openssl 3.5.1-1
pkg:deb/debian/openssl@3.5.1-1?distro=debian-13
installed as libssl3t64
  libssl3t64: var/lib/dpkg/status, layer 1

    ✗ HIGH CVE-2025-9230 [CWE-787] (CISA KEV)
      https://security-tracker.debian.org/tracker/CVE-2025-9230
      Affected range  : <3.5.1-1+deb13u1
      Fixed version   : 3.5.1-1+deb13u1
      CVSS Score      : 7.5 (CVSS 3.1)
      CVSS Vector     : CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N
      EPSS Score      : 0.04%
      EPSS Percentile : 9th percentile
      Severity from   : debian-tracker
      Because         : 3.5.1-1 < 3.5.1-1+deb13u1
      Aliases         : DSA-6015-1
      Sources         : osv
      Published       : 2025-09-30T00:00:00Z
      Summary         : Out-of-bounds read & write in RFC 3211 KEK unwrap

   0C     0H     1M     0L  apt 3.0.3
pkg:deb/debian/apt@3.0.3?distro=debian-13
  apt: var/lib/dpkg/status, layer 1

    ✗ MEDIUM CVE-2019-9192
      https://security-tracker.debian.org/tracker/CVE-2019-9192
      Affected range : >=0
      Fixed version  : undetermined
      EPSS Score     : not known
      Severity from  : debian-tracker
      Because        : no fixed version
      Sources        : osv

   0C     0H     0M     2L  glibc 2.41-12
pkg:deb/debian/glibc@2.41-12?distro=debian-13
installed as libc-bin, libc6
  libc-bin: var/lib/dpkg/status, layer 1
  libc6: var/lib/dpkg/status, layer 1

    ✗ LOW CVE-2010-4756
      https://security-tracker.debian.org/tracker/CVE-2010-4756
      Affected range : >=0
      Fixed version  : will not fix (no-dsa: minor issue)
      EPSS Score     : not known
      Severity from  : debian-tracker
      Because        : no fixed version
      Sources        : osv

    ✗ LOW CVE-2019-9192
      https://security-tracker.debian.org/tracker/CVE-2019-9192
      Affected range : >=0
      Fixed version  : not fixed
      EPSS Score     : not known
      Severity from  : debian-tracker
      Because        : no fixed version
      Sources        : osv

   0C     0H     0M     1L  flask 3.0.3
pkg:pypi/flask@3.0.3
  flask: usr/lib/python3/site-packages/flask-3.0.3.dist-info/METADATA, layer 1

    ✗ LOW CVE-2025-47278
      https://osv.dev/vulnerability/CVE-2025-47278
      Affected range : >=3.0.0,<3.1.1
      Fixed version  : 3.1.1
      EPSS Score     : not known
      Severity from  : osv
      Because        : 3.0.3 < 3.1.1
      Aliases        : GHSA-4grg-w6v8-c28g, PYSEC-2025-1
      Sources        : osv

5 vulnerabilities found in 4 packages, 4 distinct CVEs
  CRITICAL     0
  HIGH         1
  MEDIUM       1
  LOW          3

What was checked

   Scope    │ Packages │ Checked │       Sources       │    Date    │ Note
────────────┼──────────┼─────────┼─────────────────────┼────────────┼──────
  Debian:13 │        4 │ full    │ debian-tracker, osv │ 2026-11-20 │
  PyPI      │        1 │ full    │ osv                 │ 2026-11-19 │

made with ironhull 0.1.0, advisory data 999999999999 of 2026-11-20T00:00:00Z
"""

FILTERED = """\
## Overview

                    │       Analyzed Image
────────────────────┼────────────────────────────
  Target            │  web:init
    digest          │  888888888888
    platform        │  linux/amd64
    vulnerabilities │    0C     1H     1M     3L
    size            │  68 MB
    packages        │  5

## Packages and Vulnerabilities

showing 1 of 5 findings: --only-fixed --only-cisa-kev

   0C     1H     0M     0L  openssl 3.5.1-1
pkg:deb/debian/openssl@3.5.1-1?distro=debian-13
installed as libssl3t64

    ✗ HIGH CVE-2025-9230 [CWE-787] (CISA KEV)
      https://security-tracker.debian.org/tracker/CVE-2025-9230
      Affected range : <3.5.1-1+deb13u1
      Fixed version  : 3.5.1-1+deb13u1
      CVSS Score     : 7.5 (CVSS 3.1)
      CVSS Vector    : CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N
      Severity from  : debian-tracker

5 vulnerabilities found in 4 packages, 4 distinct CVEs
  CRITICAL     0
  HIGH         1
  MEDIUM       1
  LOW          3

showing 1 of 5 findings: --only-fixed --only-cisa-kev

What was checked

   Scope    │ Packages │ Checked │       Sources       │    Date    │ Note
────────────┼──────────┼─────────┼─────────────────────┼────────────┼──────
  Debian:13 │        4 │ full    │ debian-tracker, osv │ 2026-11-20 │
  PyPI      │        1 │ full    │ osv                 │ 2026-11-19 │

made with ironhull 0.1.0, advisory data 999999999999 of 2026-11-20T00:00:00Z
"""


def test_everything() -> None:
    web = reports.web()
    shown = Shown(web.findings, epss=True, locations=True, details=True)
    assert write_cves(web, shown) == EVERYTHING


def test_a_filter_hides_findings_and_changes_no_total() -> None:
    shown = Shown((reports.HIGH,), ("--only-fixed", "--only-cisa-kev"))
    assert write_cves(reports.web(), shown) == FILTERED


def test_a_filter_changes_no_package_row() -> None:
    text = write_cves(reports.web(), Shown((reports.OLD,), ("--only-cve-id CVE-2010-4756",)))
    assert "   0C     0H     0M     2L  glibc 2.41-12\n" in text
    assert text.count("✗") == 1


def test_epss_is_shown_when_asked_for() -> None:
    web = reports.web()
    assert "EPSS" not in write_cves(web, Shown(web.findings))


def test_nothing_checked_is_no_zero() -> None:
    blank = reports.report("x", [reports.APT], deb="not checked")
    text = write_cves(blank, Shown(()))
    assert "vulnerabilities: not checked\n" in text
    assert "0C" not in text
    assert " found in " not in text


def test_what_was_not_checked_follows_the_totals() -> None:
    web = reports.web()
    partly = reports.report("x", web.sbom.packages, web.findings, pypi="not checked")
    assert "  LOW          3\n  not checked: PyPI (1 package)\n" in write_cves(
        partly, Shown(web.findings)
    )


def test_ids_are_distinct_and_worst_first() -> None:
    assert write_ids(Shown(reports.web().findings)) == (
        "CVE-2025-9230\nCVE-2019-9192\nCVE-2010-4756\nCVE-2025-47278\n"
    )
    assert write_ids(Shown(())) == ""


@pytest.mark.parametrize(
    ("ranges", "versions", "text"),
    [
        ((Range("0", "1.2"),), (), "<1.2"),
        ((Range("1.0", "1.2"),), (), ">=1.0,<1.2"),
        ((Range("1.0", "", "1.1"),), (), ">=1.0,<=1.1"),
        ((Range("0"),), (), ">=0"),
        ((Range("1", "2"), Range("3", "4")), (), ">=1,<2 | >=3,<4"),
        ((), ("1.0", "1.1"), "=1.0, =1.1"),
        ((), (), "not known"),
    ],
)
def test_ranges(ranges: tuple[Range, ...], versions: tuple[str, ...], text: str) -> None:
    assert affected_range(Advisory("CVE-1", "PyPI", "x", ranges, versions)) == text


@pytest.mark.parametrize(
    ("status", "reason", "text"),
    [
        ("unfixed", "", "not fixed"),
        ("will-not-fix", "ignored: minor", "will not fix (ignored: minor)"),
        ("will-not-fix", "", "will not fix"),
        ("end-of-life", "", "end of life, not fixed"),
        ("undetermined", "", "undetermined"),
        ("fixed", "", "not known"),
    ],
)
def test_words_for_no_fixed_version(status: str, reason: str, text: str) -> None:
    found = reports.finding(reports.APT, "CVE-1", status=status, reason=reason)
    assert fixed_version(found) == text


def test_links() -> None:
    assert link(reports.HIGH.advisory).startswith(
        "https://security-tracker.debian.org/tracker/CVE-"
    )
    assert link(replace(reports.HIGH.advisory, id="DSA-1", aliases=())) == (
        "https://osv.dev/vulnerability/DSA-1"
    )
    assert link(reports.DEBUGGER.advisory) == "https://osv.dev/vulnerability/CVE-2025-47278"


def test_the_newest_and_worst_vector_is_shown() -> None:
    vectors = (Cvss("4.0", "new", 5.0), Cvss("3.1", "old", 9.8), Cvss("4.0", "worse", 6.0))
    assert [c.vector for c in best_cvss(replace(reports.HIGH.advisory, cvss=vectors))] == ["worse"]
    assert not best_cvss(replace(reports.HIGH.advisory, cvss=()))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0912, "9th"), (0.01, "1st"), (0.02, "2nd"), (0.93, "93rd"), (0.11, "11th"), (1.0, "100th")],
)
def test_percentiles(value: float, text: str) -> None:
    assert percentile(value) == f"{text} percentile"


def test_names_cannot_speak_to_the_terminal() -> None:
    package = reports.deb("a\x1b]0;", "1\r2")
    found = reports.finding(package, "CVE-1", reason="\x1b[31m", summary="\u2066", status="unfixed")
    report = reports.report("x", [package], [found])
    text = write_cves(report, Shown((found,), locations=True, details=True))
    assert all(line.isprintable() for line in text.splitlines())


def test_scores_order_the_findings_of_a_package() -> None:
    scores: dict[str, tuple[float, float] | None] = {
        "CVE-2026-0001": (0.1, 0.5),
        "CVE-2026-0002": None,
        "CVE-2026-0003": (0.9, 0.99),
    }
    found = [
        reports.finding(reports.APT, name, "low", epss=score) for name, score in scores.items()
    ]
    report = reports.report("x", [reports.APT], found)
    (affected,) = Shown(report.findings, epss=True).packages(report)
    expected = ["CVE-2026-0003", "CVE-2026-0001", "CVE-2026-0002"]
    assert [f.advisory.id for f in affected.findings] == expected
    (plain,) = Shown(report.findings).packages(report)
    assert [f.advisory.id for f in plain.findings] == sorted(expected)
