"""The whole of compare's text, as people see it."""

from dataclasses import replace

import pytest

from ironhull.compare import compare
from ironhull.formats.text_compare import tag_of, write_compare
from tests import reports

HARDENED = """\
                    │               Analyzed Image               │              Comparison Image
────────────────────┼────────────────────────────────────────────┼────────────────────────────────────────────
  Target            │  web:hardened                              │  web:init
    digest          │  666666666666                              │  888888888888
    tag             │  hardened                                  │  init
    platform        │  linux/amd64                               │  linux/amd64
    provenance      │  https://example.org/shop/web              │  https://example.org/shop/web
                    │  972f63d35bc8629cc14fa3b6e84d114732772370  │  972f63d35bc8629cc14fa3b6e84d114732772370
    base image      │  python:3.13-debian13                      │  python:3.13-slim
    vulnerabilities │    0C     0H     0M     3L                 │    0C     1H     1M     3L
                    │           -1     -1                        │
                    │    3 findings, 3 distinct CVEs, 2 packages │    5 findings, 4 distinct CVEs, 4 packages
    size            │  36 MB (-32 MB)                            │  68 MB
    disk size       │  146 MB (-126 MB)                          │  272 MB
    packages        │  4 (-1)                                    │  5
    user            │  65532                                     │  root (not set)

Packages: 0 added, 1 removed, 3 changed version, 1 unchanged

    │         Package         │    Analyzed     │ Comparison │ Vulnerabilities
────┼─────────────────────────┼─────────────────┼────────────┼─────────────────
  - │ apt                     │                 │ 3.0.3      │ -1M
  ~ │ openssl (libssl3t64)    │ 3.5.1-1+deb13u1 │ 3.5.1-1    │ -1H
  ~ │ glibc (libc-bin, libc6) │ 2.41-13         │ 2.41-12    │

1 unchanged source package not shown: --ignore-unchanged

Vulnerabilities gone: 2

  HIGH         openssl 3.5.1-1: CVE-2025-9230 (CISA KEV)
  MEDIUM       apt 3.0.3: CVE-2019-9192

Vulnerabilities new: 0

made with ironhull 0.1.0, advisory data 999999999999 of 2026-11-20T00:00:00Z
"""  # noqa: E501  as it is printed

UNLIKE = """\
                    │              Analyzed Image               │             Comparison Image
────────────────────┼───────────────────────────────────────────┼───────────────────────────────────────────
  Target            │  web:hardened                             │  web:init
    digest          │  666666666666                             │  aaaaaaaaaaaa
    tag             │  hardened                                 │  init
    platform        │  linux/amd64                              │  linux/amd64
    provenance      │  https://example.org/shop/web             │  https://example.org/shop/web
                    │  972f63d35bc8629cc14fa3b6e84d114732772370 │  972f63d35bc8629cc14fa3b6e84d114732772370
    base image      │  python:3.13-debian13                     │  not known
    vulnerabilities │    0C     0H     0M     3L                │    not checked: Debian:13 (4 packages)
                    │                                           │    not checked: PyPI (1 package)
    size            │  36 MB (-32 MB)                           │  68 MB
    disk size       │  146 MB (-126 MB)                         │  272 MB
    packages        │  4 (-1)                                   │  5
    user            │  65532                                    │  root (not set)

Not like for like

  ! Debian:13: full in the analyzed image, not checked in the comparison image
  ! PyPI: full in the analyzed image, not checked in the comparison image
  ! the two reports were made with different advisory data
  ! vulnerabilities: full against not checked

Packages: 0 added, 1 removed, 3 changed version, 1 unchanged

    │         Package         │    Analyzed     │ Comparison │ Vulnerabilities
────┼─────────────────────────┼─────────────────┼────────────┼─────────────────
  - │ apt                     │                 │ 3.0.3      │ not known
  ~ │ glibc (libc-bin, libc6) │ 2.41-13         │ 2.41-12    │ not known
  ~ │ openssl (libssl3t64)    │ 3.5.1-1+deb13u1 │ 3.5.1-1    │ not known
  = │ flask                   │ 3.0.3           │ 3.0.3      │ not known

Vulnerabilities gone and new: not known, see above

made with ironhull 0.1.0, advisory data 999999999999 of 2026-11-20T00:00:00Z
made with ironhull 0.1.0, no advisory data
"""  # noqa: E501  as it is printed


def test_hardening() -> None:
    result = compare(reports.hardened(), reports.web(), ignore_unchanged=True)
    assert write_compare(result) == HARDENED


def test_an_image_nobody_checked() -> None:
    blank = reports.report(
        "web:init",
        reports.web().sbom.packages,
        deb="not checked",
        pypi="not checked",
        made_with=replace(reports.INDEX, index_digest="", index_date=""),
    )
    assert write_compare(compare(reports.hardened(), blank)) == UNLIKE


def test_unchanged_packages_are_lines_and_nothing_else() -> None:
    whole = write_compare(compare(reports.hardened(), reports.web())).splitlines()
    brief = HARDENED.splitlines()
    brief.remove("1 unchanged source package not shown: --ignore-unchanged")
    assert [line for line in whole if line not in brief] == [
        "  = │ flask                   │ 3.0.3           │ 3.0.3      │"
    ]


def test_new_findings_are_named() -> None:
    text = write_compare(compare(reports.web(), reports.hardened()))
    assert "Vulnerabilities gone: 0\n\nVulnerabilities new: 2\n" in text
    assert "  + │ apt                     │ 3.0.3    │                 │ +1M\n" in text
    assert "  68 MB (+32 MB)" in text


def test_many_packages_and_findings_of_one_source_are_one_line() -> None:
    packages = [reports.deb(f"krb5-{n}", "1", "krb5") for n in range(4)]
    found = [reports.finding(packages, f"CVE-2024-{n}") for n in (10, 9)]
    other = reports.report("y", [reports.APT])
    text = write_compare(compare(reports.report("x", packages, found), other))
    assert "  + │ krb5 (4 packages) │ 1        │            │ +2L\n" in text
    assert "Vulnerabilities new: 2\n\n  LOW          krb5 1: CVE-2024-9, CVE-2024-10\n" in text


def test_an_image_against_itself() -> None:
    text = write_compare(compare(reports.web(), reports.web(), ignore_unchanged=True))
    assert "Packages: 0 added, 0 removed, 0 changed version, 5 unchanged\n" in text
    assert "4 unchanged source packages not shown: --ignore-unchanged" in text
    assert " (-" not in text


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("web:init", "init"),
        ("localhost:5000/web", ""),
        ("localhost:5000/web:1@sha256:00", "1"),
        ("web@sha256:00", ""),
        ("oci-dir://a:b", ""),
    ],
)
def test_tags(name: str, tag: str) -> None:
    assert tag_of(name) == tag


def test_names_cannot_speak_to_the_terminal() -> None:
    package = reports.deb("a\x1b]0;", "1\r2")
    found = reports.finding(package, "CVE-1\x07")
    report = reports.report("x\x1b", [package], [found], user="\x1b[1m")
    text = write_compare(compare(report, reports.report("y", [])))
    assert all(line.isprintable() for line in text.splitlines())
