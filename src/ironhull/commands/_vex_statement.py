"""What `vex create` and `vex add` share: a statement from the command line, and files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.errors import StoreError, UsageError
from ironhull.limits import LIMITS
from ironhull.model import VEX_JUSTIFICATIONS, VEX_STATUSES

if TYPE_CHECKING:
    from ironhull.commands._context import Context
    from ironhull.model import Component, Statement

__all__ = ["add_statement_arguments", "moment", "read", "statements_of", "write"]


def add_statement_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what a statement says: products, vulnerability, status and why."""
    parser.add_argument(
        "product",
        nargs="+",
        metavar="PRODUCT",
        help="what it is about: an image ([registry/]name[:tag][@digest]) or a package URL (pkg:…)",
    )
    parser.add_argument(
        "--vuln",
        action="append",
        required=True,
        metavar="ID",
        help="the vulnerability, such as CVE-2024-3094; repeat for a statement about each",
    )
    parser.add_argument(
        "--alias",
        action="append",
        default=[],
        metavar="ID",
        help="another name of the vulnerability; repeat",
    )
    parser.add_argument("--status", required=True, choices=VEX_STATUSES)
    parser.add_argument(
        "--justification",
        choices=VEX_JUSTIFICATIONS,
        metavar="LABEL",
        default="",
        help=f"why it is not affected: {', '.join(VEX_JUSTIFICATIONS)}",
    )
    for option, what in (
        ("--impact-statement", "why it is not affected, in words"),
        ("--action-statement", "what users of an affected product should do"),
        ("--status-notes", "how the status was determined"),
        ("--supplier", "who supplies the product"),
    ):
        parser.add_argument(option, default="", metavar="TEXT", help=what)
    parser.add_argument(
        "--package",
        action="append",
        default=[],
        metavar="PURL",
        help="the package of the image it is about (default: all of it); repeat",
    )
    parser.add_argument(
        "--digest",
        action="append",
        default=[],
        metavar="SHA256:HEX",
        help="only the image with this digest (of its manifest or index); repeat",
    )
    parser.add_argument(
        "--timestamp",
        default="",
        metavar="TIME",
        help="when it was known, in RFC 3339 (default: SOURCE_DATE_EPOCH or now)",
    )
    parser.add_argument(
        "-o", "--output", default="", metavar="FILE", help="where to (- is standard output)"
    )


def statements_of(args: argparse.Namespace, context: Context) -> tuple[Statement, ...]:
    """The statements the options make, one for each vulnerability; UsageError, ReferenceFault."""
    from ironhull.model import Statement
    from ironhull.statements.writing import what_lacks

    if args.alias and len(args.vuln) > 1:
        raise UsageError("--alias with several --vuln", "make a statement about one at a time")
    products = tuple(c for product in args.product for c in _products(product, args, context))
    made = []
    for name in args.vuln:
        if not name.strip():
            raise UsageError("--vuln is empty", "name a vulnerability, such as CVE-2024-3094")
        statement = Statement(
            name.strip(),
            args.status,
            tuple(dict.fromkeys(products)),
            aliases=tuple(dict.fromkeys(a for a in args.alias if a.strip() and a != name)),
            justification=args.justification,
            impact_statement=args.impact_statement,
            action_statement=args.action_statement,
            status_notes=args.status_notes,
            supplier=args.supplier,
            issued=moment(args.timestamp, context),
        )
        if lack := what_lacks(statement):
            raise UsageError(lack, "see --justification, --impact-statement, --action-statement")
        made.append(statement)
    return tuple(made)


def _products(text: str, args: argparse.Namespace, context: Context) -> tuple[Component, ...]:
    from ironhull.model import Component
    from ironhull.statements.products import image_products

    parts = tuple(_package(package, context) for package in args.package)
    if not text.startswith("pkg:"):
        found = image_products(text, [_digest(digest) for digest in args.digest], parts)
        if not args.digest and "@" not in text:
            context.note(
                f"{text}: holds for every image of that name, whatever its tag (--digest binds it"
                " to one)"
            )
        return found
    if args.digest:
        raise UsageError(f"--digest with {text}", "write the digest into the package URL")
    if text.startswith(("pkg:oci/", "pkg:docker/")):
        return (Component((text,), parts=parts),)
    if parts:
        return (Component(_package(text, context).ids, parts=parts),)
    return (_package(text, context),)


def _package(text: str, context: Context) -> Component:
    from ironhull.statements.products import package_component

    try:
        found = package_component(text)
    except ValueError as fault:
        raise UsageError(str(fault), "write it as pkg:deb/debian/openssl@3.0.11") from None
    if "@" not in text.partition("?")[0].rpartition("/")[2]:
        context.note(f"{text}: without a version it holds for all of them, and not in Docker Scout")
    return found


def _digest(text: str) -> str:
    import re

    if not re.fullmatch(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}", text):
        raise UsageError(f"--digest {text}: is none", "it is sha256: and 64 hex digits")
    return text


def moment(said: str, context: Context) -> str:
    """The time a user gave, SOURCE_DATE_EPOCH, or now; UsageError where it is none."""
    from ironhull.pipeline import now
    from ironhull.statements._reading import utc

    if said:
        try:
            return utc(said)
        except ValueError as fault:
            raise UsageError(f"--timestamp: {fault}", "write 2026-01-31T10:00:00Z") from None
    if context.settings.epoch is None:
        return now()
    from datetime import UTC, datetime

    return datetime.fromtimestamp(context.settings.epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(path: str) -> bytes:
    """A VEX document of the user's ("-": standard input), at most one byte more than is read."""
    try:
        if path == "-":
            return sys.stdin.buffer.read(LIMITS.vex_bytes + 1)
        with Path(path).open("rb") as file:
            return file.read(LIMITS.vex_bytes + 1)
    except OSError as trouble:
        reason = trouble.strerror or str(trouble)
        raise StoreError(f"cannot read {path}: {reason}", "check the path and its rights") from None


def write(data: bytes, path: str, context: Context) -> None:
    """To the file, whole or not at all; to standard output for "-" and none."""
    if path in ("", "-"):
        context.print(data)
        return
    from ironhull.store.files import atomic_write

    atomic_write(Path(path), data)
