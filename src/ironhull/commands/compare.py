"""`ironhull compare`: two images side by side."""

from __future__ import annotations

from ironhull.commands._context import (
    IMAGE_HELP,
    Context,
    add_cache_argument,
    add_output_arguments,
    add_platform_argument,
)
from ironhull.commands._exploitability import add_vex_arguments
from ironhull.commands._filters import add_filter_arguments, refuse_stages, select
from ironhull.commands._ignoring import add_ignore_arguments
from ironhull.commands._paint import renders
from ironhull.commands._policies import add_policy_arguments
from ironhull.commands._reports import read_report
from ironhull.compare import Comparison, Listed, compare
from ironhull.counts import checked
from ironhull.errors import PolicyError, UsageError
from ironhull.formats import COMPARE_FORMATS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Compare an image with another one: counts, sizes, packages, vulnerabilities gone and new,"
    " policies met."
)

THRESHOLD_HIT = 2
GATES = ("vulnerability", "package", "policy")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of compare."""
    add = parser.add_argument
    add("image", nargs="?", default="", metavar="IMAGE", help=IMAGE_HELP)
    add("--to", required=True, metavar="IMAGE", help="the image to compare with")
    add_platform_argument(parser)
    add_cache_argument(parser)
    add("--ignore-unchanged", action="store_true", help="list only packages that changed")
    add(
        "-x",
        "--exit-on",
        action="append",
        default=[],
        metavar="LIST",
        help="exit 2 on: vulnerability (more of some severity, of those the filters leave, or not"
        " to be told), package (any package added, removed or changed), policy (one that is met by"
        " the other image is not, or there is no telling)",
    )
    add_filter_arguments(parser)
    add_ignore_arguments(parser, listing=False)
    add_vex_arguments(parser, listing=False)
    add_policy_arguments(parser)
    add_output_arguments(parser, [row.name for row in COMPARE_FORMATS], "text")


def run(args: argparse.Namespace, context: Context) -> int:
    """Print the comparison; 0, or 2 where a gate of --exit-on was hit."""
    gates = _gates(args.exit_on)
    refuse_stages(args)
    if "policy" in gates and args.hide_policies:
        raise UsageError("--exit-on policy needs policies", "leave --hide-policies out")
    select((), args)  # a filter that makes no sense is said before the images are read
    report = read_report(args.image, args, context)
    other = read_report(args.to, args, context)
    mine, theirs = (select(r.effective, args, r) for r in (report, other))
    for note in dict.fromkeys((*mine.notes, *theirs.notes)):
        context.note(note)
    filters = tuple(dict.fromkeys((*mine.filters, *theirs.filters)))
    listed = Listed(mine.findings, theirs.findings, filters) if filters else None
    comparison = compare(report, other, ignore_unchanged=args.ignore_unchanged, listed=listed)
    context.emit(args, renders(COMPARE_FORMATS, args, comparison))
    hit = [reason for gate in gates if (reason := _hit(gate, comparison))]
    for reason in hit:
        context.note(f"threshold hit: {reason}")
    return THRESHOLD_HIT if hit else 0


def _gates(given: list[str]) -> list[str]:
    gates = [word.strip() for text in given for word in text.split(",")]
    for gate in gates:
        if gate not in GATES:
            raise UsageError(f"--exit-on: no {gate!r}", f"there are {', '.join(GATES)}")
    return gates


def _hit(gate: str, comparison: Comparison) -> str:
    """Why `gate` was hit; nothing where it was not."""
    if gate == "policy":
        return _policies_worse(comparison)
    if gate == "package":
        return "packages differ" if comparison.packages_differ else ""
    if comparison.worse:
        return "more vulnerabilities than in the comparison image"
    if checked(comparison.report) in ("not checked", "no packages"):
        return "no package of the analyzed image could be checked"
    if comparison.less_checked:
        return "the analyzed image was checked less than the comparison image"
    return ""


def _policies_worse(comparison: Comparison) -> str:
    """Why compliance is worse; raises PolicyError where there is nothing to tell it by."""
    changes = comparison.policies
    if not changes:
        raise PolicyError(
            "no policies were evaluated", "pip install 'ironhull[policy]', or name some"
        )
    worse = [change.mine.shown for change in changes if change.kind == "worse" and change.mine]
    if not worse:
        return ""
    return f"policies are met less well than by the comparison image: {', '.join(worse)}"
