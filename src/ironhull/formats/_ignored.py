"""What texts say of findings that ignore rules and VEX hide, and of rules that hide nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ironhull.counts import finding_order, ignored_note, suppressed_note, vulnerability_id
from ironhull.formats.text_table import safe, table
from ironhull.model import Finding, Report, VexUse, signature_words

__all__ = ["document_lines", "hidden_lines", "rule_lines"]

_IGNORED = ("Package", "Vulnerability", "Severity", "Reason", "Until", "Rule")
_SUPPRESSED = ("Package", "Vulnerability", "Severity", "Status", "Statement", "Source", "Author")


def hidden_lines(report: Report, listed: Iterable[Finding], *, each: bool) -> list[str]:
    """How many findings are hidden, and by what; with `each` the `listed` ones in tables.

    Nothing where no finding is hidden.
    """
    found = sorted(listed, key=finding_order)
    ignored, suppressed = ignored_note(report), suppressed_note(report)
    if not each:
        notes = (
            (ignored, "--show-ignored lists them"),
            (suppressed, "--show-suppressed lists them"),
        )
        lines = [f"{safe(note)}; {how}" for note, how in notes if note]
        return ["", *lines] if lines else []
    return [
        *_listed(ignored, _IGNORED, list(_of_rules(found))),
        *_listed(suppressed, _SUPPRESSED, list(_of_statements(found))),
    ]


def _listed(note: str, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    if not note:
        return []
    return ["", safe(note), *(["", *table(rows, header=header)] if rows else [])]


def _of_rules(findings: Iterable[Finding]) -> Iterator[tuple[str, ...]]:
    for finding in findings:
        if (rule := finding.ignored) is not None:
            yield (*_named(finding), safe(rule.reason), rule.until, safe(rule.where))


def _of_statements(findings: Iterable[Finding]) -> Iterator[tuple[str, ...]]:
    for finding in findings:
        said = finding.statement
        if said is None or not finding.suppressed or finding.ignored is not None:
            continue
        words = said.justification or said.impact_statement or said.status_notes
        author = f"{said.author or 'unknown'} ({said.signed})"
        yield (
            *_named(finding),
            said.status,
            safe(words),
            safe(said.place),
            safe(author),
        )


def _named(finding: Finding) -> tuple[str, str, str]:
    package = finding.package.source
    return (
        f" {safe(package.name)} {safe(package.version)}",
        safe(vulnerability_id(finding.advisory)),
        finding.severity.upper(),
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


def document_lines(report: Report) -> list[str]:
    """The VEX documents that were consulted, each with what became of its statements."""
    rows = [f"  {safe(_document(use))}" for use in report.vex]
    return ["", f"VEX documents ({len(rows)})", "", *rows] if rows else []


def _document(use: VexUse) -> str:
    author = f", by {use.author}" if use.author else ""
    refused = f", {use.refused} not believed ({use.why})" if use.refused else ""
    signed = signature_words(use.signature, use.signer)
    return (
        f"{use.where}{author}, {signed}: {use.statements} statements,"
        f" {use.about} about vulnerabilities found here, {use.applied} decide,"
        f" {use.hidden} findings suppressed{refused}"
    )
