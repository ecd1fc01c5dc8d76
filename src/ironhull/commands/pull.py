"""`ironhull pull`: an image of a registry into the local store, with what goes with it."""

from __future__ import annotations

import argparse

from ironhull.commands._context import Context
from ironhull.commands._transfer import add_transfer_arguments, transfer_image

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Pull NAME[:TAG][@DIGEST] from its registry into the local store: every platform (or one), "
    "with attestations and referrers. What is there already is not fetched again."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of pull."""
    parser.add_argument("name", metavar="NAME", help="such as debian:13 or ghcr.io/owner/app")
    add_transfer_arguments(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Pull, print NAME@DIGEST; 0."""
    from ironhull.sources.targets import pulled_name

    source, name = pulled_name(args.name)
    return transfer_image(source, name, args, context)
