"""`ironhull base verify NAME`: whether a base image is what it says."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from ironhull.commands._base_test import FAILED
from ironhull.commands._context import Context, add_output_arguments
from ironhull.commands._trust import add_trust_arguments, trust_of
from ironhull.errors import printable

if TYPE_CHECKING:
    from ironhull.basing import Checked
    from ironhull.model import Image

__all__ = ["arguments", "run"]

_WORDS = {"holds": "ok  ", "fails": "FAIL", "open": "open"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of verify."""
    parser.add_argument("definition", metavar="NAME", help="a name of the catalog, or a YAML file")
    parser.add_argument(
        "--image", default="", help="the image to verify (default: the one the definition names)"
    )
    parser.add_argument("--platform", default="", metavar="OS/ARCH", help="default: this machine's")
    parser.add_argument(
        "--no-rebuild", action="store_true", help="do not build it again from its lock"
    )
    add_trust_arguments(parser)
    add_output_arguments(parser, ("text", "json"), "text")


def run(args: argparse.Namespace, context: Context) -> int:
    """Print what was checked; 0, or 2 where something does not hold."""
    from ironhull.basing import Wanted, verified
    from ironhull.commands._base_names import image_of
    from ironhull.store.images import ImageStore

    trust = trust_of(args, context.settings)
    store = ImageStore(context.settings.images)
    found, image = image_of(args.definition, args.image, args.platform, store)
    wanted = Wanted(found, image, trust, rebuild=not args.no_rebuild)
    checks = list(verified(wanted, context.settings))
    context.emit(
        args,
        {
            "text": lambda: _text(image, checks),
            "json": lambda: json.dumps(_json(image, checks), indent=2) + "\n",
        },
    )
    return FAILED if any(check.state == "fails" for check in checks) else 0


def _text(image: Image, checks: list[Checked]) -> str:
    width = max(len(check.name) for check in checks)
    lines = [f"{image.name}@{image.digest}"]
    lines += [f"{_WORDS[c.state]}  {c.name.ljust(width)}  {c.detail}" for c in checks]
    return "".join(f"{printable(line)}\n" for line in lines)


def _json(image: Image, checks: list[Checked]) -> dict[str, Any]:
    return {
        "schema": "ironhull/base-verification",
        "schema_version": 1,
        "image": image.name,
        "digest": image.digest,
        "verified": all(check.state == "holds" for check in checks),
        "checks": [{"name": c.name, "state": c.state, "detail": c.detail} for c in checks],
    }
