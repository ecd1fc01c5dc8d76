"""A hardened Dockerfile as text: what became of it, the diff, a reason for each change, by hand."""

from __future__ import annotations

from collections.abc import Iterator

from ironhull.formats.text_table import plural, safe
from ironhull.hardening import ByHand, Change, Hardened

__all__ = ["diff_lines", "first_line", "moved_line", "output_name", "shown", "write_harden"]

_INDENT = "    "


def write_harden(hardened: Hardened) -> str:
    """A line about the bases, the diff, then changes and what is left, in the file's order."""
    lines = [moved_line(hardened), ""]
    lines += [shown(line) for line in diff_lines(hardened)] or [
        "No change: nothing in it can be proven safer."
    ]
    if hardened.changes:
        lines += ["", f"Changes ({len(hardened.changes)})", *_changes(hardened.changes)]
    lines += ["", f"By hand ({len(hardened.by_hand)})"]
    lines += list(_by_hand(hardened.by_hand)) or ["", f"{_INDENT}nothing is left to do by hand"]
    return "\n".join([*lines, "", _summary(hardened)]) + "\n"


def output_name(name: str) -> str:
    """The name of the hardened file beside `name`; `-` (standard input) has one too."""
    return f"{'Dockerfile' if name == '-' else name}.hardened"


def moved_line(hardened: Hardened) -> str:
    """`Dockerfile: python 3.13, runs on …, built in …`, and what was said about the version."""
    name = safe(hardened.name)
    pair = hardened.pair
    if pair is None:
        known = f"{safe(hardened.language)}, " if hardened.language else ""
        return f"{name}: {known}bases kept"
    version = " ".join(filter(None, (pair.language, pair.version)))
    said = f" ({safe(pair.said)})" if pair.said else ""
    built = f", built in {safe(pair.build)}" if pair.build else ""
    return f"{name}: {safe(version)}{said}, runs on {safe(pair.run)}{built}"


def diff_lines(hardened: Hardened) -> list[str]:
    """The unified diff of both texts as `patch` reads it, without line ends; empty where equal.

    Nothing in it is escaped: `shown` is for a terminal.
    """
    from difflib import unified_diff

    names = (hardened.name, output_name(hardened.name))
    lines: list[str] = []
    for line in unified_diff(_lines(hardened.before), _lines(hardened.text), *names):
        lines.append(line.removesuffix("\n"))
        if not line.endswith("\n"):
            lines.append("\\ No newline at end of file")
    return lines


def _lines(text: str) -> list[str]:
    """Lines end at a line feed alone, as in a Dockerfile."""
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop().removesuffix("\n")
    return [*lines, last] if last else lines


def shown(line: str) -> str:
    """A line of a diff for a terminal: tabs stay, other control characters are escaped."""
    return "\t".join(safe(part) for part in line.split("\t"))


def _changes(changes: tuple[Change, ...]) -> Iterator[str]:
    for change in changes:
        yield ""
        yield f"{_head(change.line, change.rule)}  {_what(change)}"
        yield f"{_INDENT}{safe(change.reason)}"


def _by_hand(rows: tuple[ByHand, ...]) -> Iterator[str]:
    for row in rows:
        yield ""
        yield f"{_head(row.line, row.rule)}  {first_line(row.text)}"
        yield f"{_INDENT}{safe(row.reason)}"


def _head(line: int, rule: str) -> str:
    where = f"line {line}" if line else "new"
    return f"  {where:<9} {safe(rule)}"


def _what(change: Change) -> str:
    before, after = first_line(change.before), first_line(change.after)
    if before and after:
        return f"{before}  →  {after}"
    return f"+ {after}" if after else f"- {before}"


def first_line(text: str) -> str:
    """The first line of `text`, with an ellipsis where more follow."""
    lines = text.strip().splitlines() or [""]
    return safe(lines[0]) + (" …" if len(lines) > 1 else "")


def _summary(hardened: Hardened) -> str:
    ignore = ", a new .dockerignore" if hardened.ignore is not None else ""
    left = f"{len(hardened.by_hand)} by hand"
    return f"{plural(len(hardened.changes), 'change')}{ignore}, {left}"
