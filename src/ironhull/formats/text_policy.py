"""Verdicts as text: the status, the score and the table people know, and each deviation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ironhull.formats.text_table import footer, plural, problem_lines, safe, table
from ironhull.health import deviations, score, state_of
from ironhull.model import Report, Verdict, Violation

__all__ = ["list_policies", "policy_lines", "verdict_cells", "write_policies"]

_MARKS = {"met": "✓", "not met": "!", "no data": "?", "error": "✗"}
_SHOWN = 20  # deviations of one policy
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


def verdict_cells(verdict: Verdict) -> tuple[str, str, str]:
    """Mark, title and deviations of a verdict."""
    shown = deviations(verdict)
    if verdict.result_type == "vulnerability" and shown:
        shown = "".join(f"{part:>7}" for part in shown.split())
    if verdict.state == "no data":
        shown = "No data"
    if verdict.state == "error":
        shown = "not evaluated"
    return (f" {_MARKS[verdict.state]}", safe(verdict.shown), shown)


def write_policies(report: Report) -> str:
    """Everything: the table, then policy by policy what deviates or why nothing is known."""
    subject = report.sbom.subject
    lines = [f"Target  {safe(subject.name)}", *policy_lines(report.verdicts)]
    for verdict in report.verdicts:
        if verdict.state != "met" or verdict.prints:
            lines += ["", *_explained(verdict)]
    return "\n".join([*lines, *problem_lines(report), "", footer(report)]) + "\n"


def list_policies(rows: Iterable[tuple[str, str, float, str]]) -> str:
    """(name, title, weight, where) as a table."""
    cells = [(safe(name), safe(title), f"{weight:g}", safe(at)) for name, title, weight, at in rows]
    return "\n".join(table(cells, header=("Name", "Title", "Weight", "From"))) + "\n"


def _explained(verdict: Verdict) -> Iterator[str]:
    yield f"{_MARKS[verdict.state]} {safe(verdict.shown)}  ({safe(verdict.name)})"
    for line in verdict.prints:
        yield f"    print: {safe(line)}"
    if verdict.state == "error":
        yield f"    could not be evaluated: {safe(verdict.message)}"
    elif verdict.state == "no data":
        yield f"    no data: {safe(verdict.message or 'the policy does not say why')}"
    found = verdict.violations
    yield from _messages(found)
    if columns := _columns(verdict):
        rows = [[_cell(each.detail.get(key)) for key in columns] for each in found[:_SHOWN]]
        yield from (f"    {line}" for line in table(rows, header=[safe(each) for each in columns]))
    if len(found) > _SHOWN:
        yield f"    … and {plural(len(found) - _SHOWN, 'more deviation')}"
    yield from (f"    → {safe(each)}" for each in _remedies(found))


def _messages(found: Sequence[Violation]) -> Iterator[str]:
    """What is wrong in words where there is little of it; a table says it better of much."""
    if len(found) == 1 or not any(each.detail for each in found):
        yield from (f"    {safe(each.message)}" for each in found[:_SHOWN] if each.message)


def _columns(verdict: Verdict) -> tuple[str, ...]:
    """The keys of the details: as the metadata orders them, else all there are."""
    if len(verdict.violations) == 1 and verdict.violations[0].message:
        return ()
    there = dict.fromkeys(key for each in verdict.violations for key in each.detail)
    return tuple(key for key in verdict.columns if key in there) or tuple(there)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return safe(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _remedies(found: Iterable[Violation]) -> list[str]:
    remedies = list(dict.fromkeys(each.remediation for each in found if each.remediation))
    return remedies if len(remedies) <= 3 else []
