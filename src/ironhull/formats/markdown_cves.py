"""`cves` as compact Markdown for merge requests and job summaries: one fold per package.

A document never exceeds what a comment on GitHub holds (`limits.markdown_characters`): packages
come worst first, and what no longer fits is counted in a line of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ironhull.counts import (
    Affected,
    count,
    coverage_notes,
    finding_order,
    has_numbers,
    hidden_notes,
    vulnerability_id,
)
from ironhull.formats._findings import suppression
from ironhull.formats._licenses import markdown_licenses
from ironhull.formats._markdown import bounded, cell, html, markdown_link
from ironhull.formats._secrets import markdown_section
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
from ironhull.limits import LIMITS
from ironhull.model import SEVERITIES, Finding, Report

__all__ = ["write_cves_markdown"]

_LONG = 300  # characters of a name, a version or a message that are shown
_MANY = 50  # problems, ignored findings and notes that are listed, each
_LIST = 8_000  # characters of such a list
_RESERVE = 400  # characters kept for the line that says what was left out


def write_cves_markdown(report: Report, shown: Shown) -> str:
    """Totals of the whole image in a table, then the findings shown, package by package."""
    head = [*_head(report, shown)]
    tail = [*markdown_section(report, shown), *markdown_licenses(report, shown.licenses)]
    tail += _ignored(report, shown)
    tail += [*_rules(report), *_problems(report)]
    tail += ["", _text(footer(report))]
    room = LIMITS.markdown_characters - _RESERVE - _size(head) - _size(tail)
    body = _packages(shown.packages(report), shown, room)
    return "\n".join([*head, *body, *tail]) + "\n"


def _size(lines: Sequence[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _head(report: Report, shown: Shown) -> Iterator[str]:
    subject = report.sbom.subject
    yield from (f"## Vulnerabilities of {_text(subject.name)}", "", *_totals(report), "")
    yield from _some([f"- **{_text(note)}**" for note in _malicious(report)])
    yield from _some([f"- **{_text(note)}**" for note in coverage_notes(report)])
    size, packages = size_text(image_size(subject)), plural(len(report.sbom.counted), "package")
    yield f"- digest `{short_digest(subject.digest)}`, {size}, {packages}"
    if hidden := shown.hidden(report):
        yield f"- {_text(hidden)}"


def _some(lines: Sequence[str]) -> list[str]:
    """The first of `lines`, and how many more there are: a list is a part of a document only."""
    kept = lines[: min(_MANY, _fitting(lines, _LIST))]
    return [*kept, *([f"- and {len(lines) - len(kept)} more"] if len(kept) < len(lines) else [])]


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


def _malicious(report: Report) -> list[str]:
    found = (f for f in report.effective if f.advisory.kind == "malicious")
    names = (f"{f.package.source.name} {f.package.source.version}".strip() for f in found)
    return [f"malicious package, remove it: {name}" for name in dict.fromkeys(names)]


# ── packages ─────────────────────────────────────────────────────────────────────────────────────


def _packages(packages: Sequence[Affected], shown: Shown, room: int) -> Iterator[str]:
    """The packages as far as there is room, and what is left out."""
    for number, affected in enumerate(packages):
        rows = [_row(finding, shown) for finding in affected.findings]
        opening = [*_opening(affected, shown)]
        fitting = _fitting(rows, room - _size(opening) - _size(_CLOSING))
        if fitting:
            lines = [*opening, *rows[:fitting], *_CLOSING]
            yield from lines
            room -= _size(lines)
        if fitting < len(rows):
            rest = sum(len(other.findings) for other in packages[number:]) - fitting
            yield from ("", _left_out(rest, len(packages) - number))
            return


_CLOSING = ("", "</details>")


def _fitting(rows: Sequence[str], room: int) -> int:
    """How many of `rows` fit, from the first."""
    for number, row in enumerate(rows):
        room -= len(row) + 1
        if room < 0:
            return number
    return len(rows)


def _left_out(findings: int, packages: int) -> str:
    what = f"{plural(findings, 'finding')} in {plural(packages, 'package')}"
    return (
        f"**{what} left out:** a comment holds {LIMITS.markdown_characters:,} characters."
        " The formats html and json hold everything."
    )


def _opening(affected: Affected, shown: Shown) -> Iterator[str]:
    package, counts = affected.package, affected.counts
    pairs = zip(counts.by_severity, "CHML?", strict=True)
    numbers = " ".join(f"{n}{letter}" for n, letter in pairs if n)
    bad = "malicious " if counts.malicious else ""
    yield ""
    yield (
        f"<details><summary>{bad}{numbers} <b>{html(bounded(safe(package.name), _LONG))}</b>"
        f" {html(bounded(safe(package.version), _LONG))}</summary>"
    )
    yield ""
    score = " EPSS |" if shown.epss else ""
    yield f"| Severity | Vulnerability | Fixed version |{score}"
    yield "| --- | --- | --- |" + (" --- |" if shown.epss else "")


def _row(finding: Finding, shown: Shown) -> str:
    identifier = bounded(safe(vulnerability_id(finding.advisory)), _LONG)
    address = markdown_link(identifier, bounded(link(finding.advisory), 2 * _LONG))
    exploited = " (CISA KEV)" if finding.kev else ""
    said = f" (VEX: {finding.statement.status.replace('_', ' ')})" if finding.statement else ""
    score = f" {epss_percent(finding)} |" if shown.epss else ""
    malicious = finding.advisory.kind == "malicious"
    severity = "Malicious" if malicious else finding.severity.capitalize()
    fixed = "none: remove it" if malicious else _text(fixed_version(finding))
    return f"| {severity} | {address}{exploited}{said} | {fixed} |{score}"


# ── what else there is to say ────────────────────────────────────────────────────────────────────


def _ignored(report: Report, shown: Shown) -> Iterator[str]:
    """How many findings are hidden; with --show-ignored each of them with the reason."""
    if not (notes := hidden_notes(report)):
        return
    note = "; ".join(notes)
    if not (shown.show_ignored and shown.ignored):
        yield from ("", _text(note))
        return
    yield from _fold(note, [_hidden(f) for f in sorted(shown.ignored, key=finding_order)])


def _hidden(finding: Finding) -> str:
    source, why = finding.package.source, suppression(finding)
    name = f"{vulnerability_id(finding.advisory)} in {source.name} {source.version}".strip()
    return f"{name}: {why}" if why is not None else name


def _rules(report: Report) -> Iterator[str]:
    """Rules that end or match nothing, so that they do not stay for ever."""
    rules = [rule for rule in report.ignore_rules if rule.state in ("unused", "expired")]
    if rules:
        texts = [f"{rule.where}: {rule.what}: {rule.state}" for rule in rules]
        yield from _fold(f"{plural(len(rules), 'ignore rule')} without effect", texts)


def _problems(report: Report) -> Iterator[str]:
    problems = problems_of(report)
    if problems:
        texts = [f"{p.stage}: {p.where}: {p.message}" for p in problems]
        yield from _fold(plural(len(problems), "problem"), texts)


def _fold(title: str, texts: Sequence[str]) -> Iterator[str]:
    yield from ("", f"<details><summary>{html(bounded(safe(title), _LONG))}</summary>", "")
    yield from _some([f"- {_text(text)}" for text in texts])
    yield from ("", "</details>")


def _text(text: str) -> str:
    """`text` of bounded length with nothing left that Markdown or HTML reads as markup."""
    return cell(bounded(safe(text), _LONG))
