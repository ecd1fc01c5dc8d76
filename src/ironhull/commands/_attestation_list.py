"""`ironhull attestation list`: what is attached to an image, wherever it is kept."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from ironhull.commands._attestations import (
    IMAGE_HELP,
    add_find_arguments,
    head,
    look,
    platform_of,
    row_json,
)
from ironhull.commands._context import Context, add_output_arguments

if TYPE_CHECKING:
    from ironhull.attestations import Found

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "List what is attached to an image: statements in its index, OCI referrers, cosign's tags. "
    "Nothing is fetched but manifests."
)
_COLUMNS = ("PLATFORM", "TYPE", "SIZE", "STORAGE", "DIGEST", "PREDICATE TYPE")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of attestation list."""
    parser.add_argument("image", nargs="?", default="", metavar="IMAGE", help=IMAGE_HELP)
    add_find_arguments(parser)
    add_output_arguments(parser, ("list", "json", "ids"), "list")


def run(args: argparse.Namespace, context: Context) -> int:
    """Print the list; 0."""
    _, found, name = look(args, context)
    context.emit(
        args,
        {
            "list": lambda: _text(found),
            "json": lambda: _json(name, found),
            "ids": lambda: "".join(f"{item.digest}\n" for item in found.attachments),
        },
    )
    context.report(found.problems)
    return 0


def _text(found: Found) -> str:
    from ironhull.formats.text_table import human_size, safe
    from ironhull.predicates import predicate_name

    if not found.attachments:
        return "no attestations\n"
    rows = [_COLUMNS]
    for item in found.attachments:
        kind = item.predicate_type
        artifact = found.artifact_types.get(item.manifest) or item.media_type
        name = predicate_name(kind) if kind else "-"
        rows.append(
            (
                safe(platform_of(item, found)) or "-",
                safe(name if name != kind else "other"),
                human_size(item.size),
                item.storage or "-",
                item.digest,
                safe(kind or artifact),
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(_COLUMNS))]
    lines = ("   ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _json(name: str, found: Found) -> str:
    document = head("attestations", name, found)
    document["attestations"] = [row_json(item, found) for item in found.attachments]
    document["problems"] = [
        {"where": problem.where, "message": problem.message} for problem in found.problems
    ]
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
