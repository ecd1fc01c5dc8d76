"""Verdicts as text: the status, the score and the table people know, and each deviation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ironhull.compare import Comparison
from ironhull.counts import coverage_notes
from ironhull.formats.text_table import footer, plural, problem_lines, safe, table
from ironhull.health import PolicyChange, deviations, score, state_of
from ironhull.model import Report, Verdict, Violation

__all__ = [
    "MARKS",
    "compared_policies",
    "detail_table",
    "policy_lines",
    "unchecked",
    "verdict_cells",
    "verdict_results",
    "write_policies",
]

MARKS = {"met": "✓", "not met": "!", "no data": "?", "error": "✗"}
_SHOWN = 20  # deviations of one policy
_REMEDIES = 3  # of one policy; more are in the other formats
_CHANGES = {"better": "+", "worse": "-", "changed": "~", "unchanged": "="}
_HEADER = ("Status", "Policy", "Results")


def policy_lines(verdicts: Sequence[Verdict]) -> list[str]:
    """Status, score and table; nothing where no policy was evaluated."""
    if not verdicts:
        return []
    health = score(verdicts)
    lines = ["", f"Policy status  {state_of(verdicts)}"]
    lines += [f"Health score  {health}"] if health is not None else []
    rows = [verdict_cells(verdict) for verdict in verdicts]
    return [*lines, "", *table(rows, header=_HEADER)]


def compared_policies(comparison: Comparison) -> list[str]:
    """Status and score of both images, and each policy on both; nothing where there are none.

    Where unchanged packages are hidden, so are unchanged policies.
    """
    changes = comparison.policies
    if not changes:
        return []
    mine, theirs = comparison.report.verdicts, comparison.other.verdicts
    lines = ["", f"Policy status  Analyzed {state_of(mine)}  Comparison {state_of(theirs)}"]
    scores = (score(mine), score(theirs))
    if any(scores):
        said = ("not known" if each is None else str(each) for each in scores)
        lines.append("Health score  Analyzed {}  Comparison {}".format(*said))
    shown = [each for each in changes if not comparison.terse or each.kind != "unchanged"]
    rows = [
        (f"   {_CHANGES[each.kind]}", _title(each), _ended(each.mine), _ended(each.theirs))
        for each in shown
    ]
    if rows:
        lines += ["", *table(rows, header=("Change", "Policy", "Analyzed", "Comparison"))]
    if len(shown) < len(changes):
        hidden = plural(len(changes) - len(shown), "unchanged policy")
        lines += ["", f"{hidden} not shown: --ignore-unchanged"]
    return lines


def _title(change: PolicyChange) -> str:
    verdict = change.mine or change.theirs
    return safe(verdict.title) if verdict is not None else ""


def _ended(verdict: Verdict | None) -> str:
    if verdict is None:
        return ""
    return f" {MARKS[verdict.state]}  {verdict_results(verdict)}".rstrip()


def verdict_cells(verdict: Verdict) -> tuple[str, str, str]:
    """Mark, title and deviations of a verdict."""
    return (f" {MARKS[verdict.state]}", safe(verdict.shown), verdict_results(verdict))


def verdict_results(verdict: Verdict) -> str:
    """The column of results: counts under each other, "No data", "" for yes and no."""
    if verdict.state == "no data":
        return "No data"
    if verdict.state == "error":
        return "not evaluated"
    shown = deviations(verdict)
    if verdict.result_type == "vulnerability":
        return "".join(f"{part:>7}" for part in shown.split())
    return shown


def write_policies(report: Report) -> str:
    """Everything: the table, then policy by policy what deviates or why nothing is known."""
    subject = report.sbom.subject
    lines = [f"Target  {safe(subject.name)}", *policy_lines(report.verdicts)]
    for verdict in report.verdicts:
        if verdict.state != "met" or verdict.prints:
            lines += ["", *_explained(verdict)]
    if notes := unchecked(report):
        lines += ["", "Of vulnerabilities:", *(f"    {safe(note)}" for note in notes)]
    return "\n".join([*lines, *problem_lines(report), "", footer(report)]) + "\n"


def unchecked(report: Report) -> tuple[str, ...]:
    """What was not looked up, where a policy about vulnerabilities is met all the same."""
    told = [each for each in report.verdicts if each.result_type == "vulnerability"]
    return coverage_notes(report) if any(verdict.state == "met" for verdict in told) else ()


def detail_table(verdict: Verdict) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The keys of the details, as the metadata orders them or as they come, and a row of each."""
    there = dict.fromkeys(key for each in verdict.violations for key in each.detail)
    columns = tuple(key for key in verdict.columns if key in there) or tuple(there)
    rows = [tuple(_cell(each.detail.get(key)) for key in columns) for each in verdict.violations]
    return columns, rows


def _explained(verdict: Verdict) -> Iterator[str]:
    yield f"{MARKS[verdict.state]} {safe(verdict.shown)}  ({safe(verdict.name)})"
    for line in verdict.prints:
        yield f"    print: {safe(line)}"
    if verdict.state == "error":
        yield f"    could not be evaluated: {safe(verdict.message)}"
    elif verdict.state == "no data":
        yield f"    no data: {safe(verdict.message or 'the policy does not say why')}"
    found = verdict.violations
    columns, rows = detail_table(verdict)
    said = [safe(each.message) for each in found if each.message]
    in_words = len(found) == 1 or not columns
    if in_words:
        yield from (f"    {line}" for line in said[:_SHOWN])
    if columns and not (in_words and said):
        shown = [[safe(cell) for cell in row] for row in rows[:_SHOWN]]
        header = [safe(each) for each in columns]
        yield from (f"    {line}" for line in table(shown, header=header))
    if len(found) > _SHOWN:
        yield f"    … and {plural(len(found) - _SHOWN, 'more deviation')}"
    yield from (f"    → {safe(each)}" for each in _remedies(found))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _remedies(found: Iterable[Violation]) -> list[str]:
    remedies = list(dict.fromkeys(each.remediation for each in found if each.remediation))
    return remedies if len(remedies) <= _REMEDIES else []
