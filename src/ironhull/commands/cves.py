"""`ironhull cves`: every known vulnerability, package by package."""

from __future__ import annotations

import argparse

from ironhull.commands._context import Context, add_output_arguments, add_platform_argument
from ironhull.commands._filters import add_filter_arguments, select
from ironhull.commands._paint import renders
from ironhull.commands._reports import IMAGE_HELP, read_report
from ironhull.formats import REPORT_FORMATS

__all__ = ["HELP", "arguments", "run"]

HELP = "List the known vulnerabilities of an image, the worst package first."

THRESHOLD_HIT = 2
ERROR = 1


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of cves."""
    parser.add_argument("image", nargs="?", default="", metavar="IMAGE", help=IMAGE_HELP)
    add_platform_argument(parser)
    add_filter_arguments(parser)
    add = parser.add_argument
    add("--epss", action="store_true", help="show the EPSS score of each vulnerability")
    add("--locations", action="store_true", help="show where each package was found")
    add("--details", action="store_true", help="show what is known of each vulnerability")
    add(
        "-e",
        "--exit-code",
        action="store_true",
        help="exit 2 if the filters leave any vulnerability, 1 if nothing could be checked",
    )
    add_output_arguments(parser, [row.name for row in REPORT_FORMATS], "text")


def run(args: argparse.Namespace, context: Context) -> int:
    """Print the list; 0, or with --exit-code 2 where the filters leave a finding."""
    from ironhull.counts import checked, coverage_notes
    from ironhull.formats.text_cves import Shown

    select((), args)  # a filter that makes no sense is said before the image is read
    report = read_report(args.image, args, context)
    findings, filters = select(report.findings, args)
    shown = Shown(findings, filters, epss=args.epss, locations=args.locations, details=args.details)
    context.emit(args, renders(REPORT_FORMATS, args, report, shown))
    if not args.exit_code:
        return 0
    if findings:
        return THRESHOLD_HIT
    if checked(report) == "not checked":
        context.note("error: no package could be checked: run `ironhull db update` first")
        return ERROR
    for note in coverage_notes(report):
        context.note(f"warning: {note}")
    return 0
