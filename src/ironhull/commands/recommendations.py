"""`ironhull recommendations`: the base image, and what to build on instead."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.commands._context import (
    IMAGE_HELP,
    Context,
    add_cache_argument,
    add_output_arguments,
    add_platform_argument,
)
from ironhull.commands._exploitability import add_vex_arguments
from ironhull.commands._ignoring import add_ignore_arguments
from ironhull.commands._paint import renders
from ironhull.commands._reports import finishing
from ironhull.errors import UsageError
from ironhull.formats import RECOMMENDATIONS_FORMATS
from ironhull.limits import LIMITS

if TYPE_CHECKING:
    from ironhull.model import BaseImage
    from ironhull.pipeline import Opened

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Tell which base image an image was built on and how sure that is, whether its tag leads to a "
    "newer one, and which other tags, variants and images have fewer vulnerabilities. Registries "
    "are asked what tags lead to; --local asks none."
)
OUTDATED = 2


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of recommendations."""
    add = parser.add_argument
    add("image", nargs="?", default="", metavar="IMAGE", help=IMAGE_HELP)
    add_platform_argument(parser)
    add_cache_argument(parser)
    add("--only-refresh", action="store_true", help="only the same tag, as it is now")
    add("--only-update", action="store_true", help="only other tags and images")
    add("--tag", default="", metavar="TAG", help="what the base image is tagged, if that is wrong")
    add(
        "--dockerfile",
        default="",
        metavar="FILE",
        help="what the image was built from, where the image does not tell",
    )
    add("--target", default="", metavar="STAGE", help="the stage of it (default: the last)")
    add(
        "--build-arg",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an argument of that build; repeatable",
    )
    add(
        "--family",
        action="append",
        default=[],
        metavar="NAME",
        help="suggest the fitting image of this base family, too: ironhull, dhi, chainguard or"
        " distroless; repeatable",
    )
    add("--local", action="store_true", help="ask no registry: the local store and the index tell")
    add("--limit", default="8", metavar="N", help="images to scan at most (default: 8)")
    add(
        "-e",
        "--exit-code",
        action="store_true",
        help=f"exit {OUTDATED} where the tag of the base image leads to a newer one",
    )
    add_ignore_arguments(parser, listing=False)
    add_vex_arguments(parser, listing=False)
    add_output_arguments(parser, [row.name for row in RECOMMENDATIONS_FORMATS], "text")


def run(args: argparse.Namespace, context: Context) -> int:
    """Print the advice; 0, or 2 where --exit-code asks and the base is outdated."""
    from ironhull.pipeline import now, opened, parse_platform
    from ironhull.recommending import Asked, recommend

    if args.only_refresh and args.only_update:
        raise UsageError("--only-refresh and --only-update leave nothing", "give one of them")
    asked = Asked(
        now()[:10],
        refresh=not args.only_update,
        updates=not args.only_refresh,
        limit=_limit(args.limit),
        tag=_tag(args.tag),
        families=tuple(args.family),
    )
    found = opened(args.image, context.settings, parse_platform(args.platform))
    report = recommend(
        found,
        context.settings,
        asked,
        finishing(args, context),
        remote=not args.local,
        also=_claims(args, found),
    )
    advice = report.advice
    assert advice is not None
    context.report(advice.problems)
    context.emit(args, renders(RECOMMENDATIONS_FORMATS, args, report))
    return OUTDATED if args.exit_code and advice.state == "outdated" else 0


def _claims(args: argparse.Namespace, found: Opened) -> tuple[BaseImage, ...]:
    """What --dockerfile says."""
    if not args.dockerfile:
        if args.target or args.build_arg:
            raise UsageError("--target and --build-arg are about a Dockerfile", "add --dockerfile")
        return ()
    from ironhull.oci.images import host_platform
    from ironhull.recommending import base_in_dockerfile

    given = dict(_argument(text) for text in args.build_arg)
    platform = found.image.platform if found.image is not None else host_platform()
    base = base_in_dockerfile(Path(args.dockerfile), args.target, given, platform)
    return () if base is None else (base,)


def _argument(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise UsageError(f"--build-arg {text!r} is not NAME=VALUE", "such as VERSION=3.13")
    return name, value


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= LIMITS.suggestions):
        raise UsageError(f"--limit {text} is not a number of images", f"0 to {LIMITS.suggestions}")
    return int(text)


def _tag(text: str) -> str:
    from ironhull.oci.names import Reference

    if text:
        Reference.parse(f"image:{text}")
    return text
