"""`ironhull vex create`: a new OpenVEX document."""

from __future__ import annotations

import argparse

from ironhull.commands._context import Context
from ironhull.commands._vex_statement import (
    add_statement_arguments,
    moment,
    statements_of,
    write,
)
from ironhull.errors import UsageError

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Write an OpenVEX document. Images are named in every way that Trivy, Grype and Docker Scout"
    " compare, packages without what each of them writes differently."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the statement and of the document."""
    add_statement_arguments(parser)
    parser.add_argument(
        "--author", required=True, metavar="NAME", help="who says so, as 'Name <mail@example.org>'"
    )
    parser.add_argument("--role", default="", metavar="TEXT", help="the author's role")
    parser.add_argument(
        "--id", default="", metavar="IRI", help="of the document (default: made of its content)"
    )


def run(args: argparse.Namespace, context: Context) -> int:
    """Write it; 0."""
    from ironhull.statements.writing import Head, openvex_document

    if not args.author.strip():
        raise UsageError("--author is empty", "say whose statement it is")
    made = statements_of(args, context)
    head = Head(args.author, moment(args.timestamp, context), id=args.id, role=args.role)
    write(openvex_document(made, head), args.output, context)
    return 0
