"""Secrets in documents: words, rows of tables, JSON. What is shown is the redacted line.

The steps of the build are not shown beside secrets: they may hold them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ironhull.formats._grid import grid
from ironhull.formats._html import table as html_table
from ironhull.formats._html import text
from ironhull.formats._markdown import bounded, cell
from ironhull.formats.text_cves import Shown
from ironhull.formats.text_table import plural, safe
from ironhull.model import SEVERITIES, Report, SecretFinding, Subject

__all__ = [
    "active_secrets",
    "hidden_by",
    "html_section",
    "markdown_section",
    "secret_ids",
    "secret_lines",
    "secret_place",
    "secret_remedy",
    "secret_sentence",
    "secrets_json",
]

_WHERE = {
    "FILE": "{}",
    "ENV": "variable {}",
    "LABEL": "label {}",
    "CONFIG": "configuration {}",
    "HISTORY": "history {}",
}
_HEADER = ("Where", "Line", "Secret", "Severity", "Rule", "Match")
_LONG = 60  # characters of a line of a match in a table
_LINES = 3  # of a match in a table
_MANY = 100  # secrets in a Markdown document
_REMEDY = "Revoke it, and build without it (RUN --mount=type=secret): it stays in every copy."


def secret_place(finding: SecretFinding) -> str:
    """`app/.env`, `variable TOKEN`, `history 3`."""
    return _WHERE[finding.source].format(finding.path)


def secret_sentence(finding: SecretFinding) -> str:
    """`GitHub token in app/.env, line 3.`"""
    line = f", line {finding.line}" if finding.source == "FILE" else ""
    gone = "; a later layer hides it, but it ships" if finding.removed_in else ""
    return f"{finding.title} in {secret_place(finding)}{line}{gone}."


def secret_remedy() -> str:
    """What to do, in one sentence."""
    return _REMEDY


def active_secrets(shown: Shown) -> tuple[SecretFinding, ...]:
    """The secrets shown that no rule and no baseline hides."""
    return tuple(finding for finding in shown.secrets if finding.ignored is None)


def hidden_by(finding: SecretFinding) -> str:
    """`ignored until 2027-01-31: test data (.ironhullignore.yaml:3)`; "" where nothing hides it."""
    rule = finding.ignored
    if rule is None:
        return ""
    until = f" until {rule.until}" if rule.until else ""
    why = f": {rule.reason}" if rule.reason else ""
    return f"ignored{until}{why}{f' ({rule.where})' if rule.where else ''}"


def secret_ids(shown: Shown) -> list[str]:
    """The rules of the secrets shown, worst first, each once."""
    return list(dict.fromkeys(safe(finding.rule) for finding in active_secrets(shown)))


def _layer(finding: SecretFinding, subject: Subject) -> str:
    if finding.layer not in subject.layers:
        return ""
    return f"layer {subject.layers.index(finding.layer) + 1}"


def _gone(finding: SecretFinding, subject: Subject) -> str:
    if not finding.removed_in:
        return ""
    if finding.removed_in not in subject.layers:
        return "hidden by a later layer"
    return f"hidden by layer {subject.layers.index(finding.removed_in) + 1}"


def _totals(findings: Sequence[SecretFinding]) -> str:
    """`3 secrets (1 critical, 2 high)`, `no secrets`."""
    if not findings:
        return "no secrets"
    numbers = {s: sum(found.severity == s for found in findings) for s in SEVERITIES}
    words = ", ".join(f"{number} {severity}" for severity, number in numbers.items() if number)
    return f"{plural(len(findings), 'secret')} ({words})"


def _ignored_note(shown: Shown) -> str:
    hidden = len(shown.secrets) - len(active_secrets(shown))
    return f"{plural(hidden, 'secret')} ignored" if hidden else ""


# ── text ─────────────────────────────────────────────────────────────────────────────────────────


def secret_lines(report: Report, shown: Shown) -> Iterator[str]:
    """A heading, how many there are, and a table; nothing where nobody looked."""
    if report.secrets is None:
        return
    found = active_secrets(shown)
    yield from ("", "Secrets", "=======")
    yield f"Total: {_totals(found)} in the files of every layer and the configuration"
    if found:
        yield ""
        yield from grid(_HEADER, [_cells(finding, report.sbom.subject) for finding in found])
        yield _REMEDY
    if note := _ignored_note(shown):
        yield note if shown.show_ignored else f"{note}; --show-ignored lists them"
        if shown.show_ignored:
            for finding in shown.secrets:
                if finding.ignored is not None:
                    yield f"  {safe(secret_sentence(finding))} {safe(hidden_by(finding))}"


def _cells(finding: SecretFinding, subject: Subject) -> tuple[str, ...]:
    more = ", ".join(part for part in (_layer(finding, subject), _gone(finding, subject)) if part)
    place = "\n".join(_cut(safe(secret_place(finding)), _LONG))
    return (
        f"{place}\n({more})" if more else place,
        str(finding.line) if finding.source == "FILE" else "",
        safe(finding.title),
        "UNKNOWN" if finding.severity == "unspecified" else finding.severity.upper(),
        safe(finding.rule),
        "\n".join(_cut(safe(finding.match), _LONG)[:_LINES]),
    )


def _cut(line: str, size: int) -> list[str]:
    return [line[at : at + size] for at in range(0, len(line), size)] or [""]


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────


def secrets_json(report: Report, secrets: Sequence[SecretFinding]) -> dict[str, Any] | None:
    """`secrets` of a report; None where nobody looked. `total` counts what nothing hides."""
    if report.secrets is None:
        return None
    return {
        "total": sum(finding.ignored is None for finding in report.secrets),
        "findings": [_json(finding) for finding in secrets],
    }


def _json(finding: SecretFinding) -> dict[str, Any]:
    rule = finding.ignored
    return {
        "rule": finding.rule,
        "title": finding.title,
        "category": finding.category,
        "severity": finding.severity,
        "source": {"type": finding.source, "location": finding.path},
        "start_line": finding.line,
        "end_line": finding.end_line,
        "match": finding.match,
        "fingerprint": finding.fingerprint,
        "layer": finding.layer,
        "removed_in": finding.removed_in,
        "ignored": None
        if rule is None
        else {"reason": rule.reason, "until": rule.until, "where": rule.where},
    }


# ── Markdown, HTML ───────────────────────────────────────────────────────────────────────────────


def markdown_section(report: Report, shown: Shown) -> Iterator[str]:
    """A heading and a table of the first secrets; nothing where nobody looked."""
    if report.secrets is None:
        return
    found = active_secrets(shown)
    yield from ("", f"### Secrets: {_totals(found)}")
    if found:
        yield from ("", "| Severity | Secret | Where | Line |", "| --- | --- | --- | --- |")
    for finding in found[:_MANY]:
        place = cell(bounded(safe(secret_place(finding)), 2 * _LONG))
        gone = f" ({_gone(finding, report.sbom.subject)})" if finding.removed_in else ""
        line = finding.line if finding.source == "FILE" else ""
        severity = finding.severity.capitalize()
        yield f"| {severity} | {cell(finding.title)} | {place}{gone} | {line} |"
    if len(found) > _MANY:
        yield from ("", f"and {len(found) - _MANY} more")
    if note := _ignored_note(shown):
        yield from ("", note)


def html_section(report: Report, shown: Shown) -> str:
    """A table of the secrets, the ignored ones with the reason; "" where nobody looked."""
    if report.secrets is None:
        return ""
    subject = report.sbom.subject
    rows = [
        [
            text(finding.title),
            f'<span class="badge {finding.severity}">{finding.severity}</span>',
            f"<code>{text(secret_place(finding))}</code>",
            str(finding.line) if finding.source == "FILE" else "",
            text(", ".join(filter(None, (_layer(finding, subject), _gone(finding, subject))))),
            f"<code>{text(finding.match)}</code>",
            text(hidden_by(finding)),
        ]
        for finding in shown.secrets
    ]
    header = ("Secret", "Severity", "Where", "Line", "Layer", "Match", "Ignored")
    listed = html_table("Secrets", header, rows) if rows else ""
    advice = f"<p>{text(_REMEDY)}</p>\n" if rows else ""
    return (
        '<section aria-labelledby="secrets">\n<h2 id="secrets">Secrets</h2>\n'
        f"<p>{text(_totals(active_secrets(shown)))}</p>\n{advice}{listed}</section>\n"
    )
