"""`ironhull quickview`: what an image is and how bad it is, at a glance."""

from __future__ import annotations

import argparse

from ironhull.commands._context import Context, add_output_arguments, add_platform_argument
from ironhull.commands._paint import paint
from ironhull.commands._reports import IMAGE_HELP, read_report

__all__ = ["HELP", "arguments", "run"]

HELP = "Show an image, its base image and their vulnerability counts, and what was checked."


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of quickview."""
    parser.add_argument("image", nargs="?", default="", metavar="IMAGE", help=IMAGE_HELP)
    add_platform_argument(parser)
    add_output_arguments(parser, ("text", "json"), "text")


def run(args: argparse.Namespace, context: Context) -> int:
    """Print the view; 0."""
    from ironhull.formats.json_report import write_quickview_json
    from ironhull.formats.text_quickview import write_quickview

    report = read_report(args.image, args, context)
    renders = {
        "text": lambda: paint(write_quickview(report), args),
        "json": lambda: write_quickview_json(report),
    }
    context.emit(args, renders)
    return 0
