"""`ironhull vex VERB`: statements of exploitability, written, checked, merged, found, attached."""

from __future__ import annotations

import argparse
from importlib import import_module
from types import ModuleType

from ironhull.commands._context import Context
from ironhull.values import dataclass

__all__ = ["HELP", "VERBS", "Verb", "arguments", "run"]

HELP = "Write, check, merge, find and attach VEX: which vulnerabilities do not affect a product."


@dataclass(frozen=True, slots=True)
class Verb:
    """A sub-command: a module here with `HELP`, `arguments(parser)` and `run(args, context)`."""

    name: str
    help: str
    module: str


VERBS = (
    Verb("create", "a new OpenVEX document about images or packages", "_vex_create"),
    Verb("add", "one more statement in an OpenVEX document", "_vex_add"),
    Verb("lint", "what is wrong in VEX documents, and what some scanner would miss", "_vex_lint"),
    Verb("merge", "several VEX documents of any format as one OpenVEX document", "_vex_merge"),
    Verb("get", "every statement that comes with an image, as one OpenVEX document", "_vex_get"),
    Verb("attach", "VEX documents put beside an image", "_vex_attach"),
    Verb("repo", "the VEX repositories that are asked", "_vex_repo"),
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the sub-commands."""
    names = "|".join(verb.name for verb in VERBS)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=names)
    for verb in VERBS:
        module = _module(verb)
        added = verbs.add_parser(verb.name, help=verb.help, description=module.HELP)
        module.arguments(added)


def run(args: argparse.Namespace, context: Context) -> int:
    """Run the sub-command; gives its exit code."""
    verb = next(verb for verb in VERBS if verb.name == args.verb)
    return int(_module(verb).run(args, context))


def _module(verb: Verb) -> ModuleType:
    return import_module(f"ironhull.commands.{verb.module}")
