"""`ironhull compare`: two images side by side."""

from __future__ import annotations

import argparse

from ironhull.commands._context import Context, add_output_arguments, add_platform_argument
from ironhull.commands._paint import paint
from ironhull.commands._reports import IMAGE_HELP, read_report
from ironhull.compare import Comparison
from ironhull.errors import UsageError

__all__ = ["HELP", "arguments", "run"]

HELP = "Compare an image with another one: counts, sizes, packages, vulnerabilities gone and new."

THRESHOLD_HIT = 2
GATES = ("vulnerability", "package")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of compare."""
    add = parser.add_argument
    add("image", nargs="?", default="", metavar="IMAGE", help=IMAGE_HELP)
    add("--to", required=True, metavar="IMAGE", help="the image to compare with")
    add_platform_argument(parser)
    add("--ignore-unchanged", action="store_true", help="list only packages that changed")
    add(
        "-x",
        "--exit-on",
        action="append",
        default=[],
        metavar="LIST",
        help="exit 2 on: vulnerability (more of some severity, or not to be told), package (any"
        " package added, removed or changed)",
    )
    add_output_arguments(parser, ("text", "json"), "text")


def run(args: argparse.Namespace, context: Context) -> int:
    """Print the comparison; 0, or 2 where a gate of --exit-on was hit."""
    from ironhull.compare import compare
    from ironhull.formats.json_compare import write_compare_json
    from ironhull.formats.text_compare import write_compare

    gates = _gates(args.exit_on)
    report = read_report(args.image, args, context)
    other = read_report(args.to, args, context)
    comparison = compare(report, other, ignore_unchanged=args.ignore_unchanged)
    renders = {
        "text": lambda: paint(write_compare(comparison), args),
        "json": lambda: write_compare_json(comparison),
    }
    context.emit(args, renders)
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
    if gate == "package":
        return "packages differ" if comparison.packages_differ else ""
    if comparison.worse:
        return "more vulnerabilities than in the comparison image"
    if comparison.less_checked:
        return "the analyzed image was checked less than the comparison image"
    return ""
