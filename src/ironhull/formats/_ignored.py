"""What texts say of findings that rules of ignore files hide, and of rules that hide nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ironhull.counts import finding_order, ignored_note, vulnerability_id
from ironhull.formats.text_table import safe, table
from ironhull.model import Finding, Report

__all__ = ["ignored_lines", "rule_lines"]

_HEADER = ("Package", "Vulnerability", "Severity", "Reason", "Until", "Rule")


def ignored_lines(report: Report, listed: Iterable[Finding], *, each: bool) -> list[str]:
    """How many findings are ignored and by which files; with `each` the `listed` ones in a table.

    Nothing where no finding is ignored.
    """
    if not (note := safe(ignored_note(report))):
        return []
    if not each:
        return ["", f"{note}; --show-ignored lists them"]
    rows = list(_rows(listed))
    return ["", note, *(["", *table(rows, header=_HEADER)] if rows else [])]


def _rows(findings: Iterable[Finding]) -> Iterator[tuple[str, ...]]:
    for finding in sorted(findings, key=finding_order):
        if (rule := finding.ignored) is not None:
            package = finding.package.source
            yield (
                f" {safe(package.name)} {safe(package.version)}",
                safe(vulnerability_id(finding.advisory)),
                finding.severity.upper(),
                safe(rule.reason),
                rule.until,
                safe(rule.where),
            )


def rule_lines(report: Report) -> list[str]:
    """The rules that hide nothing, under a heading, each with why."""
    why = {
        "unused": "nothing matches it",
        "expired": "it ended on {}",
        "other image": "it is for another image",
        "other scanner": "it is not about vulnerabilities",
    }
    rows = [
        f"  {safe(rule.where)}: {safe(rule.what)}: {why[rule.state].format(rule.until[:10])}"
        for rule in report.ignore_rules
        if rule.state in why
    ]
    return ["", f"Ignore rules without effect ({len(rows)})", "", *rows] if rows else []
