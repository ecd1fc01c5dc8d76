"""`ironhull db export` and `db import`: the advisory data as one file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ironhull.commands._context import Context

if TYPE_CHECKING:
    from ironhull.advisories.exchange import Imported

__all__ = ["add", "run", "tell_imported"]


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the actions."""
    export = actions.add_parser(
        "export",
        help="the data as one file",
        description="Write the data in use to one compressed file, for machines without a network.",
    )
    export.add_argument("file", metavar="FILE", help="where to (- is standard output)")
    export.add_argument(
        "--downloads",
        action="store_true",
        help="with what was downloaded: the other machine then only asks for what changed since",
    )
    taken = actions.add_parser(
        "import",
        help="use the data of such a file",
        description="Use the data of a file that `db export` wrote, once it is found to be whole.",
    )
    taken.add_argument("file", metavar="FILE", help="the file (- is standard input)")
    add_force(taken)


def add_force(parser: argparse.ArgumentParser) -> None:
    """Add --force."""
    parser.add_argument(
        "--force", action="store_true", help="also data that is older, or less, than that in use"
    )


def run(args: argparse.Namespace, context: Context, now: str) -> int:
    """Do what was asked for; 0."""
    return (_export if args.action == "export" else _import)(args, context, now)


def _export(args: argparse.Namespace, context: Context, now: str) -> int:
    from ironhull.advisories.exchange import export_data
    from ironhull.store.files import atomic_file

    directory = context.settings.advisories
    if args.file == "-":
        head = export_data(directory, sys.stdout.buffer, raw=args.downloads, now=now)
        sys.stdout.buffer.flush()
    else:
        with atomic_file(Path(args.file)) as file:
            head = export_data(directory, file, raw=args.downloads, now=now)
    context.note(f"{len(head.sources)} sources, newest of {head.date[:10]}: {head.digest}")
    return 0


def _import(args: argparse.Namespace, context: Context, now: str) -> int:
    if args.file == "-":
        return _from(sys.stdin.buffer, "standard input", args, context, now)
    with Path(args.file).open("rb") as file:
        return _from(file, args.file, args, context, now)


def _from(file: BinaryIO, what: str, args: argparse.Namespace, context: Context, now: str) -> int:
    from ironhull.advisories.exchange import import_data

    done = import_data(
        context.settings.advisories,
        file,
        what=what,
        now=now,
        force=args.force,
        waiting=lambda: context.note("an update is running; waiting for it"),
    )
    tell_imported(done, context)
    return 0


def tell_imported(done: Imported, context: Context) -> None:
    """What is in use now, on stderr; its digest on stdout."""
    head = done.head
    if done.changed:
        context.note(f"{len(head.sources)} sources, newest of {head.date[:10]}, are in use")
    else:
        context.note("this data is in use already")
    context.print(f"{done.digest}\n")
