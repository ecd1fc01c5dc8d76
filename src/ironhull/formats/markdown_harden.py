"""A hardened Dockerfile as Markdown for merge requests: changes, by hand, and the diff."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ironhull.formats._markdown import bounded, cell
from ironhull.formats.text_harden import diff_lines, first_line, moved_line, shown
from ironhull.formats.text_table import plural
from ironhull.hardening import ByHand, Change, Hardened
from ironhull.limits import LIMITS

__all__ = ["write_harden_markdown"]

_LONG = 300  # characters of a line or a reason
_RESERVE = 400  # characters kept for what says that something does not fit


def write_harden_markdown(hardened: Hardened) -> str:
    """Bases, tables of changes and of what is left, the diff: never more than a comment holds."""
    lines = [f"## Hardening of {_value(hardened.name)}", "", _value(moved_line(hardened))]
    room = LIMITS.markdown_characters - _RESERVE
    for heading, rows, noun in (
        (f"Changes ({len(hardened.changes)})", list(_changes(hardened.changes)), "change"),
        (f"By hand ({len(hardened.by_hand)})", list(_by_hand(hardened.by_hand)), "line"),
    ):
        lines += ["", f"### {heading}", "", *_table(rows, room // 2 - _size(lines) // 2, noun)]
    return "\n".join([*lines, *_diff(hardened, room - _size(lines))]) + "\n"


def _size(lines: Sequence[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _value(text: str) -> str:
    return cell(bounded(text, _LONG))


def _table(rows: list[str], room: int, noun: str) -> Iterator[str]:
    if not rows:
        yield "None."
        return
    yield "| Line | Rule | What | Why |"
    yield "| --- | --- | --- | --- |"
    for number, row in enumerate(rows):
        room -= len(row) + 1
        if room < 0:
            yield ""
            yield f"{plural(len(rows) - number, f'more {noun}')} not shown here."
            return
        yield row


def _changes(changes: tuple[Change, ...]) -> Iterator[str]:
    for each in changes:
        before, after = _value(first_line(each.before)), _value(first_line(each.after))
        what = f"{before} → {after}" if before and after else after or f"{before} → (gone)"
        yield _row(each.line, each.rule, what, each.reason)


def _by_hand(rows: tuple[ByHand, ...]) -> Iterator[str]:
    for each in rows:
        yield _row(each.line, each.rule, _value(first_line(each.text)), each.reason)


def _row(line: int, rule: str, what: str, reason: str) -> str:
    return f"| {line or 'new'} | {_value(rule)} | {what} | {_value(reason)} |"


def _diff(hardened: Hardened, room: int) -> Iterator[str]:
    lines = [shown(line) for line in diff_lines(hardened)]
    yield ""
    if not lines:
        yield "No change: nothing in it can be proven safer."
    elif _size(lines) > room:
        yield f"The diff ({plural(len(lines), 'line')}) does not fit here."
    else:
        fence = "`" * max(3, _longest_fence(lines) + 1)
        yield from (f"{fence}diff", *lines, fence)


def _longest_fence(lines: Sequence[str]) -> int:
    """The longest run of backticks: a fence has to be longer (CommonMark, fenced code blocks)."""
    longest = current = 0
    for character in "\n".join(lines):
        current = current + 1 if character == "`" else 0
        longest = max(longest, current)
    return longest
