"""`ironhull vex lint FILE…`: what is wrong in VEX documents."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from ironhull.commands._context import Context, add_output_arguments
from ironhull.commands._vex_statement import read
from ironhull.errors import printable

if TYPE_CHECKING:
    from ironhull.statements.linting import Checked

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Check VEX documents against their specifications (OpenVEX, CSAF, CycloneDX), and tell which"
    " statements some scanner would not apply. Exit code 2 where there is an error."
)
_FAIL = ("error", "warning", "note")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add files and options."""
    parser.add_argument("file", nargs="+", metavar="FILE", help="- is standard input")
    parser.add_argument(
        "--fail-on",
        choices=(*_FAIL, "never"),
        default="error",
        help="the least finding that makes the exit code 2 (default: error)",
    )
    add_output_arguments(parser, ("text", "json"), "text")


def run(args: argparse.Namespace, context: Context) -> int:
    """Check them; 2 where there is a finding of `--fail-on` or worse."""
    from ironhull.pipeline import now
    from ironhull.statements.linting import lint_vex

    found = [one for path in args.file for one in lint_vex(read(path), path, now=now())]
    context.emit(
        args,
        {
            "text": lambda: _text(found),
            "json": lambda: json.dumps(_json(found), indent=2) + "\n",
        },
    )
    worst = _FAIL[: _FAIL.index(args.fail_on) + 1] if args.fail_on in _FAIL else ()
    failed = any(finding.level in worst for one in found for finding in one.findings)
    return 2 if failed else 0


def _text(found: list[Checked]) -> str:
    lines = []
    for one in found:
        name = printable(one.document)
        for finding in one.findings:
            place = f"{finding.place}: " if finding.place else ""
            message = printable(f"{place}{finding.message}")
            lines.append(f"{name}: {finding.level}: {message} [{finding.rule}]")
        if one.more:
            lines.append(f"{name}: {one.more} more findings are not listed")
        counts = _counts(one)
        told = ", ".join(f"{number} {level}s" for level, number in counts.items() if number)
        kind = f"{one.format}, {one.statements} statements can be used" if one.format else "no VEX"
        lines.append(f"{name}: {kind}{f': {told}' if told else ''}")
    return "".join(f"{line}\n" for line in lines)


def _counts(one: Checked) -> dict[str, int]:
    return {level: sum(f.level == level for f in one.findings) for level in _FAIL}


def _json(found: list[Checked]) -> dict[str, Any]:
    return {
        "documents": [
            {
                "document": one.document,
                "format": one.format,
                "statements": one.statements,
                "findings": [
                    {
                        "level": finding.level,
                        "rule": finding.rule,
                        "place": finding.place,
                        "message": finding.message,
                    }
                    for finding in one.findings
                ],
                "not_listed": one.more,
            }
            for one in found
        ]
    }
