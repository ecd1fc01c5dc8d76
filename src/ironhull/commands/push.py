"""`ironhull push`: an image of the local store into a registry, with what goes with it."""

from __future__ import annotations

import argparse

from ironhull.commands._context import Context
from ironhull.commands._transfer import add_transfer_arguments, transfer_image

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Push image NAME of the local store to a registry, as DEST or under its own name, with "
    "attestations and referrers; digests stay as they are."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of push."""
    parser.add_argument("name", metavar="NAME", help="a name, an ID or a digest in the store")
    parser.add_argument(
        "dest", nargs="?", default="", metavar="DEST", help="[registry/]name[:tag] (default: NAME)"
    )
    add_transfer_arguments(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Push, print DEST@DIGEST; 0."""
    from ironhull.sources.targets import pushed_name

    name, dest = pushed_name(args.name, args.dest)
    return transfer_image(name, dest, args, context)
