"""The tables of scan, as people see them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.counts import count
from ironhull.formats._grid import grid, wrapped
from ironhull.formats._targets import targets
from ironhull.formats.text_cves import Shown
from ironhull.formats.text_scan import ScanView, write_scan
from ironhull.model import (
    SEVERITIES,
    Coverage,
    Finding,
    Ignored,
    Location,
    Package,
    Report,
    RuleUse,
)
from tests import reports

GO = Package(
    "golang",
    "golang.org/x/net",
    "v0.1.0",
    locations=(Location("usr/bin/a", "l"), Location("usr/bin/b", "l")),
)
JAR = Package("maven", "org.a:b", "1.0", locations=(Location("app.jar!lib/b.jar", "l"),))
EVIL = Package("npm", "evil\x1b[2J", "6.6.6", locations=(Location("app/evil/package.json", "l"),))
FINDINGS = (
    reports.finding(
        GO,
        "CVE-2022-1",
        "high",
        fixed="0.2.0",
        scope="Go",
        summary="One two three four five six seven eight nine ten eleven twelve thirteen",
    ),
    reports.finding(JAR, "CVE-2022-2", "critical", scope="Maven"),
    reports.finding(
        EVIL, "MAL-2024-1", "critical", scope="npm", kind="malicious", summary="Steals\x1b[2J"
    ),
)


def _mixed(findings: tuple[Finding, ...] = FINDINGS) -> Report:
    report = reports.report("app:1", (reports.APT, GO, JAR, EVIL), findings)
    more = (
        Coverage("Go", 1, "full", ("osv",), "2026-11-19"),
        Coverage("Maven", 1, "fixed-only", ("osv",), "2026-11-19"),
        Coverage("npm", 1, "full", ("osv",), "2026-11-19"),
    )
    return replace(report, coverage=(*report.coverage, *more))


def _written(report: Report, **options: object) -> str:
    view = ScanView(Shown(report.effective, ignored=report.ignored), today="2026-11-22")
    return write_scan(report, replace(view, **options))


BEGINNING = """\
Report Summary

┌───────────────────┬──────────┬──────────┬─────────────────┐
│      Target       │   Type   │ Packages │ Vulnerabilities │
├───────────────────┼──────────┼──────────┼─────────────────┤
│ app:1 (debian 13) │  debian  │    1     │        0        │
├───────────────────┼──────────┼──────────┼─────────────────┤
│ Java              │   jar    │    1     │       1*        │
├───────────────────┼──────────┼──────────┼─────────────────┤
│ Node.js           │ node-pkg │    1     │ 0, 1 malicious  │
├───────────────────┼──────────┼──────────┼─────────────────┤
│ usr/bin/a         │ gobinary │    1     │        1        │
├───────────────────┼──────────┼──────────┼─────────────────┤
│ usr/bin/b         │ gobinary │    1     │        1        │
└───────────────────┴──────────┴──────────┴─────────────────┘
Legend:
- '-': Not checked
- '0': Clean (no vulnerabilities found)
- '*': Not checked in full, see below

Malicious packages
==================
Total: 1

