"""What stands between a report and an exit code, for the commands that gate."""

from __future__ import annotations

from ironhull.commands._context import Context, output_target
from ironhull.errors import AdvisoryError
from ironhull.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Collection

    from ironhull.model import Report

__all__ = ["THRESHOLD_HIT", "note_gaps", "of_types", "say_what_was_checked", "writes_ids"]

THRESHOLD_HIT = 2


def writes_ids(args: argparse.Namespace) -> bool:
    """Whether the run writes bare identifiers: the only format that cannot say what it lacks."""
    formats = [output_target(spec, args.format)[0] for spec in args.output] or [args.format]
    return "ids" in formats


def note_gaps(report: Report, context: Context) -> None:
    """Say on stderr what was not checked in full."""
    from ironhull.counts import coverage_notes

    for note in coverage_notes(report):
        context.note(f"warning: {note}")


def say_what_was_checked(report: Report, context: Context) -> None:
    """Before a gate lets an image pass: AdvisoryError where that would say nothing."""
    from ironhull.counts import checked, coverage_notes

    notes = coverage_notes(report)
    if checked(report) in ("not checked", "no packages"):
        raise AdvisoryError(
            f"{report.sbom.subject.name}: nothing could be checked: {'; '.join(notes)}",
            "`ironhull db status` tells what is covered, `ironhull db update` fetches more",
        )
    note_gaps(report, context)
    context.report(report.sbom.problems)


def of_types(report: Report, wanted: Collection[str]) -> Report:
    """The part of a report a gate is about: packages of the types `wanted`, and their scopes."""
    from ironhull.ecosystems import ECOSYSTEMS

    sbom = report.sbom
    packages = tuple(p for p in sbom.packages if p.ecosystem in wanted)
    scopes = {p.ecosystem for p in packages}  # of those that have no advisories
    for package in packages:
        row = ECOSYSTEMS.get(package.ecosystem)
        scopes |= set(row.scopes(package, sbom.distro)) if row else set()
    coverage = tuple(row for row in report.coverage if row.scope in scopes)
    return replace(report, sbom=replace(sbom, packages=packages), coverage=coverage)
