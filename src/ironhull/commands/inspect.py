"""`ironhull inspect`: what somebody who gets to run code in a container could use."""

from __future__ import annotations

from functools import partial

from ironhull.commands._context import (
    IMAGE_HELP,
    Context,
    add_cache_argument,
    add_output_arguments,
    add_platform_argument,
)
from ironhull.commands._paint import renders
from ironhull.commands._platforms import EVERY, Part, run_for_every
from ironhull.errors import UsageError
from ironhull.formats import INSPECT_FORMATS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from ironhull.inventory import SharedLayers
    from ironhull.pipeline import Opened

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Tell what somebody who gets to run code in a container of the image could use, and whether"
    " one can exec into it, without running it."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of inspect."""
    parser.add_argument("image", nargs="?", default="", metavar="IMAGE", help=IMAGE_HELP)
    add_platform_argument(parser, every=True)
    add_cache_argument(parser)
    add_output_arguments(parser, [row.name for row in INSPECT_FORMATS], "text")


def run(args: argparse.Namespace, context: Context) -> int:
    """Look into the image and print; 1 where its system is not known here."""
    from ironhull.pipeline import opened, parse_platform

    if args.platform == EVERY:
        return run_for_every(args.image, args, context, partial(_part, args, context))
    found = opened(args.image, context.settings, parse_platform(args.platform))
    part = _part(args, context, found, None)
    context.emit(args, part.renders)
    return part.code()


def _part(
    args: argparse.Namespace, context: Context, found: Opened, _layers: SharedLayers | None
) -> Part:
    """The documents of one platform."""
    from ironhull import __version__
    from ironhull.inspecting import inspect_image
    from ironhull.model import MadeWith
    from ironhull.subject import subject_of

    if found.image is None:
        raise UsageError(
            f"{args.image}: a document tells nothing of files", "name the image it is about"
        )
    posture, problems = inspect_image(found.image, context.settings)
    subject = subject_of(found.image, disk_size=0)
    platform = str(subject.platform or "") if args.platform == EVERY else args.platform
    context.answers_about(args.image, platform, subject)
    made = renders(INSPECT_FORMATS, args, subject, posture, problems, MadeWith(__version__))
    return Part(made, lambda: 0 if posture is not None else 1)
