"""`ironhull copy`: an image from one place to another, with what goes with it."""

from __future__ import annotations

import argparse

from ironhull.commands._context import Context
from ironhull.commands._transfer import add_transfer_arguments, transfer_image

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Copy an image as it is, digests unchanged, with attestations and referrers. SRC is "
    "registry://NAME, local://NAME, oci-dir://PATH, archive://FILE, docker://NAME or podman://NAME "
    "(a plain name: the store, then its registry); DST is registry://NAME (or a plain name), "
    "local://NAME, oci-dir://PATH[:NAME], archive://FILE[:NAME], docker://NAME or podman://NAME."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of copy."""
    parser.add_argument("source", metavar="SRC", help="what to copy")
    parser.add_argument("dest", metavar="DST", help="where to")
    add_transfer_arguments(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Copy, print DST@DIGEST; 0."""
    return transfer_image(args.source, args.dest, args, context)
