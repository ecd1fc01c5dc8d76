"""`ironhull base test NAME`: the tests of a definition, run in containers of its image."""

from __future__ import annotations

import argparse
import json
import os
from typing import TYPE_CHECKING

from ironhull.commands._context import Context, add_output_arguments
from ironhull.errors import printable

if TYPE_CHECKING:
    from ironhull.basing import Tried

__all__ = ["FAILED", "RUNTIMES", "arguments", "run"]

RUNTIMES = ("docker", "podman", "runc", "crun")
"""As in `containers`, which takes long to import."""

FAILED = 2
"""The exit code where a test failed; 1 is for those that could not be run."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of test."""
    parser.add_argument("definition", metavar="NAME", help="a name of the catalog, or a YAML file")
    parser.add_argument(
        "--image", default="", help="the image to try (default: the one the definition names)"
    )
    parser.add_argument(
        "--with",
        dest="runtime",
        choices=RUNTIMES,
        default="",
        help="what runs the containers (default: the first that works here)",
    )
    parser.add_argument("--platform", default="", metavar="OS/ARCH", help="default: this machine's")
    add_output_arguments(parser, ("text", "json"), "text")


def run(args: argparse.Namespace, context: Context) -> int:
    """Run the tests; 0 where all pass, 2 where one fails."""
    from ironhull.basing import ctrf, tried
    from ironhull.commands._base_names import image_of
    from ironhull.containers import choose_runtime
    from ironhull.store.images import ImageStore

    store = ImageStore(context.settings.images)
    found, image = image_of(args.definition, args.image, args.platform, store)
    runtime = choose_runtime(args.runtime, os.environ)
    context.note(f"{image.name}: tried with {runtime.name}")
    results: list[Tried] = []
    for one in tried(image, found.definition, runtime, store):
        context.progress(one.name, len(results), 0)
        results.append(one)
    context.emit(
        args,
        {
            "text": lambda: _text(results),
            "json": lambda: json.dumps(ctrf(results, "ironhull base test"), indent=2) + "\n",
        },
    )
    return 0 if all(one.passed for one in results) else FAILED


def _text(results: list[Tried]) -> str:
    lines = []
    for one in results:
        lines.append(f"{'pass' if one.passed else 'FAIL'}  {printable(one.name)}\n")
        if not one.passed:
            lines.append(f"      {printable(one.reason)}\n")
    failed = sum(not one.passed for one in results)
    number = f"{len(results)} test{'' if len(results) == 1 else 's'}"
    return "".join(lines) + f"{number}, {failed} failed\n"
