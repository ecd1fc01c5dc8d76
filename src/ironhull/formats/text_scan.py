"""`scan` as text: a summary and a table for each target, laid out as users of Trivy know it.

The layout follows trivy.dev/docs, Configuration, Reporting, "Table". A row is an installed package,
and `Total` counts the rows shown. What stands beside it goes further: a target that nobody could
check has no zero, what was checked and by what data is said, and the last lines count findings as
`cves` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ironhull.counts import count, coverage_notes, finding_order, has_numbers, vulnerability_id
from ironhull.ecosystems import end_of_support
from ironhull.formats._grid import grid, wrapped
from ironhull.formats._ignored import document_lines, hidden_lines, rule_lines
from ironhull.formats._targets import Row, Target, targets
from ironhull.formats.text_cves import Shown, link
from ironhull.formats.text_table import coverage_table, footer, plural, problem_lines, safe
from ironhull.model import SEVERITIES, Finding, Report
from ironhull.values import dataclass

__all__ = ["STATUS_WORDS", "ScanView", "severity_word", "write_scan"]

STATUS_WORDS = {
    "fixed": "fixed",
    "unfixed": "affected",
    "will-not-fix": "will_not_fix",
    "end-of-life": "end_of_life",
    "undetermined": "under_investigation",
}
"""Trivy's words for the statuses of `model.STATUSES`."""

_HEADER = (
    *("Library", "Vulnerability", "Severity", "Status"),
    *("Installed Version", "Fixed Version", "Title"),
)
_TITLE = 60  # characters of a line of a title
_TITLE_WORDS = 12  # of a title that is shown
_SUPPORT = "security updates"


@dataclass(frozen=True, slots=True)
class ScanView:
    """What of a report to show: what `shown` holds, of `severities`, a row for each package.

    With `by_source` a row is a source package instead. `today` is YYYY-MM-DD.
    """

    shown: Shown
    severities: tuple[str, ...] = SEVERITIES
    by_source: bool = False
    today: str = ""


def write_scan(report: Report, view: ScanView) -> str:
    """The summary, what is malicious, a table for each target, and what all of it rests on."""
    lines = [*_vulnerabilities(report, view)] if "vuln" in report.scanners else [_heading(report)]
    if report.secrets is not None:
        from ironhull.formats._secrets import secret_lines

        lines += secret_lines(report, view.shown)
    if report.licenses is not None:
        from ironhull.formats._licenses import license_lines

        lines += license_lines(report, view.shown.licenses)
    if "vuln" in report.scanners:
        lines += ["", *_totals(report, view)]
        lines += hidden_lines(report, view.shown.ignored, each=view.shown.show_ignored)
    if view.shown.details:
        lines += [*rule_lines(report), *document_lines(report)]
    if "vuln" in report.scanners:
        lines += ["", "What was checked", "", *coverage_table(report)]
    lines += problem_lines(report)
    return "\n".join([*lines, "", footer(report)]) + "\n"


def _vulnerabilities(report: Report, view: ScanView) -> Iterator[str]:
    """The summary, what is malicious, and a table for each target."""
    found = targets(report, view.shown.findings, by_source=view.by_source)
    yield from ("Report Summary", "")
    yield from _summary(found, hidden=bool(view.shown.filters or report.hidden))
    yield from _malicious(found)
    for target in found:
        yield from _section(target, report, view)


def _heading(report: Report) -> str:
    """What was looked at, where there are no targets."""
    return f"{safe(report.sbom.subject.name)} ({plural(len(report.sbom.subject.layers), 'layer')})"


def severity_word(severity: str) -> str:
    """Trivy's word for a severity of ours: `CRITICAL`, `UNKNOWN`."""
    return "UNKNOWN" if severity == "unspecified" else severity.upper()


# ── summary ──────────────────────────────────────────────────────────────────────────────────────


def _summary(found: Sequence[Target], *, hidden: bool) -> Iterator[str]:
    header = ("Target", "Type", "Packages", "Vulnerabilities")
    rows = [
        (safe(target.name), safe(target.type), str(target.packages), _number(target))
        for target in found
    ]
    yield from grid(header, rows or [("-",) * 4], merge=False, centred=1)
    yield "Legend:"
    yield "- '-': Not checked"
    if hidden:
        yield "- '0': Nothing left by filters and ignore rules"
    else:
        yield "- '0': Clean (no vulnerabilities found)"
    if any("*" in number for *_, number in rows):
        yield "- '*': Not checked in full, see below"


def _number(target: Target) -> str:
    """How many rows; a zero only where everything was checked."""
    if target.packages and not target.checked - {"not checked"} and not target.rows:
        return "-"
    harmful = len(target.rows) - len(_vulnerable(target))
    number = f"{len(target.rows) - harmful}{'' if target.checked <= {'full'} else '*'}"
    return f"{number}, {harmful} malicious" if harmful else number


