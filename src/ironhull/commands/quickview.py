"""`ironhull quickview`: what an image is and how bad it is, at a glance."""

from __future__ import annotations

from functools import partial

from ironhull.commands._context import (
    IMAGE_HELP,
    Context,
    add_cache_argument,
    add_layers_argument,
    add_output_arguments,
    add_platform_argument,
)
from ironhull.commands._exploitability import add_vex_arguments
from ironhull.commands._ignoring import add_ignore_arguments
from ironhull.commands._paint import renders
from ironhull.commands._platforms import EVERY, Part, run_for_every
from ironhull.commands._policies import add_policy_arguments
from ironhull.commands._reports import read_report, scan_opened, with_advice
from ironhull.formats import QUICKVIEW_FORMATS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from ironhull.inventory import SharedLayers
    from ironhull.pipeline import Opened

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Show an image, its base image and their vulnerability counts, the policies it meets, and what"
    " was checked."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of quickview."""
    parser.add_argument("image", nargs="?", default="", metavar="IMAGE", help=IMAGE_HELP)
    add_platform_argument(parser, every=True)
    add_layers_argument(parser)
    add_cache_argument(parser)
    add_ignore_arguments(parser, listing=False)
    add_vex_arguments(parser, listing=False)
    add_policy_arguments(parser)
    add_output_arguments(parser, [row.name for row in QUICKVIEW_FORMATS], "text")


def run(args: argparse.Namespace, context: Context) -> int:
    """Print the view; 0."""
    if args.platform == EVERY:
        return run_for_every(args.image, args, context, partial(_part, args, context))
    report = with_advice(read_report(args.image, args, context), args, context)
    context.emit(args, renders(QUICKVIEW_FORMATS, args, report))
    return 0


def _part(args: argparse.Namespace, context: Context, found: Opened, layers: SharedLayers) -> Part:
    """The view of one platform of several."""
    report = with_advice(scan_opened(found, args.image, args, context, layers), args, context)
    return Part(renders(QUICKVIEW_FORMATS, args, report), lambda: 0)
