"""From a reference on the command line to a report, for the commands that print reports."""

from __future__ import annotations

import argparse

from ironhull.commands._context import Context
from ironhull.model import Report

__all__ = ["IMAGE_HELP", "read_report"]

IMAGE_HELP = "name, digest, or PREFIX://PATH (oci-dir, archive, fs, sbom); default: newest image"


def read_report(reference: str, args: argparse.Namespace, context: Context) -> Report:
    """Scan `reference` for the platform asked for."""
    from ironhull.pipeline import scan

    report = scan(
        reference,
        context.settings,
        platform=args.platform,
        all_layers=getattr(args, "all_layers", False),
    )
    context.answers_about(reference, args.platform, report.sbom.subject)
    if context.recording is not None:
        from ironhull.commands._inputs import advisory_inputs

        context.depends_on(advisory_inputs(context.settings))
    return report