def _vulnerable(target: Target) -> list[Row]:
    return [row for row in target.rows if row.finding.advisory.kind != "malicious"]


# ── one target ───────────────────────────────────────────────────────────────────────────────────


def _section(target: Target, report: Report, view: ScanView) -> Iterator[str]:
    rows = _vulnerable(target)
    if not rows and not target.os:
        return
    heading = safe(target.name if target.os else f"{target.name} ({target.type})")
    yield from ("", heading, "=" * len(heading))
    if target.os:
        yield from _support(report, view.today)
    if _number(target) == "-":
        yield "Total: not checked (no advisory data)"
        return
    yield _total(rows, view)
    if target.checked - {"full"}:
        yield "       not checked in full, see below"
    if rows:
        yield ""
        yield from _table(rows, target)


def _support(report: Report, today: str) -> Iterator[str]:
    """Until when the release gets security updates, where that is known."""
    end = end_of_support(report.sbom.distro)
    if not end:
        return
    ended = bool(today) and today > end
    yield (
        f"End of life: no {_SUPPORT} since {end}"
        if ended
        else f"{_SUPPORT} until {end}".capitalize()
    )


def _total(rows: Iterable[Row], view: ScanView) -> str:
    """`Total: 3 (UNKNOWN: 0, LOW: 1, MEDIUM: 0, HIGH: 2, CRITICAL: 0)`: the severities shown."""
    numbers = dict.fromkeys(reversed(SEVERITIES), 0)
    for row in rows:
        numbers[row.finding.severity] += 1
    words = [f"{severity_word(s)}: {n}" for s, n in numbers.items() if s in view.severities]
    return f"Total: {sum(numbers.values())} ({', '.join(words)})"


def _table(rows: Iterable[Row], target: Target) -> list[str]:
    ordered = sorted(rows, key=_row_order)
    return grid(_HEADER, [_cells(row, target) for row in ordered])


def _row_order(row: Row) -> tuple[object, ...]:
    return (row.name, row.version, finding_order(row.finding), row.path)


def _cells(row: Row, target: Target) -> tuple[str, ...]:
    finding = row.finding
    return (
        _library(row, target),
        safe(vulnerability_id(finding.advisory)),
        severity_word(finding.severity),
        STATUS_WORDS.get(finding.status, finding.status),
        safe(row.version),
        safe(finding.fixed),
        _title(finding),
    )


def _library(row: Row, target: Target) -> str:
    """The name, with the file it is in where the table does not say it, or that it is removed."""
    name = safe(row.name)
    if target.paths and row.path:
        outer = row.path.partition("!")[0]
        name = f"{name} ({safe(outer.rpartition('/')[2])})"
    return f"{name} (removed)" if row.removed else name


def _title(finding: Finding) -> str:
    """The beginning of the summary, and where to read on."""
    words = safe(finding.advisory.summary).split()
    text = " ".join(words[:_TITLE_WORDS]) + ("..." if len(words) > _TITLE_WORDS else "")
    listed = "exploited, says CISA" if finding.kev else ""
    parts = (wrapped(text, _TITLE), listed, safe(link(finding.advisory)))
    return "\n".join(part for part in parts if part)


# ── around the tables ────────────────────────────────────────────────────────────────────────────


def _malicious(found: Sequence[Target]) -> Iterator[str]:
    """Packages made to do harm, which no update repairs: said before everything else."""
    rows = [
        (row, target)
        for target in found
        for row in sorted(target.rows, key=_row_order)
        if row.finding.advisory.kind == "malicious"
    ]
    if not rows:
        return
    yield from ("", "Malicious packages", "==================", f"Total: {len(rows)}", "")
    header = ("Library", "Advisory", "Version", "Where", "Title")
    yield from grid(
        header,
        [
            (
                safe(row.name),
                safe(vulnerability_id(row.finding.advisory)),
                safe(row.version),
                safe(row.path or target.name),
                _title(row.finding),
            )
            for row, target in rows
        ],
    )


def _totals(report: Report, view: ScanView) -> Iterator[str]:
    """The findings shown as `cves` counts them, what filters hid and what was not checked."""
    if not has_numbers(report):
        yield "vulnerabilities: not checked"
    else:
        found = targets(report, view.shown.findings, by_source=view.by_source)
        rows = sum(len(target.rows) for target in found)
        yield f"All targets: {plural(rows, 'row')} for {count(view.shown.findings)}"
    if hidden := view.shown.hidden(report):
        yield hidden
    removed = sum(all(p.removed_in for p in f.packages) for f in view.shown.findings)
    if removed:
        yield f"{plural(removed, 'finding')} only in packages that later layers remove"
    for note in coverage_notes(report):
        yield safe(note)
