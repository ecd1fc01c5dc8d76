"""`cves` as compact Markdown for merge requests and job summaries: one fold per package."""

from __future__ import annotations

from collections.abc import Iterator

from ironhull.counts import (
    Affected,
    count,
    coverage_notes,
    has_numbers,
    vulnerability_id,
)
from ironhull.formats.text_cves import Shown, epss_percent, fixed_version, link
from ironhull.formats.text_table import (
    footer,
    image_size,
    plural,
    problems_of,
    safe,
    short_digest,
    size_text,
)
from ironhull.model import SEVERITIES, Finding, Report

__all__ = ["write_cves_markdown"]

_SPECIAL = str.maketrans(
    {c: f"\\{c}" for c in "\\`*_{}[]()#+!|~"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
)


def write_cves_markdown(report: Report, shown: Shown) -> str:
    """Totals of the whole image in a table, then the findings shown, package by package."""
    subject = report.sbom.subject
    lines = [f"## Vulnerabilities of {_text(subject.name)}", "", *_totals(report), ""]
    lines += [f"- **{_text(note)}**" for note in coverage_notes(report)]
    size, packages = size_text(image_size(subject)), plural(len(report.sbom.counted), "package")
    lines += [f"- digest `{short_digest(subject.digest)}`, {size}, {packages}"]
    if hidden := shown.hidden(report):
        lines.append(f"- {_text(hidden)}")
    for affected in shown.packages(report):
        lines += ["", *_package(affected, shown)]
    problems = problems_of(report)
    if problems:
        lines += ["", f"<details><summary>{plural(len(problems), 'problem')}</summary>", ""]
        lines += [f"- {_text(p.stage)}: {_text(p.where)}: {_text(p.message)}" for p in problems]
        lines += ["", "</details>"]
    return "\n".join([*lines, "", _text(footer(report))]) + "\n"


def _totals(report: Report) -> Iterator[str]:
    if not has_numbers(report):
        yield "Vulnerabilities: **not checked**"
        return
    counts = count(report.findings)
    yield f"| {' | '.join(name.capitalize() for name in SEVERITIES)} |"
    yield "| --- " * len(SEVERITIES) + "|"
    yield f"| {' | '.join(map(str, counts.by_severity))} |"
    yield ""
    yield f"{counts}"


def _package(affected: Affected, shown: Shown) -> Iterator[str]:
    package = affected.package
    pairs = zip(affected.counts.by_severity, "CHML?", strict=True)
    numbers = " ".join(f"{n}{letter}" for n, letter in pairs if n)
    yield (
        f"<details><summary>{numbers} <b>{_html(package.name)}</b>"
        f" {_html(package.version)}</summary>"
    )
    yield ""
    score = " EPSS |" if shown.epss else ""
    yield f"| Severity | Vulnerability | Fixed version |{score}"
    yield "| --- | --- | --- |" + (" --- |" if shown.epss else "")
    for finding in affected.findings:
        yield _row(finding, shown)
    yield ""
    yield "</details>"


def _row(finding: Finding, shown: Shown) -> str:
    identifier = vulnerability_id(finding.advisory)
    url = safe(link(finding.advisory)).translate({ord(c): f"%{ord(c):02X}" for c in " ()<>|\\"})
    exploited = " (CISA KEV)" if finding.kev else ""
    score = f" {epss_percent(finding)} |" if shown.epss else ""
    severity, fixed = finding.severity.capitalize(), _text(fixed_version(finding))
    return f"| {severity} | [{_text(identifier)}]({url}){exploited} | {fixed} |{score}"


def _html(text: str) -> str:
    """`text` inside an HTML block, where Markdown reads nothing as markup."""
    return safe(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _text(text: str) -> str:
    """`text` with nothing left that Markdown or HTML reads as markup."""
    return safe(text).translate(_SPECIAL)
