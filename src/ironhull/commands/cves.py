"""`ironhull cves`: every known vulnerability, package by package."""

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
from ironhull.commands._exploitability import add_vex_arguments, hidden, vex_filters
from ironhull.commands._filters import add_filter_arguments, package_types, select
from ironhull.commands._gates import (
    THRESHOLD_HIT,
    note_gaps,
    of_types,
    say_what_was_checked,
    writes_ids,
)
from ironhull.commands._ignoring import add_ignore_arguments
from ironhull.commands._paint import renders
from ironhull.commands._platforms import EVERY, Part, run_for_every
from ironhull.commands._reports import read_report, scan_opened
from ironhull.formats import REPORT_FORMATS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from ironhull.inventory import SharedLayers
    from ironhull.model import Report
    from ironhull.pipeline import Opened

__all__ = ["HELP", "arguments", "run"]

HELP = "List the known vulnerabilities of an image, the worst package first."


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of cves."""
    parser.add_argument("image", nargs="?", default="", metavar="IMAGE", help=IMAGE_HELP)
    add_platform_argument(parser, every=True)
    add_layers_argument(parser)
    add_cache_argument(parser)
    add_filter_arguments(parser, stages="show the stages of the build too, each in a section")
    add_ignore_arguments(parser)
    add_vex_arguments(parser)
    add = parser.add_argument
    add("--epss", action="store_true", help="show EPSS scores and sort by them")
    add("--locations", action="store_true", help="show where each package was found")
    add("--details", action="store_true", help="show what is known of each vulnerability")
    add(
        "-e",
        "--exit-code",
        action="store_true",
        help="exit 2 if the filters leave any vulnerability, 1 if no package could be checked",
    )
    add_output_arguments(parser, [row.name for row in REPORT_FORMATS], "text")


def run(args: argparse.Namespace, context: Context) -> int:
    """Print the list; 0, or with --exit-code 2 where the filters leave a finding."""
    select((), args)  # a filter that makes no sense is said before the image is read
    if args.multi_stage or args.only_stage:
        from ironhull.commands._stages import run_for_stages

        return run_for_stages(args.image, args, context, partial(_one_of, args, context))
    if args.platform == EVERY:
        return run_for_every(args.image, args, context, partial(_one_of, args, context))
    part = _part(args, context, read_report(args.image, args, context))
    context.emit(args, part.renders)
    return part.code()


def _one_of(
    args: argparse.Namespace, context: Context, found: Opened, layers: SharedLayers
) -> Part:
    return _part(args, context, scan_opened(found, args.image, args, context, layers))


def _part(args: argparse.Namespace, context: Context, report: Report) -> Part:
    from ironhull.formats.text_cves import Shown

    findings, filters, notes = select(report.effective, args, report)
    for note in notes:
        context.note(note)
    shown = Shown(
        findings,
        (*filters, *vex_filters(args)),
        epss=args.epss,
        locations=args.locations,
        details=args.details,
        ignored=select(hidden(report, args), args, report).findings,
        show_ignored=args.show_ignored,
    )
    documents = renders(REPORT_FORMATS, args, report, shown)
    return Part(documents, partial(_exit_code, args, context, report, hit=bool(findings)))


def _exit_code(args: argparse.Namespace, context: Context, report: Report, *, hit: bool) -> int:
    if not args.exit_code:
        if writes_ids(args):
            note_gaps(report, context)
        return 0
    if hit:
        return THRESHOLD_HIT
    types = package_types(args.only_package_type)
    say_what_was_checked(of_types(report, types) if types else report, context)
    return 0
