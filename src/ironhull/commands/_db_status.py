"""`ironhull db status`: how old the advisory data is, what it covers, what to do about it."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from ironhull.commands._context import Context, add_output_arguments

if TYPE_CHECKING:
    from ironhull.advisories.status import SourceStatus, Status

__all__ = ["add", "run"]

_LISTED = 8


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the action."""
    status = actions.add_parser(
        "status",
        help="age and coverage",
        description="Age, size and coverage of the data in use, and what is stale.",
    )
    add_output_arguments(status, ("text", "json"), "text")


def run(args: argparse.Namespace, context: Context, now: str) -> int:
    """Print it; 0, also where something is stale."""
    from ironhull.advisories.status import status

    found = status(context.settings.advisories, now=now)
    context.emit(args, {"text": lambda: _text(found), "json": lambda: _json(found)})
    return 0


def _json(found: Status) -> str:
    from dataclasses import asdict

    return json.dumps(asdict(found), indent=2) + "\n"


def _text(found: Status) -> str:
    shown = [source for source in found.sources if source.state not in ("missing", "not needed")]
    lines = _table([("SOURCE", "DATE", "AGE", "FETCHED", "RECORDS", "STATE"), *map(_row, shown)])
    if left := [source.name for source in found.sources if source.state == "not needed"]:
        lines.append(f"not needed by images seen so far: {_few(left)}")
    lines.append("")
    lines += [
        f"{scope.name}: {scope.checked}, {scope.advisories:,} advisories" for scope in found.scopes
    ]
    lines.append("")
    total = sum(scope.advisories for scope in found.scopes)
    lines.append(
        f"index {found.path}, {found.size / 1e6:.1f} MB, {total:,} advisories, built {found.built}"
    )
    lines.append(f"digest {found.digest}")
    lines += found.advice
    return "\n".join(lines) + "\n"


def _row(source: SourceStatus) -> tuple[str, ...]:
    skipped = f" ({source.skipped:,} unusable)" if source.skipped else ""
    return (
        *(source.name, source.date[:10] or "-"),
        "-" if source.age_days is None else f"{source.age_days} days",
        source.fetched[:10] or "-",
        f"{source.records:,}{skipped}",
        source.state,
    )


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _few(names: list[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
