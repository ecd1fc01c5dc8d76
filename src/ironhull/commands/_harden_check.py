"""`ironhull harden --check`: what the rules say of a Dockerfile; it is not changed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.commands._context import Context
from ironhull.formats import CHECK_FORMATS

if TYPE_CHECKING:
    from ironhull.commands.harden import Wanted
    from ironhull.dockerfiles import Dockerfile

__all__ = ["check"]


def check(
    dockerfile: Dockerfile, wanted: Wanted, args: argparse.Namespace, context: Context
) -> int:
    """Print the remarks; 2 where one of them is an error, else 0."""
    from ironhull.commands.harden import build_arguments
    from ironhull.harden import directory
    from ironhull.hardening import rules
    from ironhull.oci.images import host_platform

    checked = rules.check(
        dockerfile,
        directory(wanted.context, Path(wanted.name).name),
        target=args.target,
        arguments=build_arguments(args),
        today=_today(context.settings.epoch),
        platform=str(host_platform()),
    )
    renders = {row.name: row.write for row in CHECK_FORMATS}
    context.print(renders[args.format](checked))
    return 2 if checked.count("error") else 0


def _today(epoch: int | None) -> str:
    """The day, or that of SOURCE_DATE_EPOCH, as YYYY-MM-DD."""
    import time

    return time.strftime("%Y-%m-%d", time.gmtime(epoch))
