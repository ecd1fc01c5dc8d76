"""`ironhull base diff NAME`: a base image beside an earlier build of it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.commands._base_names import chosen_platform, lock_at, lock_path
from ironhull.commands._context import Context, add_output_arguments, add_platform_argument
from ironhull.commands._paint import renders
from ironhull.errors import ReferenceFault
from ironhull.formats import COMPARE_FORMATS

if TYPE_CHECKING:
    from ironhull.basing import Kept
    from ironhull.builders.debian_base.lock import Lock
    from ironhull.config import Settings

__all__ = ["arguments", "run"]

_SHORT = 12  # hex digits of a digest, as everywhere


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of diff."""
    parser.add_argument("definition", metavar="NAME", help="a name of the catalog, or a YAML file")
    parser.add_argument(
        "--to",
        default="",
        metavar="BUILD",
        help="what to compare with: a lock file, or the digest of an image that was built (its "
        "beginning will do; default: the last build whose packages differ)",
    )
    parser.add_argument(
        "--lock", default="", metavar="FILE", help="the lock of the build to look at"
    )
    add_platform_argument(parser)
    parser.add_argument(
        "--ignore-unchanged", action="store_true", help="list only packages that changed"
    )
    add_output_arguments(parser, [row.name for row in COMPARE_FORMATS], "text")


def run(args: argparse.Namespace, context: Context) -> int:
    """Print the comparison; 0."""
    from ironhull.basing import differing
    from ironhull.builders.debian_base.catalog import find_definition
    from ironhull.compare import compare

    settings = context.settings
    found = find_definition(args.definition)
    platform = chosen_platform(args.platform)
    path = Path(args.lock) if args.lock else lock_path(args.definition, found, platform, settings)
    lock = lock_at(path)
    name = found.definition.telling_name or found.definition.name
    before, old = _earlier(args, settings, path, lock)
    comparison, trouble = differing(
        (f"{name} of {_day(lock)}", lock),
        (f"{name} of {_day(old)}{before}", old),
        found.definition,
        settings,
    )
    if trouble:
        context.note(f"vulnerabilities are not compared: {trouble}")
    if args.ignore_unchanged:
        comparison = compare(comparison.report, comparison.other, ignore_unchanged=True)
    context.emit(args, renders(COMPARE_FORMATS, args, comparison))
    return 0


def _earlier(
    args: argparse.Namespace, settings: Settings, path: Path, lock: Lock
) -> tuple[str, Lock]:
    """What the build of `path` is compared with; raises ReferenceFault where nothing is kept."""
    from ironhull.basing import kept_builds

    if args.to and Path(args.to).is_file():
        return "", lock_at(Path(args.to))
    builds = kept_builds(settings, path)
    wanted = args.to.removeprefix("sha256:")
    if not wanted:
        return _last_different(builds, lock, args.definition)
    among = [kept for kept in builds if kept.image.startswith(wanted)]
    if len(among) == 1:
        return f" ({among[0].image[:_SHORT]})", lock_at(among[0].path)
    known = ", ".join(kept.image[:_SHORT] for kept in builds[:5])
    hint = f"kept are {known}" if known else "locks are kept from now on, one for each build"
    raise ReferenceFault(f"{args.definition}: no build {args.to} is kept", hint)


def _last_different(builds: tuple[Kept, ...], lock: Lock, name: str) -> tuple[str, Lock]:
    for kept in builds:
        old = lock_at(kept.path)
        if old.packages != lock.packages:
            return f" ({kept.image[:_SHORT]})", old
    raise ReferenceFault(
        f"{name}: no earlier build with other packages is kept",
        "each build is kept from now on; --to FILE compares with a lock file",
    )


def _day(lock: Lock) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(lock.epoch, UTC).strftime("%Y-%m-%d")
