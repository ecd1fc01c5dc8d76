"""`ironhull policy`: whether an image meets policies, and what to do where it does not."""

from __future__ import annotations

import argparse
from pathlib import Path

from ironhull.commands._context import (
    Context,
    add_cache_argument,
    add_output_arguments,
    add_platform_argument,
)
from ironhull.commands._exploitability import add_vex_arguments
from ironhull.commands._gates import THRESHOLD_HIT
from ironhull.commands._ignoring import add_ignore_arguments
from ironhull.commands._paint import renders
from ironhull.commands._policies import add_policy_arguments, policies_of
from ironhull.commands._reports import IMAGE_HELP, read_report
from ironhull.errors import PolicyError, UsageError
from ironhull.formats import POLICY_FORMATS
from ironhull.model import Report

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Evaluate policies (Rego, as Docker Scout's) on an image."
    " `policy list` lists them, `policy test PATH…` runs the tests beside them."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of policy."""
    parser.add_argument("image", nargs="?", default="", metavar="IMAGE|list|test", help=IMAGE_HELP)
    parser.add_argument("paths", nargs="*", default=[], metavar="PATH", help="of `policy test`")
    add_policy_arguments(parser, hiding=False)
    parser.add_argument(
        "-e", "--exit-code", action="store_true", help="end with 2 where a policy is not met"
    )
    parser.add_argument(
        "--result-file", default="", metavar="FILE", help="write the results as Docker Scout does"
    )
    add_platform_argument(parser)
    add_cache_argument(parser)
    add_ignore_arguments(parser, listing=False)
    add_vex_arguments(parser, listing=False)
    add_output_arguments(parser, [row.name for row in POLICY_FORMATS], "text")


def run(args: argparse.Namespace, context: Context) -> int:
    """Judge and print; 1 where a policy could not be evaluated, 2 as `--exit-code` has it."""
    if args.image == "list":
        return _list(args, context)
    if args.image == "test":
        return _test(args, context)
    if args.paths:
        raise UsageError(f"one image, not {args.image} and {args.paths[0]}")
    return _judge(args, context)


def _judge(args: argparse.Namespace, context: Context) -> int:
    policies_of(args, context)  # a mistake is said before any work
    report = read_report(args.image, args, context)
    context.emit(args, renders(POLICY_FORMATS, args, report))
    if args.result_file:
        context.depends_on(None)  # written anew each time
        from ironhull.formats.json_policy import write_results
        from ironhull.store.files import atomic_write

        atomic_write(Path(args.result_file), write_results(report).encode())
    return _code(args, context, report)


def _code(args: argparse.Namespace, context: Context, report: Report) -> int:
    states = [verdict.state for verdict in report.verdicts]
    for verdict in report.verdicts:
        if verdict.state == "error":
            context.note(f"warning: policy {verdict.name}: {verdict.message}")
    if args.exit_code and "not met" in states:
        return THRESHOLD_HIT
    return 1 if "error" in states else 0


def _list(args: argparse.Namespace, context: Context) -> int:
    """The policies there are, or that the options name."""
    from ironhull.formats.text_policy import list_policies

    if args.paths:
        raise UsageError(f"policy list takes no {args.paths[0]!r}", "use --policy-file or -dir")
    if not (args.policy_file or args.policy_dir or args.profile):
        args.profile = "strict"
    rows = [
        (policy.metadata.name, policy.metadata.title, policy.weight, policy.where)
        for policy in policies_of(args, context)
    ]
    context.print(list_policies(rows))
    return 0


def _test(args: argparse.Namespace, context: Context) -> int:
    """Run tests in Rego; 2 where one fails."""
    from ironhull.policy import run_policy_tests

    if not args.paths:
        raise UsageError("policy test: nothing to test", "name files or directories")
    failed = count = 0
    for place in map(Path, args.paths):
        for result in run_policy_tests(place):
            count += 1
            failed += bool(result.error)
            mark = f"FAIL: {result.error}" if result.error else "PASS"
            context.print(f"{result.where}: {result.name}: {mark}\n")
    if not count:
        raise PolicyError(
            f"{', '.join(args.paths)}: no tests", "rules named test_… in files named *_test.rego"
        )
    context.print(f"{count - failed} passed, {failed} failed\n")
    return THRESHOLD_HIT if failed else 0
