"""`ironhull bases`: the index of known images, by which the base of an image is recognised."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ironhull.commands._context import Context, add_output_arguments
from ironhull.errors import UsageError

if TYPE_CHECKING:
    from ironhull.model import KnownImage
    from ironhull.recommending.indexing import Indexed
    from ironhull.registry.tags import TagFilter

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Keep an index of images that others are built on: their names, digests and layers. By it the "
    "base of an image that does not name one is recognised, and it is known offline what a tag "
    "leads to. Only manifests and configs are read."
)
_COLUMNS = ("IMAGE", "PLATFORM", "DIGEST", "LAYERS", "SIZE", "CREATED", "SEEN")
_GAP = "   "


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the sub-commands."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="index|list|remove")
    index = verbs.add_parser(
        "index",
        help="look at images and keep what identifies them",
        description="Look at images, for every platform, and keep what identifies them.",
    )
    index.add_argument(
        "images",
        nargs="+",
        metavar="REF",
        help="name, or PREFIX://WHERE (registry, oci-dir, archive, docker, podman);"
        " local:// is every image of the local store",
    )
    index.add_argument(
        "--tags",
        action="append",
        default=[],
        metavar="PATTERN",
        help="REF is a repository: its tags such as '3.*-slim'; repeatable",
    )
    index.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="PATTERN",
        help="no tags such as '*-windows*'; repeatable",
    )
    index.add_argument("--newest", metavar="N", help="of these tags the N highest versions")
    index.add_argument(
        "--name", default="", metavar="NAME", help="what the one image of a layout is called"
    )
    add_output_arguments(index, ("text", "json"), "text")
    listing = verbs.add_parser(
        "list", help="list what is known", description="List the images of the index."
    )
    listing.add_argument("name", nargs="?", default="", metavar="NAME", help="only this repository")
    listing.add_argument("--all", action="store_true", help="also what names led to before")
    add_output_arguments(listing, ("text", "json"), "text")
    removal = verbs.add_parser(
        "remove", help="forget images", description="Forget images of the index."
    )
    removal.add_argument(
        "names", nargs="+", metavar="NAME", help="repository, repository:tag, or digest"
    )


def run(args: argparse.Namespace, context: Context) -> int:
    """Index, list or remove; 0."""
    from ironhull.recommending import base_index

    index = base_index(context.settings)
    if args.verb == "remove":
        for name in args.names:
            gone = index.remove(name)
            context.note(f"{name}: {gone} {'entry' if gone == 1 else 'entries'} removed")
        return 0
    if args.verb == "index":
        found = _index(args, context)
        context.report(found.problems)
        known: Sequence[KnownImage] = found.images
        context.note(f"{len(known)} images looked at, {found.fresh} of them new")
    else:
        known = [each for each in index.everything() if each.current or args.all]
        known = _of_repository(known, args.name)
        if not known:
            context.note("nothing is known" + (f" of {args.name}" if args.name else ""))
    context.emit(args, {"text": lambda: _text(known), "json": lambda: _json(known)})
    return 0


def _index(args: argparse.Namespace, context: Context) -> Indexed:
    from ironhull.pipeline import now
    from ironhull.recommending.indexing import index_images

    return index_images(
        args.images,
        context.settings,
        tags=_filter(args),
        name=args.name,
        now=now(),
        progress=context.progress,
    )


def _filter(args: argparse.Namespace) -> TagFilter | None:
    from ironhull.registry.tags import TagFilter

    if not (args.tags or args.exclude or args.newest):
        return None
    newest = args.newest or "0"
    if not (newest.isascii() and newest.isdigit() and len(newest) < 9):
        raise UsageError(f"--newest {newest} is not a number", "such as --newest 5")
    return TagFilter(tuple(args.tags), tuple(args.exclude), newest=int(newest))


def _of_repository(known: Sequence[KnownImage], name: str) -> list[KnownImage]:
    from ironhull.oci.names import Reference

    if not name:
        return list(known)
    wanted = Reference.parse(name)
    tagged = ":" in name.rpartition("/")[2]
    found = [(each, Reference.parse(each.name)) for each in known if each.name]
    return [
        each
        for each, there in found
        if (there.registry, there.repository) == (wanted.registry, wanted.repository)
        and (not tagged or there.tag == wanted.tag)
    ]


def _text(known: Sequence[KnownImage]) -> str:
    from ironhull.formats.text_table import human_size, safe, short_digest

    rows = [_COLUMNS]
    for each in known:
        name = safe(each.name) or "<none>"
        rows.append(
            (
                name if each.current else f"{name} (before)",
                safe(str(each.platform)),
                short_digest(each.index_digest or each.digest),
                str(len(each.layers)),
                human_size(each.size),
                safe(each.created[:10]) or "-",
                safe(each.seen[:10]) or "-",
            )
        )
    widths = [max(len(row[place]) for row in rows) for place in range(len(_COLUMNS))]
    lines = (_GAP.join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _json(known: Sequence[KnownImage]) -> str:
    images: list[dict[str, Any]] = [
        {
            "name": each.name,
            "platform": str(each.platform),
            "digest": each.digest,
            "index_digest": each.index_digest,
            "config_digest": each.config_digest,
            "layers": list(each.layers),
            "size": each.size,
            "created": each.created,
            "base": {"name": each.base[0], "digest": each.base[1]} if each.base[0] else None,
            "origin": each.origin,
            "seen": each.seen,
            "current": each.current,
        }
        for each in known
    ]
    document = {"schema": "ironhull/known-images", "schema_version": 1, "images": images}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
