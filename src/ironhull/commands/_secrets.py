"""Secrets on the command line: the baseline, findings somebody has already seen."""

from __future__ import annotations

from ironhull.commands._context import Context
from ironhull.model import Report

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

__all__ = ["add_secret_arguments", "with_baseline"]


def add_secret_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--secret-baseline FILE`."""
    parser.add_argument(
        "--secret-baseline",
        action="append",
        default=[],
        metavar="FILE",
        help="an earlier report (--format json): secrets in it are not listed again; repeat for"
        " several",
    )


def with_baseline(report: Report, args: argparse.Namespace, context: Context) -> Report:
    """`report` with the secrets of the baselines marked. Raises ConfigError, StoreError."""
    if not args.secret_baseline:
        return report
    from pathlib import Path

    from ironhull.ignore.secrets import in_baseline, read_baseline
    from ironhull.store.answer_cache import Input
    from ironhull.values import replace

    context.depends_on([Input("file", name) for name in args.secret_baseline])
    found = report.secrets
    for name in args.secret_baseline:
        known = read_baseline(Path(name))
        found = in_baseline(found, known, name) if found is not None else None
    return replace(report, secrets=found)
