"""What the rules say of a Dockerfile, as text and as Markdown: a line and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

from ironhull.formats._markdown import bounded, cell
from ironhull.formats.text_table import plural, safe
from ironhull.hardening.rules import LEVELS, Checked, Remark
from ironhull.limits import LIMITS

__all__ = ["write_check", "write_check_markdown"]

_INDENT = "    "
_LONG = 300  # characters of a cell


def write_check(checked: Checked) -> str:
    """`NAME:LINE: level ID message`, with what to do below it, then the numbers."""
    lines: list[str] = []
    told: set[str] = set()
    for remark in checked.remarks:
        lines += _remark(checked, remark, told)
    for problem in checked.problems:
        lines.append(f"{safe(problem.where)}: {safe(problem.message)}")
    return "\n".join([*lines, *([""] if lines else []), summary(checked)]) + "\n"


def _remark(checked: Checked, remark: Remark, told: set[str]) -> Iterator[str]:
    where = f"{safe(checked.name)}:{remark.line}" if remark.line else safe(checked.name)
    yield f"{where}: {remark.level} {remark.rule}  {safe(remark.message)}"
    if remark.text:
        yield f"{_INDENT}| {safe(remark.text)}"
    if remark.rule not in told:
        told.add(remark.rule)
        yield f"{_INDENT}{safe(remark.remedy)}"


def summary(checked: Checked) -> str:
    """`2 errors, 3 warnings, 1 note`, and how many were left out by comments."""
    parts = [plural(checked.count(level), level) for level in LEVELS if checked.count(level)]
    left = f", {len(checked.ignored)} ignored by comments" if checked.ignored else ""
    return f"{safe(checked.name)}: {', '.join(parts) or 'nothing to say'}{left}"


def write_check_markdown(checked: Checked) -> str:
    """A table for merge requests: never more than a comment holds."""
    rows = [
        f"| {remark.line or ''} | {remark.level} | {remark.rule} "
        f"| {_cell(remark.message)} | {_cell(remark.remedy)} |"
        for remark in checked.remarks
    ]
    lines = [f"## {_cell(checked.name)}", "", _cell(summary(checked))]
    if rows:
        lines += [
            "",
            "| line | level | rule | what | what to do |",
            "| ---: | --- | --- | --- | --- |",
        ]
    room = LIMITS.markdown_characters - sum(len(line) + 1 for line in lines) - _LONG
    for index, row in enumerate(rows):
        room -= len(row) + 1
        if room < 0:
            lines += [
                "",
                f"{plural(len(rows) - index, 'remark')} left out: too long for a comment.",
            ]
            break
        lines.append(row)
    lines += [f"\n{_cell(p.where)}: {_cell(p.message)}" for p in checked.problems[:20]]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return cell(bounded(text, _LONG))
