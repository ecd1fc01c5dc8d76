"""`ironhull attestation VERB`: what is attached to images: listed, read, added, verified."""

from __future__ import annotations

import argparse
from importlib import import_module
from types import ModuleType

from ironhull.commands._context import Context

__all__ = ["HELP", "arguments", "run"]

HELP = "What is attached to images: SBOMs, provenance, VEX, reports, summaries of verification."
_VERBS = {
    "list": "what is attached to an image, and where it is kept",
    "get": "one attestation: the statement, or its predicate alone",
    "add": "attach predicates or statements from files",
    "verify": "whether attestations are about the image, well formed and signed",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the sub-commands."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="|".join(_VERBS))
    for name, about in _VERBS.items():
        module = _module(name)
        module.arguments(verbs.add_parser(name, help=about, description=module.HELP))


def run(args: argparse.Namespace, context: Context) -> int:
    """Run the sub-command; gives its exit code."""
    return int(_module(args.verb).run(args, context))


def _module(verb: str) -> ModuleType:
    return import_module(f"ironhull.commands._attestation_{verb}")
