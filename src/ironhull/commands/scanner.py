"""`ironhull scanner`: the SBOM generator of BuildKit, and the image it runs in."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from ironhull.commands._publish import add_build_arguments, publication, tell
from ironhull.errors import UsageError

if TYPE_CHECKING:
    from ironhull.commands._context import Context

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Write SBOMs for BuildKit, as its SBOM generator protocol asks in the variables "
    "BUILDKIT_SCAN_*; `ironhull scanner image` builds the image that does this for "
    "`docker buildx build --sbom=generator=IMAGE`."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the sub-commands."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="run|image")
    verbs.add_parser(
        "run",
        help="scan what BuildKit asks to have scanned",
        description="Scan the root file systems BuildKit names and write a statement for each.",
    )
    image = verbs.add_parser(
        "image",
        help="build the generator image",
        description="Build an image of this Ironhull that BuildKit runs as SBOM generator.",
    )
    image.add_argument(
        "-t", "--tag", action="append", default=[], metavar="NAME", help="name of the image; repeat"
    )
    image.add_argument("--base", default="", help="base image, as for `ironhull build`")
    image.add_argument("--platform", default="", metavar="OS/ARCH", help="such as linux/arm64")
    image.add_argument(
        "--lock", default="", metavar="FILE", help="lock file of the Python packages it needs"
    )
    add_build_arguments(image, provenance="min")


def run(args: argparse.Namespace, context: Context) -> int:
    """Scan or build; 0."""
    return _image(args, context) if args.verb == "image" else _scan(context)


def _scan(context: Context) -> int:
    from ironhull.scanning import request_of, scan_sources

    request = request_of(os.environ)
    for found in scan_sources(request, epoch=context.settings.epoch):
        context.report(found.sbom.problems)
        count = len(found.sbom.packages)
        context.note(f"{found.name}: {count} package{'' if count == 1 else 's'} in {found.path}")
    return 0


def _image(args: argparse.Namespace, context: Context) -> int:
    from pathlib import Path

    from ironhull import building
    from ironhull.builders.scanner_image import scanner_recipe

    names = tuple(args.tag)
    wanted = publication(args, names)
    if not names and not wanted.exports:
        raise UsageError("the image needs a name", "add -t NAME, such as -t ironhull-scanner")
    if args.locked and not args.lock:
        raise UsageError("--locked needs the lock file", "add --lock FILE")
    with scanner_recipe(
        base=args.base,
        platform=args.platform,
        lock=Path(args.lock) if args.lock else None,
        locked=args.locked,
        epoch=context.settings.epoch,
    ) as recipe:
        build = building.build_app(recipe, context.settings, wanted, progress=context.progress)
    tell(build, names, context)
    return 0
