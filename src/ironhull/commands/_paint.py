"""Colours for a person at a terminal; nothing else ever gets one (https://no-color.org)."""

from __future__ import annotations

import os
import re
import sys
from functools import partial

from ironhull.formats import Format
from ironhull.lazy import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

__all__ = ["paint", "renders"]

_COLOURS = {
    "critical": "1;31",
    "high": "31",
    "medium": "33",
    "low": "36",
    "C": "1;31",
    "H": "31",
    "M": "33",
    "L": "36",
    "?": "35",
    "not checked": "1;35",
}
_WORD = regex(
    r"(?<=✗ )(?P<severity>CRITICAL|HIGH|MEDIUM|LOW)\b"
    r"|(?<![\w.:+~-])[1-9]\d*(?P<letter>[CHML?])(?=\s|$)"
    r"|(?P<gap>\bnot checked\b)"
)


def paint(text: str, args: argparse.Namespace) -> str:
    """`text` with severities coloured where it goes to a terminal and NO_COLOR is not set."""
    if args.output or os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return text
    return _WORD.sub(_coloured, text)


def renders(
    formats: Sequence[Format], args: argparse.Namespace, *values: object
) -> dict[str, Callable[[], str | bytes]]:
    """What `Context.emit` wants: for each format a function that writes `values` in it."""

    def render(row: Format) -> str | bytes:
        data = row.write(*values)
        return paint(data.decode(), args) if row.name == "text" else data

    return {row.name: partial(render, row) for row in formats}


def _coloured(match: re.Match[str]) -> str:
    word = match["letter"] or (match["severity"] or match["gap"]).lower()
    return f"\033[{_COLOURS[word]}m{match[0]}\033[0m"
