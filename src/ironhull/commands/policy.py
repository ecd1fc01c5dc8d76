"""`ironhull policy`: whether an image meets policies, and what to do where it does not."""

from __future__ import annotations

from pathlib import Path

from ironhull.commands._context import (
    IMAGE_HELP,
    Context,
    add_cache_argument,
    add_output_arguments,
    add_platform_argument,
)
from ironhull.commands._exploitability import add_vex_arguments
from ironhull.commands._gates import THRESHOLD_HIT
from ironhull.commands._ignoring import add_ignore_arguments
from ironhull.commands._paint import renders
from ironhull.commands._policies import add_policy_arguments, listed, policies_of
from ironhull.commands._reports import read_report
from ironhull.errors import PolicyError, UsageError
from ironhull.formats import POLICY_FORMATS, POLICY_LIST_FORMATS
from ironhull.model import Report

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Evaluate policies (Rego, as Docker Scout's) on an image. `policy list` lists them, `policy"
    " test PATH…` runs the tests beside them, `policy publish REFERENCE` puts those that the"
    " options name into a bundle in a registry, `policy pull REFERENCE` fetches one to be used"
    " offline. An image of such a name is local://list."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of policy."""
    parser.add_argument(
        "image", nargs="?", default="", metavar="IMAGE|list|test|publish|pull", help=IMAGE_HELP
    )
    parser.add_argument(
        "paths", nargs="*", default=[], metavar="PATH|REFERENCE", help="of test, publish and pull"
    )
    add_policy_arguments(parser, hiding=False)
    parser.add_argument(
        "-e", "--exit-code", action="store_true", help="end with 2 where a policy is not met"
    )
    parser.add_argument(
        "--result-file", default="", metavar="FILE", help="write the results as Docker Scout does"
    )
    parser.add_argument(
        "--key", default="", metavar="FILE", help="private key (PEM) to sign what is published with"
    )
    parser.add_argument("--plain-http", action="store_true", help="publish and pull without TLS")
    add_platform_argument(parser)
    add_cache_argument(parser)
    add_ignore_arguments(parser, listing=False)
    add_vex_arguments(parser, listing=False)
    add_output_arguments(parser, [row.name for row in POLICY_FORMATS], "text")
    # Words before and after options belong together: `policy publish --policy-dir DIR REFERENCE`.
    parser.parse_args = parser.parse_intermixed_args  # type: ignore[method-assign]


def run(args: argparse.Namespace, context: Context) -> int:
    """Judge and print; 1 where a policy could not be evaluated, 2 as `--exit-code` has it."""
    does = {"list": _list, "test": _test, "publish": _publish, "pull": _pull}
    if args.image in does:
        return does[args.image](args, context)
    if args.paths:
        raise UsageError(f"one image, not {args.image} and {args.paths[0]}")
    return _judge(args, context)


def _judge(args: argparse.Namespace, context: Context) -> int:
    policies_of(args, context)  # a mistake is said before any work
    report = read_report(args.image, args, context)
    context.emit(args, renders(POLICY_FORMATS, args, report))
    if args.result_file:
        from ironhull.formats.json_policy import write_results
        from ironhull.store.files import atomic_write

        context.depends_on(None)  # written anew each time
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


# ── what is not about an image ───────────────────────────────────────────────────────────────────


def _list(args: argparse.Namespace, context: Context) -> int:
    """The policies there are, or those the options name."""
    if args.paths:
        raise UsageError(f"policy list takes no {args.paths[0]!r}", "use --policy-file or -dir")
    there = [row.name for row in POLICY_LIST_FORMATS]
    for word in (args.format, *(text.partition("=")[0] for text in args.output if "=" in text)):
        if word not in there:
            raise UsageError(f"a list is not written as {word}", f"there are {', '.join(there)}")
    if not (args.policy_file or args.policy_dir or args.policy_bundle or args.profile):
        args.profile = "strict"
    rows = listed(policies_of(args, context))
    context.emit(args, renders(POLICY_LIST_FORMATS, args, rows))
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


def _publish(args: argparse.Namespace, context: Context) -> int:
    """Put the policies of the options, or all of ours, into a bundle."""
    from ironhull.commands._policy_bundles import publish

    return publish(args, policies_of(args, context), context)


def _pull(args: argparse.Namespace, context: Context) -> int:
    from ironhull.commands._policy_bundles import pull

    return pull(args, context)
