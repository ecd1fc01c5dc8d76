"""Verdicts as Markdown for merge requests and job summaries: the table, then what deviates."""

from __future__ import annotations

from collections.abc import Iterator

from ironhull.formats._markdown import bounded, cell
from ironhull.formats.text_policy import detail_table, unchecked, verdict_results
from ironhull.formats.text_table import footer, plural, problems_of
from ironhull.health import score, state_of
from ironhull.limits import LIMITS
from ironhull.model import Report, Verdict

__all__ = ["write_policies_markdown"]

_MARKS = {
    "met": "✓ met",
    "not met": "✗ not met",
    "no data": "? no data",
    "error": "⚠ not evaluated",
}
_LONG = 300  # characters of a message or a value
_SHOWN = 50  # deviations of one policy, problems
_RESERVE = 400  # characters kept for the last lines


def write_policies_markdown(report: Report) -> str:
    """Status, score, table, deviations: never more than a comment on GitHub holds."""
    lines = [*_head(report)]
    tail = [*_problems(report), "", f"<sub>{cell(footer(report))}</sub>"]
    room = LIMITS.markdown_characters - _RESERVE - _size([*lines, *tail])
    left_out = 0
    for verdict in report.verdicts:
        more = list(_explained(verdict))
        if _size(more) <= room:
            lines += more
            room -= _size(more)
        else:
            left_out += 1
    if left_out:
        lines += ["", f"The deviations of {plural(left_out, 'policy')} do not fit here."]
    return "\n".join([*lines, *tail]) + "\n"


def _size(lines: list[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _head(report: Report) -> Iterator[str]:
    yield f"## Policies of {cell(bounded(report.sbom.subject.name, _LONG))}"
    yield ""
    health = score(report.verdicts)
    said = f", health score **{health}**" if health is not None else ""
    yield f"Policy status **{state_of(report.verdicts)}**{said}"
    yield ""
    yield "| Status | Policy | Results |"
    yield "| --- | --- | --- |"
    for verdict in report.verdicts:
        title = cell(bounded(verdict.shown, _LONG))
        results = " ".join(verdict_results(verdict).split())
        yield f"| {_MARKS[verdict.state]} | {title} | {cell(results)} |"
    if notes := unchecked(report):
        yield ""
        yield "Of vulnerabilities:"
        yield ""
        yield from (f"- **{_value(note)}**" for note in notes)


def _explained(verdict: Verdict) -> Iterator[str]:
    if verdict.state == "met":
        return
    yield ""
    if verdict.state != "not met":
        why = verdict.message or "the policy does not say why"
        yield f"**{cell(verdict.shown)}**: {_MARKS[verdict.state]}: {_value(why)}"
        return
    yield f"<details><summary><b>{cell(verdict.shown)}</b></summary>"
    yield ""
    columns, rows = detail_table(verdict)
    yield f"| Deviation | {' | '.join(map(cell, columns))} |" if columns else "| Deviation |"
    yield "| --- " * (len(columns) + 1) + "|"
    for each, row in list(zip(verdict.violations, rows, strict=True))[:_SHOWN]:
        yield f"| {' | '.join([_value(each.message), *map(_value, row)])} |"
    if len(rows) > _SHOWN:
        yield ""
        yield f"and {plural(len(rows) - _SHOWN, 'more deviation')}"
    remedies = dict.fromkeys(v.remediation for v in verdict.violations if v.remediation)
    for remedy in list(remedies)[:3]:
        yield ""
        yield f"→ {_value(remedy)}"
    yield "</details>"


def _value(text: str) -> str:
    return cell(bounded(text, _LONG))


def _problems(report: Report) -> Iterator[str]:
    problems = problems_of(report)
    if not problems:
        return
    yield ""
    yield f"**{plural(len(problems), 'problem')}**"
    yield ""
    for each in problems[:_SHOWN]:
        yield f"- {_value(f'{each.stage}: {each.where}: {each.message}')}"
