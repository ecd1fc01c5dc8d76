"""`ironhull cache`: what is kept to save work, and how to get room again."""

from __future__ import annotations

import argparse
import time

from ironhull.commands._context import Context, add_output_arguments
from ironhull.config import parse_size
from ironhull.errors import StoreError, UsageError
from ironhull.formats.text_table import human_size
from ironhull.store.caches import CacheUse, prune, usage

__all__ = ["HELP", "arguments", "run"]

HELP = "Show what is kept to save work (layers read, SBOMs made, answers given), or remove some."

_SPANS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_WHAT = {
    "layers": "what reading a layer gave, by diff_id",
    "sboms": "SBOMs, by image ID",
    "secrets": "secrets found in layers and images, redacted",
    "answers": "what commands wrote, by all they read",
    "engines": "documents of images in engines, by image ID",
    "registries": "documents of images in registries, by digest",
    "statements": "large VEX documents as read, by content",
    "licenses": "licence texts and what they are, by image ID",
    "postures": "what is in file systems to be used, by image ID",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add `df` and `prune`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="df|prune")
    text = "What is kept, how much of it, and when the oldest of it was last used."
    shown = actions.add_parser("df", help="how much is kept", description=text)
    add_output_arguments(shown, ("text", "json"), "text")
    text = "Remove from the caches; images, advisories and downloaded packages stay."
    pruned = actions.add_parser("prune", help="remove what is kept", description=text)
    pruned.add_argument("--all", action="store_true", help="remove everything")
    pruned.add_argument(
        "--keep-size",
        type=_size,
        metavar="SIZE",
        help="remove the least recently used until SIZE (such as 500MB) is left",
    )
    pruned.add_argument(
        "--older-than",
        type=_span,
        metavar="SPAN",
        help="remove what was not used for this long (30m, 12h, 7d, 2w)",
    )


def _size(text: str) -> int:
    size = parse_size(text)
    if size is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size (500MB, 2GiB)")
    return size


def _span(text: str) -> int:
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit() and len(number) < 10 and unit in _SPANS):
        raise argparse.ArgumentTypeError(f"{text!r} is no span of time (30m, 12h, 7d)")
    return int(number) * _SPANS[unit]


def run(args: argparse.Namespace, context: Context) -> int:
    """Do what was asked for; 0."""
    return _prune(args, context) if args.action == "prune" else _df(args, context)


def _df(args: argparse.Namespace, context: Context) -> int:
    uses = usage(context.settings.cache)
    context.emit(args, {"text": lambda: _text(uses, context), "json": lambda: _json(uses, context)})
    return 0


def _prune(args: argparse.Namespace, context: Context) -> int:
    if not args.all and args.keep_size is None and args.older_than is None:
        raise UsageError(
            "nothing says what to remove", "give --all, --keep-size SIZE or --older-than SPAN"
        )
    root = context.settings.cache
    keep = 0 if args.all else args.keep_size
    pruned = prune(root, now=time.time(), keep_bytes=keep, unused_seconds=args.older_than)
    context.print(f"removed {_files(pruned.files)}, {human_size(pruned.bytes)}")
    left = sum(use.files for use in usage(root))
    if args.all and left:
        raise StoreError(
            f"{root}: {_files(left)} could not be removed", "check who owns them and their rights"
        )
    return 0


def _text(uses: tuple[CacheUse, ...], context: Context) -> str:
    rows = [("KIND", "FILES", "SIZE", "OLDEST USE", "WHAT")]
    rows += [
        (use.kind, f"{use.files:,}", human_size(use.bytes), _when(use.oldest), _WHAT[use.kind])
        for use in uses
    ]
    total = sum(use.bytes for use in uses)
    oldest = min((use.oldest for use in uses if use.oldest is not None), default=None)
    rows.append(
        (
            "total",
            f"{sum(use.files for use in uses):,}",
            human_size(total),
            _when(oldest),
            _room(context),
        )
    )
    widths = [max(len(row[n]) for row in rows) for n in range(5)]
    lines = [f"{context.settings.cache}", ""]
    for kind, files, size, when, what in rows:
        lines.append(
            f"{kind:<{widths[0]}}  {files:>{widths[1]}}  {size:>{widths[2]}}"
            f"  {when:<{widths[3]}}  {what}"
        )
    return "\n".join(lines) + "\n"


def _room(context: Context) -> str:
    limit = context.settings.cache_bytes
    return f"of {human_size(limit)} allowed" if limit else "caching is turned off"


def _json(uses: tuple[CacheUse, ...], context: Context) -> bytes:
    import json

    document = {
        "schema": "ironhull/cache",
        "schema_version": 1,
        "directory": str(context.settings.cache),
        "limit": context.settings.cache_bytes,
        "bytes": sum(use.bytes for use in uses),
        "kinds": [
            {
                "kind": use.kind,
                "files": use.files,
                "bytes": use.bytes,
                "oldest_use": _when(use.oldest) or None,
                "newest_use": _when(use.newest) or None,
            }
            for use in uses
        ],
    }
    return json.dumps(document, indent=2).encode() + b"\n"


def _when(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"
