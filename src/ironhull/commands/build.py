"""`ironhull build [CONTEXT] -t NAME`: a Python project, or with `-f` a Dockerfile, as an image."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.commands._build_dockerfile import (
    add_dockerfile_arguments,
    build_from_dockerfile,
    refuse_without_file,
)
from ironhull.commands._publish import add_build_arguments, publication, tell
from ironhull.errors import UsageError

if TYPE_CHECKING:
    from ironhull.builders.python_app.recipe import AppRecipe
    from ironhull.commands._context import Context

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Build an image of a Python project: dependencies as wheels, source as it is, on a base "
    "image. No daemon, no Dockerfile, none of the project's code is run. Settings are in "
    "[tool.ironhull.build] of pyproject.toml; what they leave open is guessed and printed. With "
    "-f a Dockerfile is built by BuildKit or buildah, and gets the same attestations."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "context", nargs="?", default=".", metavar="CONTEXT", help="the project (default: .)"
    )
    parser.add_argument(
        "-t", "--tag", action="append", default=[], metavar="NAME", help="name of the image; repeat"
    )
    parser.add_argument(
        "--base", default="", help="base image: a name in the store or a catalog definition"
    )
    parser.add_argument(
        "--platform",
        default="",
        metavar="OS/ARCH",
        help="such as linux/arm64; with -f several, separated by commas",
    )
    parser.add_argument(
        "--lock", default="", metavar="FILE", help="lock file (default: CONTEXT/ironhull.lock)"
    )
    add_build_arguments(parser, provenance="min")
    add_dockerfile_arguments(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Build and publish; the digest and the names go to stdout."""
    if args.file:
        return build_from_dockerfile(args, context)
    from ironhull import building

    refuse_without_file(args)
    names = tuple(args.tag)
    wanted = publication(args, names)
    if not names and not wanted.exports:
        raise UsageError("the image needs a name", "add -t NAME, such as -t web:latest")
    recipe = _recipe(args, context.settings.epoch)
    build = building.build_app(recipe, context.settings, wanted, progress=context.progress)
    tell(build, names, context)
    return 0


def _recipe(args: argparse.Namespace, epoch: int | None) -> AppRecipe:
    from ironhull.builders.python_app.recipe import AppRecipe

    return AppRecipe(
        context=Path(args.context),
        base=args.base,
        platform=args.platform,
        lock=Path(args.lock) if args.lock else None,
        locked=args.locked,
        epoch=epoch,
    )
