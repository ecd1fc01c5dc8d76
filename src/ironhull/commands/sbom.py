"""`ironhull sbom`: what is in an image, as a list or as a document."""

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
from ironhull.commands._platforms import EVERY, Part, run_for_every
from ironhull.formats import SBOM_FORMATS
from ironhull.model import Problem, Sbom
from ironhull.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from ironhull.inventory import SharedLayers
    from ironhull.pipeline import Opened

HELP = "Write the software bill of materials of an image: its packages, where each was found."

_NO_TIME = "1970-01-01T00:00:00Z"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("image", nargs="?", default="", metavar="IMAGE", help=IMAGE_HELP)
    add_output_arguments(parser, [row.name for row in SBOM_FORMATS], "json")
    parser.add_argument(
        "--only-package-type",
        action="append",
        default=[],
        metavar="TYPE",
        help="only packages of this type, such as deb or npm; repeat or separate with commas",
    )
    add_platform_argument(parser, every=True)
    add_layers_argument(parser)
    add_cache_argument(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Load, catalogue, write."""
    from ironhull.pipeline import opened, parse_platform

    _package_types(args)  # a mistake is said before any work
    if args.platform == EVERY:
        return run_for_every(args.image, args, context, partial(_part, args, context))
    found = opened(args.image, context.settings, parse_platform(args.platform))
    part = _part(args, context, found, None)
    context.emit(args, part.renders)
    return part.code()


def _package_types(args: argparse.Namespace) -> tuple[str, ...]:
    if not args.only_package_type:
        return ()
    from ironhull.commands._filters import package_types

    return tuple(package_types(args.only_package_type))


def _part(
    args: argparse.Namespace, context: Context, found: Opened, layers: SharedLayers | None
) -> Part:
    """The documents of one platform."""
    from ironhull.pipeline import read

    sbom = read(found, context.settings, all_layers=args.all_layers, layers=layers)
    platform = str(sbom.subject.platform or "") if args.platform == EVERY else args.platform
    context.answers_about(args.image, platform, sbom.subject)
    wanted = _package_types(args)
    shown = only_types(sbom, wanted) if wanted else sbom
    created = created_at(sbom, context.settings.epoch)
    return Part(
        {row.name: partial(row.write, shown, created=created) for row in SBOM_FORMATS},
        partial(_warn, args, context, sbom.problems),
    )


def _warn(args: argparse.Namespace, context: Context, problems: tuple[Problem, ...]) -> int:
    if args.output or args.format != "list":  # the list ends with them
        context.report(problems)
    return 0


def only_types(sbom: Sbom, types: tuple[str, ...]) -> Sbom:
    """The SBOM with packages of `types` alone, and a problem that says what was left out."""
    kept = tuple(package for package in sbom.packages if package.ecosystem in types)
    purls = {package.purl for package in kept}
    hidden = len(sbom.packages) - len(kept)
    note = f"only {', '.join(types)} packages are listed; {hidden} others are left out"
    return replace(
        sbom,
        packages=kept,
        relations=tuple(r for r in sbom.relations if r.subject in purls and r.object in purls),
        problems=(*sbom.problems, Problem("filter", sbom.subject.name, note)),
    )


def created_at(sbom: Sbom, epoch: int | None) -> str:
    """When the document says it was made: SOURCE_DATE_EPOCH, else the image's own time.

    Never the clock: the same image gives the same bytes.
    """
    if epoch is not None:
        from datetime import UTC, datetime

        return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return sbom.subject.created or _NO_TIME
