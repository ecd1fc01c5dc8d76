"""`ironhull vex merge FILE…`: VEX documents of any format as one OpenVEX document."""

from __future__ import annotations

import argparse

from ironhull.commands._context import Context
from ironhull.commands._vex_statement import moment, read, write

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Put the statements of several VEX documents, of any format, into one OpenVEX document. Each"
    " keeps its time and its products; what several documents say in the same words is there once."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add files and options."""
    parser.add_argument(
        "file",
        nargs="+",
        metavar="FILE",
        help="OpenVEX, CSAF or CycloneDX, also in statements and envelopes (- is standard input)",
    )
    parser.add_argument(
        "--author", default="", metavar="NAME", help="whose document it is (default: all authors)"
    )
    parser.add_argument("--role", default="", metavar="TEXT", help="the author's role")
    parser.add_argument(
        "--id", default="", metavar="IRI", help="of the document (default: made of its content)"
    )
    parser.add_argument(
        "--timestamp",
        default="",
        metavar="TIME",
        help="of the document, in RFC 3339 (default: SOURCE_DATE_EPOCH or now)",
    )
    parser.add_argument(
        "-o", "--output", default="", metavar="FILE", help="where to (- is standard output)"
    )


def run(args: argparse.Namespace, context: Context) -> int:
    """Write it, say what could not be used; 0."""
    from ironhull.statements import read_documents
    from ironhull.statements.writing import Head, merged_statements, openvex_document

    found = [one for path in args.file for one in read_documents(read(path), path)]
    for document in found:
        context.report(document.problems)
    given = [statement for document in found for statement in document.statements]
    made = merged_statements(given)
    authors = ", ".join(dict.fromkeys(filter(None, (one.author for one in found))))
    head = Head(
        args.author or authors or "unknown",
        moment(args.timestamp, context),
        id=args.id,
        role=args.role,
        tooling="ironhull vex merge",
    )
    write(openvex_document(made, head), args.output, context)
    context.note(f"{len(made)} statements of {len(found)} documents ({len(given)} before)")
    return 0
