"""`ironhull base`: base images from Debian packages, built, tried, verified and compared."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ironhull.commands._context import Context

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Build minimal base images straight from a Debian archive: every package verified, none of "
    "their scripts run, no daemon and no root needed. Then try, verify and compare them."
)
_VERBS = {
    "build": (
        "build a base image into the local store",
        "Build a base image into the local store, from the packages of its archive.",
    ),
    "list": (
        "list the definitions that come with Ironhull",
        "List the definitions that come with Ironhull and which of them are built.",
    ),
    "test": (
        "run the tests of a definition in containers of its image",
        "Run the tests of a definition in containers of the image it made, by Docker, Podman, runc "
        "or crun: root file system read-only, no capabilities, no network but its own.",
    ),
    "verify": (
        "verify a base image: signature, statements, a build from its lock",
        "Verify a base image of the local store: who signed it, that its provenance and SBOM are "
        "about it and true, and that its lock gives the same image again.",
    ),
    "diff": (
        "compare a base image with the build before",
        "Compare the packages of a base image, and the vulnerabilities known in them today, with "
        "those of an earlier build.",
    ),
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the sub-commands."""
    metavar = "|".join(_VERBS)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=metavar)
    for name, (short, long) in _VERBS.items():
        _module(name).arguments(verbs.add_parser(name, help=short, description=long))


def run(args: argparse.Namespace, context: Context) -> int:
    """Do what the verb says; its exit code."""
    code: int = _module(args.verb).run(args, context)
    return code


def _module(verb: str) -> Any:
    return import_module(f"ironhull.commands._base_{verb}")
