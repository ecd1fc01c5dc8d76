"""`ironhull images`: what is in the local store, how large it is; taking names and blobs away."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ironhull.commands._context import Context, add_output_arguments
from ironhull.commands._publish import EXPORTS, export_target
from ironhull.errors import UsageError
from ironhull.formats.text_table import safe
from ironhull.model import Problem

if TYPE_CHECKING:
    from ironhull.store.images import ImageStore, StoredImage

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "List the images in the local store, or those of repository NAME (or just NAME:TAG). "
    "CONTENT SIZE is the layers as stored, DISK USAGE that and their files unpacked."
)
_COLUMNS = ("IMAGE", "ID", "DISK USAGE", "CONTENT SIZE")
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
_GAP = "   "


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of images."""
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help="such as web, web:init")
    parser.add_argument(
        "--remove",
        action="append",
        default=[],
        metavar="IMAGE",
        help="take a name, or all names of an ID, away; repeat for several",
    )
    parser.add_argument(
        "--prune",
        action="store_true",
        help="remove what no image needs any more and is older than a day",
    )
    parser.add_argument(
        "--export",
        action="append",
        default=[],
        metavar="KIND=PATH",
        help=f"write image NAME to PATH; KIND is {', '.join(EXPORTS)}; repeat",
    )
    parser.add_argument(
        "--no-attestations",
        action="store_true",
        help="export the bare image, for tools that refuse an index with attestations (umoci)",
    )
    add_output_arguments(parser, ("text", "json", "ids"), "text")


def run(args: argparse.Namespace, context: Context) -> int:
    """Print the list (or change the store); 0."""
    from ironhull.store.images import ImageStore

    store = ImageStore(context.settings.images)
    if args.remove or args.prune:
        if args.name:
            raise UsageError("NAME cannot stand beside --remove and --prune", "use --remove NAME")
        _change(store, args.remove, context, prune=args.prune)
        return 0
    if args.export:
        _export(store, args, context)
        return 0
    found = store.list(args.name)
    context.report([Problem("store", i.name or i.digest, i.problem) for i in found if i.problem])
    if not found:
        context.note("no such image in the local store" if args.name else "no images yet")
    context.emit(
        args,
        {
            "text": lambda: _text(found),
            "json": lambda: _json(found),
            "ids": lambda: _lines(dict.fromkeys(image.id for image in found)),
        },
    )
    return 0


def _export(store: ImageStore, args: argparse.Namespace, context: Context) -> None:
    """Write the image as every KIND=PATH; all are checked before the first is written."""
    targets = [export_target("--export", spec) for spec in args.export]
    image = store.find(args.name or store.latest())
    for kind, path in targets:
        store.export(image, kind, path, attestations=not args.no_attestations)
        context.note(f"{image.name or image.digest} written to {path} ({kind})")


def _change(store: ImageStore, names: Sequence[str], context: Context, *, prune: bool) -> None:
    for name in names:
        context.note(f"removed {', '.join(store.remove(name)) or name}")
    if prune:
        gone = store.prune()
        context.note(f"pruned {gone.blobs} blobs, {_size(gone.bytes)}")


def _text(images: Sequence[StoredImage]) -> str:
    rows = [_COLUMNS, *(_row(image) for image in images)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    return _lines(
        _GAP.join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def _row(image: StoredImage) -> tuple[str, str, str, str]:
    name = safe(image.name) or "<none>"
    if image.problem:
        return name, safe(image.id), "damaged", "damaged"
    return name, safe(image.id), _size(image.disk_usage), _size(image.content_size)


def _size(size: int) -> str:
    """Three digits in decimal units, as Docker prints sizes of images: 261MB, 69.8MB, 1.2kB."""
    value, unit = float(size), 0
    while unit < len(_UNITS) - 1 and float(f"{value:.3g}") >= 1000:
        value, unit = value / 1000, unit + 1
    return f"{value:.3g}{_UNITS[unit]}"


def _json(images: Sequence[StoredImage]) -> str:
    import json
    from dataclasses import asdict

    document = {
        "schema": "ironhull/images",
        "schema_version": 1,
        "images": [asdict(image) for image in images],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line.rstrip()}\n" for line in lines)
