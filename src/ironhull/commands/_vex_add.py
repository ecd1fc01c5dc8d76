"""`ironhull vex add FILE`: one more statement in an OpenVEX document."""

from __future__ import annotations

import argparse

from ironhull.commands._context import Context
from ironhull.commands._vex_statement import (
    add_statement_arguments,
    moment,
    read,
    statements_of,
    write,
)

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Put one more statement into an OpenVEX document. All that is in it stays as it is; its version"
    " grows by one and it says when it was last updated. The newest statement holds."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the file and the options of the statement."""
    parser.add_argument("file", metavar="FILE", help="the document, changed in place")
    add_statement_arguments(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Write it; 0."""
    from ironhull.statements.writing import added

    made = statements_of(args, context)
    data = added(read(args.file), args.file, made, moment(args.timestamp, context))
    write(data, args.output or args.file, context)
    return 0
