"""`ironhull vex get`: every exploitability statement that comes with an image, in one document."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.commands._context import IMAGE_HELP, Context, add_platform_argument
from ironhull.commands._trust import add_trust_arguments, trust_of
from ironhull.errors import ImageError, SignatureError, UsageError

if TYPE_CHECKING:
    from ironhull.model import Statement
    from ironhull.statements.gathering import Rules
    from ironhull.vexing import Gathered

__all__ = ["HELP", "arguments", "run"]

_NAMED = 5  # files

HELP = (
    "Write every exploitability statement that comes with an image, its base image included, as one"
    " OpenVEX document."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `vex get`."""
    parser.add_argument("image", nargs="?", default="", metavar="IMAGE", help=IMAGE_HELP)
    add_platform_argument(parser)
    add = parser.add_argument
    add("-o", "--output", default="-", metavar="FILE", help="where to write it (default: stdout)")
    add("--author", default="", help="the author of the document (default: those of its parts)")
    add(
        "--remote",
        action="store_true",
        help="also ask the registries that the image and its base are named after",
    )
    add(
        "--verify",
        action="store_true",
        help="refuse unless somebody trusted signed all of it; files in the image are left out",
    )
    add_trust_arguments(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Write the document; 0. Raises where there is no statement, or one that is not verified."""
    from ironhull.pipeline import now, opened, parse_platform, read
    from ironhull.values import replace
    from ironhull.vexing import Asked, gather

    rules = _rules(args, context)
    found = opened(args.image, context.settings, parse_platform(args.platform))
    sbom = read(found, context.settings)
    if args.verify and sbom.vex_files:
        left = ", ".join(file.path for file in sbom.vex_files[:_NAMED])
        context.note(f"left out, for nothing signs a file in the image: {left}")
        sbom = replace(sbom, vex_files=())
    wanted = ("oci",) if args.remote else ()
    asked = Asked(wanted, rules=rules, now=now(), reference=args.image)
    gathered = gather(found, sbom, context.settings, asked)
    name = sbom.subject.name or args.image
    if args.verify:
        _check_verified(gathered, name)
    context.report(gathered.problems)
    if not gathered.statements:
        raise ImageError(
            f"{name}: no statement of exploitability comes with it or its base image",
            "nothing is attached, and there is no *.vex.json in it"
            if not gathered.refused
            else "what there is, is not believed: see the warnings",
        )
    _tell(gathered, context)
    _write(_document(gathered.statements, args.author), args.output, context)
    return 0


def _rules(args: argparse.Namespace, context: Context) -> Rules:
    from ironhull.pipeline import now
    from ironhull.statements.gathering import Rules
    from ironhull.vexing import rules_of

    given = rules_of(context.settings, now())
    trust = trust_of(args, context.settings)
    if args.verify and not trust:
        raise UsageError("--verify needs somebody to trust", "give --key FILE, or set [trust]")
    return Rules(trust or None, given.authors, args.verify or given.require)


def _check_verified(gathered: Gathered, name: str) -> None:
    """Raises SignatureError for the first document that nobody trusted signed."""
    wrong = [use for use in gathered.documents if use.why]
    if wrong:
        more = f" (and {len(wrong) - 1} more documents)" if len(wrong) > 1 else ""
        raise SignatureError(f"{wrong[0].where}: {wrong[0].why}{more}", "nothing was written")
    if not gathered.documents:
        raise SignatureError(
            f"{name}: there is no document of statements to verify", "", "unsigned"
        )


def _tell(gathered: Gathered, context: Context) -> None:
    from ironhull.formats.text_table import plural

    for use in gathered.documents:
        if use.why:
            continue
        signed = f"{use.signature} ({use.signer})" if use.signer else use.signature
        context.note(f"{plural(use.statements, 'statement')} of {use.where}, {signed}")


def _document(statements: Sequence[Statement], author: str) -> bytes:
    """One OpenVEX document, equal for equal statements."""
    from ironhull import __version__
    from ironhull.pipeline import now
    from ironhull.statements.writing import Head, merged_statements, openvex_document

    merged = merged_statements(statements)
    authors = dict.fromkeys(s.author for s in statements if s.author)
    newest = max((s.issued for s in statements if s.issued), key=_instant, default="")
    head = Head(
        author=author or ", ".join(authors) or "unknown",
        timestamp=newest or now(),
        tooling=f"ironhull {__version__}",
    )
    return openvex_document(merged, head)


def _instant(issued: str) -> str:
    return issued.removesuffix("Z")


def _write(data: bytes, output: str, context: Context) -> None:
    if output == "-":
        context.print(data)
        return
    from ironhull.store.files import atomic_write

    atomic_write(Path(output), data)
