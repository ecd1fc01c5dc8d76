"""`ironhull cves`: every known vulnerability, package by package."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING

from ironhull.commands._context import (
    Context,
    add_cache_argument,
    add_layers_argument,
    add_output_arguments,
    add_platform_argument,
    output_target,
)
from ironhull.commands._filters import add_filter_arguments, package_types, select
from ironhull.commands._ignoring import add_ignore_arguments
from ironhull.commands._paint import renders
from ironhull.commands._platforms import EVERY, Part, run_for_every
from ironhull.commands._reports import IMAGE_HELP, read_report, scan_opened
from ironhull.errors import AdvisoryError
from ironhull.formats import REPORT_FORMATS
from ironhull.model import Report
from ironhull.values import replace

if TYPE_CHECKING:
    from ironhull.inventory import SharedLayers
    from ironhull.pipeline import Opened

__all__ = ["HELP", "arguments", "run"]

HELP = "List the known vulnerabilities of an image, the worst package first."

THRESHOLD_HIT = 2


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of cves."""
    parser.add_argument("image", nargs="?", default="", metavar="IMAGE", help=IMAGE_HELP)
    add_platform_argument(parser, every=True)
    add_layers_argument(parser)
    add_cache_argument(parser)
    add_filter_arguments(parser)
    add_ignore_arguments(parser)
    add = parser.add_argument
    add("--epss", action="store_true", help="show the EPSS score of each vulnerability")
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

    findings, filters = select(report.effective, args)
    shown = Shown(
        findings,
        filters,
        epss=args.epss,
        locations=args.locations,
        details=args.details,
        ignored=select(report.ignored, args).findings,
        show_ignored=args.show_ignored,
    )
    documents = renders(REPORT_FORMATS, args, report, shown)
    return Part(documents, partial(_exit_code, args, context, report, hit=bool(findings)))


def _exit_code(args: argparse.Namespace, context: Context, report: Report, *, hit: bool) -> int:
    if not args.exit_code:
        if _writes_ids(args):  # the only format that cannot say it itself
            _note_gaps(report, context)
        return 0
    if hit:
        return THRESHOLD_HIT
    _say_what_was_checked(_of_types(report, args.only_package_type), context)
    return 0


def _writes_ids(args: argparse.Namespace) -> bool:
    formats = [output_target(spec, args.format)[0] for spec in args.output] or [args.format]
    return "ids" in formats


def _note_gaps(report: Report, context: Context) -> None:
    from ironhull.counts import coverage_notes

    for note in coverage_notes(report):
        context.note(f"warning: {note}")


def _say_what_was_checked(report: Report, context: Context) -> None:
    """Before a gate lets an image pass: AdvisoryError where that would say nothing."""
    from ironhull.counts import checked, coverage_notes

    notes = coverage_notes(report)
    if checked(report) in ("not checked", "no packages"):
        raise AdvisoryError(
            f"{report.sbom.subject.name}: nothing could be checked: {'; '.join(notes)}",
            "`ironhull db status` tells what is covered, `ironhull db update` fetches more",
        )
    _note_gaps(report, context)
    context.report(report.sbom.problems)


def _of_types(report: Report, types: list[str]) -> Report:
    """The part of a report the gate is about: where types were asked for, only their scopes."""
    if not types:
        return report
    from ironhull.ecosystems import ECOSYSTEMS

    wanted, sbom = package_types(types), report.sbom
    packages = tuple(p for p in sbom.packages if p.ecosystem in wanted)
    scopes = {p.ecosystem for p in packages}  # of those that have no advisories
    for package in packages:
        row = ECOSYSTEMS.get(package.ecosystem)
        scopes |= set(row.scopes(package, sbom.distro)) if row else set()
    coverage = tuple(row for row in report.coverage if row.scope in scopes)
    return replace(report, sbom=replace(sbom, packages=packages), coverage=coverage)
