"""The whole of quickview's text, as people see it."""

from dataclasses import replace
from pathlib import Path

from ironhull.formats.text_quickview import write_quickview
from ironhull.model import BaseImage, Problem
from tests import reports

WEB = """\
  Target       │  web:init         │    0C     1H     1M     3L
    digest     │  888888888888     │
    size       │  68 MB (+12 MB)   │
    packages   │  5 (+1)           │
  Base image   │  python:3.13-slim │    0C     1H     1M     2L
    digest     │  bbbbbbbbbbbb     │
    size       │  56 MB            │
    packages   │  4                │
    difference │                   │                         +1

What was checked

   Scope    │ Packages │ Checked │       Sources       │    Date    │ Note
────────────┼──────────┼─────────┼─────────────────────┼────────────┼──────
  Debian:13 │        4 │ full    │ debian-tracker, osv │ 2026-11-20 │
  PyPI      │        1 │ full    │ osv                 │ 2026-11-19 │

5 findings, 4 distinct CVEs, 4 packages

base image: named by the provenance attestation, its layers are in the image
made with ironhull 0.1.0, advisory data 999999999999 of 2026-11-20T00:00:00Z
"""

HARDENED = """\
  Target     │  web:hardened         │    0C     0H     0M     3L
    digest   │  666666666666         │
    size     │  36 MB                │
    packages │  4                    │
  Base image │  python:3.13-debian13 │    not scanned: not in the local store
    digest   │  cccccccccccc         │

What was checked

   Scope    │ Packages │ Checked │       Sources       │    Date    │ Note
────────────┼──────────┼─────────┼─────────────────────┼────────────┼──────
  Debian:13 │        3 │ full    │ debian-tracker, osv │ 2026-11-20 │
  PyPI      │        1 │ full    │ osv                 │ 2026-11-19 │

3 findings, 3 distinct CVEs, 2 packages

base image: named by an annotation, not verified by its layers
made with ironhull 0.1.0, advisory data 999999999999 of 2026-11-20T00:00:00Z
"""

PARTLY = """\
  Target     │  web:init     │    0C     1H     1M     3L
    digest   │  aaaaaaaaaaaa │    only fixed CVEs known: Debian:13 (4 packages)
    size     │  68 MB        │    not checked: PyPI (1 package)
    packages │  5            │
  Base image │  not known    │

What was checked

   Scope    │ Packages │   Checked   │       Sources       │    Date    │  Note
────────────┼──────────┼─────────────┼─────────────────────┼────────────┼─────────
  Debian:13 │        4 │ fixed-only  │ debian-tracker, osv │ 2026-11-20 │
  PyPI      │        1 │ not checked │                     │            │ no data

5 findings, 4 distinct CVEs, 4 packages

base image: no provenance, annotation or label names one, and no known image has the same \
lowest layers
made with ironhull 0.1.0, advisory data 999999999999 of 2026-11-20T00:00:00Z
"""

UNCHECKED = """\
  Target     │  web:init     │    not checked: Debian:13 (4 packages)
    digest   │  aaaaaaaaaaaa │    not checked: PyPI (1 package)
    size     │  68 MB        │
    packages │  5            │
  Base image │  not known    │

What was checked

   Scope    │ Packages │   Checked   │ Sources │ Date │  Note
────────────┼──────────┼─────────────┼─────────┼──────┼─────────
  Debian:13 │        4 │ not checked │         │      │ no data
  PyPI      │        1 │ not checked │         │      │ no data

vulnerabilities: not checked

base image: no provenance, annotation or label names one, and no known image has the same \
lowest layers
made with ironhull 0.1.0, no advisory data
"""


def test_an_image_on_a_base_that_is_there() -> None:
    assert write_quickview(reports.web()) == WEB


def test_an_image_on_a_base_that_is_not_there() -> None:
    assert write_quickview(reports.hardened()) == HARDENED


def test_what_was_not_checked_stands_beside_the_counts() -> None:
    web = reports.web()
    partly = reports.report(
        "web:init", web.sbom.packages, web.findings, deb="fixed-only", pypi="not checked"
    )
    assert write_quickview(partly) == PARTLY


def test_nothing_checked_is_no_zero() -> None:
    blank = reports.report(
        "web:init",
        reports.web().sbom.packages,
        deb="not checked",
        pypi="not checked",
        made_with=replace(reports.INDEX, index_digest="", index_date=""),
    )
    assert write_quickview(blank) == UNCHECKED


def test_no_difference_is_said() -> None:
    base = reports.base()
    same = replace(base, base=BaseImage("python:3.13-slim", "", "label", False, base))
    assert "   difference │                   │    none\n" in write_quickview(same)
    assert "(+" not in write_quickview(same)


def test_a_base_nobody_checked_has_no_difference() -> None:
    base = replace(reports.base(), coverage=(), findings=())
    image = replace(reports.base(), base=BaseImage("python:3.13-slim", "", "label", False, base))
    assert "   difference │                   │    not known\n" in write_quickview(image)


def test_unspecified_is_a_column_only_where_it_is_needed() -> None:
    unknown = reports.finding(reports.APT, "CVE-2025-1", "unspecified")
    view = write_quickview(reports.report("x", [reports.APT], [unknown]))
    assert view.splitlines()[0].endswith("│    0C     0H     0M     0L     1?")
    assert "?" not in write_quickview(reports.web())


def test_a_directory_has_its_size_on_disk() -> None:
    report = reports.report("/srv/root", [reports.APT], size=5_000_000)
    subject = replace(report.sbom.subject, kind="directory", content_size=0, digest="")
    view = write_quickview(replace(report, sbom=replace(report.sbom, subject=subject)))
    assert "    size     │  20 MB " in view


def test_an_empty_image() -> None:
    view = write_quickview(reports.report("scratch:1", (), size=0))
    assert "no packages found" in view
    assert "0C" not in view
    assert "nothing: no packages of a scope that advisories speak of" in view


def test_problems_are_listed_once() -> None:
    problem = Problem("dpkg", "var/lib/dpkg/status", "line 7: no colon")
    web = reports.web()
    troubled = replace(web, problems=(problem,), sbom=replace(web.sbom, problems=(problem,)))
    assert "Problems (1)\n\n  ! dpkg: var/lib/dpkg/status: line 7: no colon\n" in write_quickview(
        troubled
    )


def test_names_cannot_speak_to_the_terminal() -> None:
    hostile = reports.report("x\x1b[2Jy\u202e\n", [reports.APT])
    assert "  x\\x1b[2Jy\\u202e\\n " in write_quickview(hostile)


def test_the_documentation_shows_what_is_printed() -> None:
    documentation = Path(__file__).resolve().parents[2] / "docs" / "output.md"
    table = WEB.partition("\n\n")[0]
    assert f"```\n{table}\n```\n" in documentation.read_text(encoding="utf-8")