┌─────────────┬────────────┬─────────┬───────────────────────┬──────────────────────────────────────────┐
│   Library   │  Advisory  │ Version │         Where         │                  Title                   │
├─────────────┼────────────┼─────────┼───────────────────────┼──────────────────────────────────────────┤
│ evil\\x1b[2J │ MAL-2024-1 │ 6.6.6   │ app/evil/package.json │ Steals\\x1b[2J                            │
│             │            │         │                       │ https://osv.dev/vulnerability/MAL-2024-1 │
└─────────────┴────────────┴─────────┴───────────────────────┴──────────────────────────────────────────┘

app:1 (debian 13)
=================
Security updates until 2030-06-30
Total: 0 (UNKNOWN: 0, LOW: 0, MEDIUM: 0, HIGH: 0, CRITICAL: 0)

Java (jar)
==========
Total: 1 (UNKNOWN: 0, LOW: 0, MEDIUM: 0, HIGH: 0, CRITICAL: 1)
       not checked in full, see below

"""  # noqa: E501 - as wide as it is

TABLE = """\
usr/bin/b (gobinary)
====================
Total: 1 (UNKNOWN: 0, LOW: 0, MEDIUM: 0, HIGH: 1, CRITICAL: 0)

┌──────────────────┬───────────────┬──────────┬────────┬───────────────────┬───────────────┬─────────────────────────────────────────────────────────┐
│     Library      │ Vulnerability │ Severity │ Status │ Installed Version │ Fixed Version │                          Title                          │
├──────────────────┼───────────────┼──────────┼────────┼───────────────────┼───────────────┼─────────────────────────────────────────────────────────┤
│ golang.org/x/net │ CVE-2022-1    │ HIGH     │ fixed  │ v0.1.0            │ 0.2.0         │ One two three four five six seven eight nine ten eleven │
│                  │               │          │        │                   │               │ twelve...                                               │
│                  │               │          │        │                   │               │ https://osv.dev/vulnerability/CVE-2022-1                │
└──────────────────┴───────────────┴──────────┴────────┴───────────────────┴───────────────┴─────────────────────────────────────────────────────────┘
"""  # noqa: E501 - as wide as it is

MERGED = """\
│ apt        │ CVE-2019-9192 │ MEDIUM   │ under_investigation │ 3.0.3             │                 │ https://security-tracker.debian.org/tracker/CVE-2019-9192 │
├────────────┼───────────────┼──────────┼─────────────────────┼───────────────────┼─────────────────┼───────────────────────────────────────────────────────────┤
│ libc-bin   │ CVE-2010-4756 │ LOW      │ will_not_fix        │ 2.41-12           │                 │ https://security-tracker.debian.org/tracker/CVE-2010-4756 │
│            ├───────────────┤          ├─────────────────────┤                   ├─────────────────┼───────────────────────────────────────────────────────────┤
│            │ CVE-2019-9192 │          │ affected            │                   │                 │ https://security-tracker.debian.org/tracker/CVE-2019-9192 │
├────────────┼───────────────┤          ├─────────────────────┤                   ├─────────────────┼───────────────────────────────────────────────────────────┤
│ libc6      │ CVE-2010-4756 │          │ will_not_fix        │                   │                 │ https://security-tracker.debian.org/tracker/CVE-2010-4756 │
"""  # noqa: E501 - as wide as it is


def test_the_whole() -> None:
    text = _written(_mixed())
    assert text.startswith(BEGINNING)
    assert TABLE in text
    assert "\nAll targets: 4 rows for 3 findings, 2 distinct CVEs, 3 packages" in text
    assert "\nonly fixed CVEs known: Maven (1 package)\n" in text
    assert "│ org.a:b (app.jar) │" in text
    assert "\x1b" not in text


def test_a_row_for_each_installed_package_cells_merged() -> None:
    text = _written(reports.web())
    assert MERGED in text
    assert "Total: 6 (UNKNOWN: 0, LOW: 4, MEDIUM: 1, HIGH: 1, CRITICAL: 0)" in text
    assert "\nAll targets: 7 rows for 5 findings, 4 distinct CVEs, 4 packages\n" in text
    assert "│ flask (METADATA) │" in text


def test_a_row_for_each_source_package() -> None:
    text = _written(reports.web(), by_source=True)
    assert "Total: 4 (UNKNOWN: 0, LOW: 2, MEDIUM: 1, HIGH: 1, CRITICAL: 0)" in text
    assert "│ glibc   │ CVE-2010-4756 │" in text
    assert "libc6" not in text
    assert "\nAll targets: 5 rows for 5 findings" in text


def test_the_total_names_the_severities_shown() -> None:
    web = reports.web()
    shown = Shown(tuple(f for f in web.findings if f.severity == "high"), ("--severity HIGH",))
    text = _written(web, shown=shown, severities=("critical", "high"))
    assert "Total: 1 (HIGH: 1, CRITICAL: 0)" in text
    assert "\nshowing 1 of 5 findings: --severity HIGH\n" in text
    assert "- '0': Nothing left by filters and ignore rules\n" in text
    assert "Clean" not in text


def test_what_nobody_checked_has_no_zero() -> None:
    packages = reports.web().sbom.packages
    text = _written(reports.report("x", packages, deb="not checked", pypi="not checked"))
    assert "│ x (debian 13) │   debian   │    4     │        -        │" in text
    assert "Total: not checked (no advisory data)" in text
    assert "vulnerabilities: not checked" in text
    assert "Total: 0" not in text


def test_only_targets_with_versions_that_cannot_be_compared_are_marked() -> None:
    place = (Location("usr/bin/odd", "l"),)
    odd = Package("golang", "example.org/odd", "(unknown)", locations=place)
    report = reports.report("app:1", (GO, odd))
    coverage = (Coverage("Go", 1, "full", ("osv",)), Coverage("Go", 1, "not checked"))
    found = targets(replace(report, coverage=coverage), (), by_source=False)
    states = {target.name: target.checked for target in found if not target.os}
    assert states == {
        "usr/bin/a": {"full"},
        "usr/bin/b": {"full"},
        "usr/bin/odd": {"not checked"},
    }


def test_the_end_of_a_release() -> None:
    web = reports.web()
    assert "Security updates until 2030-06-30" in _written(web, today="2030-06-30")
    assert "End of life: no security updates since 2030-06-30" in _written(web, today="2030-07-01")
    unknown = replace(web, sbom=replace(web.sbom, distro=None))
    text = _written(unknown)
    assert "web:init (unknown distribution)" in text
    assert "ecurity updates" not in text


def test_an_image_without_packages() -> None:
    text = _written(reports.report("x", ()))
    assert "│ x (debian 13) │ debian │    0     │        0        │" in text
    assert "no packages found" in text
    scratch = reports.report("x", ())
    text = _written(replace(scratch, sbom=replace(scratch.sbom, distro=None)))
    assert "│   -    │  -   │    -     │        -        │" in text.replace(
        "│ -      │", "│   -    │"
    )


def test_removed_packages_and_exploited_ones_are_marked() -> None:
    gone = replace(reports.APT, removed_in="sha256:" + "2" * 64)
    finding = reports.finding(gone, "CVE-1-1", kev=True)
    text = _written(reports.report("x", (gone,), (finding,)))
    assert "│ apt (removed) │" in text
    assert "exploited, says CISA" in text
    assert "1 finding only in packages that later layers remove" in text


def test_ignored_findings_are_listed_when_asked_for() -> None:
    web = reports.web()
    hidden = replace(reports.OLD, ignored=Ignored("minor", "2027-01-01", ".trivyignore:2"))
    rules = (
        RuleUse(".trivyignore:2", "CVE-2010-4756", "used", 1),
        RuleUse(".trivyignore:3", "CVE-1", "unused"),
        RuleUse(".trivyignore:4", "CVE-2", "expired", until="2020-01-01"),
    )
    findings = tuple(hidden if f is reports.OLD else f for f in web.findings)
    report = replace(web, findings=findings, ignore_rules=rules)
    text = _written(report)
    assert "1 finding ignored by .trivyignore; --show-ignored lists them" in text
    assert "CVE-2010-4756" not in text
    shown = Shown(report.effective, ignored=report.ignored, show_ignored=True, details=True)
    text = _written(report, shown=shown)
    row = " glibc 2.41-12 │ CVE-2010-4756 │ LOW      │ minor  │ 2027-01-01 │ .trivyignore:2"
    assert row in text
    assert "Ignore rules without effect (2)" in text
    assert "  .trivyignore:3: CVE-1: nothing matches it\n" in text
    assert "  .trivyignore:4: CVE-2: it ended on 2020-01-01\n" in text


@pytest.mark.parametrize(
    ("ecosystem", "path", "name", "kind"),
    [
        ("golang", "", "Go", "gomod"),
        ("cargo", "usr/bin/x", "usr/bin/x", "rustbinary"),
        ("nuget", "app/x.deps.json", "app/x.deps.json", "dotnet-core"),
        ("composer", "v/installed.json", "v/installed.json", "composer-vendor"),
        ("gem", "x.gemspec", "Ruby", "gemspec"),
        ("conda", "x.json", "Conda", "conda-pkg"),
        ("swift", "", "Swift", "swift"),
        ("unheard-of", "x", "unheard-of", "unheard-of"),
    ],
)
def test_every_package_has_a_target(ecosystem: str, path: str, name: str, kind: str) -> None:
    places = (Location(path),) if path else ()
    package = Package(ecosystem, "x", "1", locations=places)
    found = targets(reports.report("i", (package,)), (), by_source=False)
    assert [(t.name, t.type, t.packages) for t in found if not t.os] == [(name, kind, 1)]


@given(st.lists(st.sampled_from(range(5)), unique=True), st.booleans())
def test_totals_are_the_rows(chosen: list[int], by_source: bool) -> None:
    web = reports.web()
    findings = tuple(web.findings[number] for number in chosen)
    found = targets(web, findings, by_source=by_source)
    rows = sum(len(target.rows) for target in found)
    expected = sum(1 if by_source else len(f.packages) for f in findings)
    assert rows == expected
    assert sum(target.packages for target in found) == len(web.sbom.judged)
    by_severity = dict.fromkeys(SEVERITIES, 0)
    for target in found:
        for row in target.rows:
            by_severity[row.finding.severity] += 1
    if by_source:
        assert tuple(by_severity.values()) == count(findings).by_severity


_CELL = st.text("ab │\n", max_size=6)


@given(st.lists(st.tuples(_CELL, _CELL, _CELL), min_size=1, max_size=5), st.booleans())
def test_grids_are_rectangles_that_keep_every_text(
    rows: list[tuple[str, str, str]], merge: bool
) -> None:
    lines = grid(("one", "two", "three"), rows, merge=merge)
    assert len({len(line) for line in lines}) == 1
    if not merge:
        text = "\n".join(lines)
        for row in rows:
            for cell in row:
                assert all(part.strip() in text for part in cell.split("\n"))


@given(st.text("abc ", max_size=300), st.integers(5, 40))
def test_wrapped_text_loses_no_word(text: str, width: int) -> None:
    lines = wrapped(text, width).split("\n")
    assert " ".join(lines).split() == text.split() or max(map(len, text.split())) > 200
    assert all(len(line) <= width or " " not in line for line in lines)
