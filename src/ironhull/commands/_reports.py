"""From a reference on the command line to a report, for the commands that print reports."""

from __future__ import annotations

from ironhull.commands._context import Context
from ironhull.commands._exploitability import weighing
from ironhull.commands._ignoring import marked
from ironhull.commands._policies import judged, judging, read_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from ironhull.inventory import SharedLayers
    from ironhull.model import Report
    from ironhull.pipeline import Opened

__all__ = ["finishing", "read_report", "scan_opened", "with_advice"]


def read_report(reference: str, args: argparse.Namespace, context: Context) -> Report:
    """Scan `reference` for the platform asked for."""
    from ironhull.pipeline import opened, parse_platform

    platform = parse_platform(args.platform)
    found = opened(reference, context.settings, platform)
    return scan_opened(found, reference, args, context)


def scan_opened(
    found: Opened,
    reference: str,
    args: argparse.Namespace,
    context: Context,
    layers: SharedLayers | None = None,
) -> Report:
    """Scan what `reference` leads to; `layers` are shared with other platforms.

    Commands with options for policies get what those say, too.
    """
    from ironhull.pipeline import scan

    with judging(args, context) as policies:
        scanners = getattr(args, "looked_for", ("vuln",))
        if read_secrets(policies) and "secret" not in scanners:
            scanners = (*scanners, "secret")
        all_layers = getattr(args, "all_layers", False)
        vex = weighing(args, context)
        if vex is not None:
            vex.reference = reference
        report = scan(
            found,
            context.settings,
            all_layers=all_layers,
            layers=layers,
            vex=vex,
            scanners=scanners,
        )
        subject = report.sbom.subject
        platform = str(subject.platform or "") if args.platform == "all" else args.platform
        context.answers_about(reference, platform, subject)
        if context.recording is not None:
            from ironhull.commands._inputs import advisory_inputs

            context.depends_on(advisory_inputs(context.settings))
            if vex is not None:
                context.depends_on(vex.inputs)
        if "license" in scanners:
            from ironhull.commands._licensing import licensed

            report = licensed(found, report, args, context)
        return judged(found, marked(report, args, context), policies, args, context)


def finishing(args: argparse.Namespace, context: Context) -> Callable[[Opened, Report], Report]:
    """What the options do with the report of any image: statements (VEX), ignore rules."""
    own = type(args)(**{k: v for k, v in vars(args).items() if k != "weighing"})
    vex = weighing(own, context)

    def finish(found: Opened, report: Report) -> Report:
        if vex is not None:
            vex.reference = found.reference
            report = vex.weigh(found, report)
            context.depends_on(vex.inputs)
        return marked(report, args, context)

    return finish


def with_advice(report: Report, args: argparse.Namespace, context: Context) -> Report:
    """`report` with what is known here of newer base images, no registry asked."""
    if report.base is None:
        return report
    from ironhull.pipeline import now
    from ironhull.recommending import advised
    from ironhull.store.answer_cache import Input

    context.depends_on([Input("hour", "")])  # what is no longer supported depends on the day
    return advised(report, context.settings, finishing(args, context), now()[:10])
