"""`ironhull build [CONTEXT] -t NAME`: a Python project as an image."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.commands._publish import (
    add_build_arguments,
    export_target,
    provenance_mode,
    wants_sbom,
)
from ironhull.errors import UsageError

if TYPE_CHECKING:
    from ironhull.builders.python_app.recipe import AppRecipe
    from ironhull.commands._context import Context

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Build an image of a Python project: dependencies as wheels, source as it is, on a base "
    "image. No daemon, no Dockerfile, none of the project's code is run. Settings are in "
    "[tool.ironhull.build] of pyproject.toml; what they leave open is guessed and printed."
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
    parser.add_argument("--platform", default="", metavar="OS/ARCH", help="such as linux/arm64")
    parser.add_argument(
        "--lock", default="", metavar="FILE", help="lock file (default: CONTEXT/ironhull.lock)"
    )
    add_build_arguments(parser, provenance="min")


def run(args: argparse.Namespace, context: Context) -> int:
    """Build and publish; the digest and the names go to stdout."""
    from ironhull import pipeline

    build = pipeline.build_app(
        _recipe(args, context.settings.epoch), context.settings, progress=context.progress
    )
    for note in build.notes:
        context.note(note)
    digest = build.image.index_digest or build.image.digest
    context.progress.clear()
    lines = [f"{name}@{digest}" for name in args.tag] or [digest]
    context.emit(
        argparse.Namespace(output=[], format="text"), {"text": lambda: "\n".join(lines) + "\n"}
    )
    return 0


def _recipe(args: argparse.Namespace, epoch: int | None) -> AppRecipe:
    """What the command line asks for; UsageError for a bad option."""
    from ironhull.builders.python_app.recipe import AppRecipe, Output
    from ironhull.oci.names import Reference

    for name in args.tag:
        Reference.parse(name)
    outputs = tuple(Output(*export_target("--output", spec)) for spec in args.output)
    if not args.tag and not outputs:
        raise UsageError("the image needs a name", "add -t NAME, such as -t web:latest")
    return AppRecipe(
        context=Path(args.context),
        base=args.base,
        platform=args.platform,
        lock=Path(args.lock) if args.lock else None,
        locked=args.locked,
        epoch=epoch,
        names=tuple(args.tag),
        outputs=outputs,
        sbom=wants_sbom(args.sbom),
        provenance=provenance_mode(args.provenance),
    )
