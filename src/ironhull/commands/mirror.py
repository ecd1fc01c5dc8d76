"""`ironhull mirror`: many images kept in another place, with what goes with them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from ironhull.commands._context import Context, add_output_arguments
from ironhull.commands._transfer import add_moving_arguments, counted, listed_referrers

if TYPE_CHECKING:
    from ironhull.mirroring import Mirrored, MirroredImage, Selection

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Keep images in another place as they are in theirs: every tag of a repository, the tags that "
    "filters choose, or what a list names, with attestations, referrers and signatures. What is "
    "there is not sent again, what was interrupted goes on, every digest is verified and nothing "
    "is deleted. SRC is a repository or NAME:TAG of a registry, local://[NAME], oci-dir://PATH or "
    "archive://FILE; DST is a registry, REGISTRY/PREFIX/ (repositories keep their names below it), "
    "REGISTRY/REPOSITORY (for one repository), oci-dir://PATH or local://."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of mirror."""
    parser.add_argument("places", nargs="+", metavar="[SRC…] DST", help="what to keep, and where")
    parser.add_argument(
        "--from-file",
        action="append",
        default=[],
        metavar="LIST",
        help="sources, one a line, with filters of their own (-: standard input); repeatable",
    )
    parser.add_argument(
        "--tags",
        action="append",
        default=[],
        metavar="PATTERN",
        help="only tags such as '3.*-slim'; repeatable, one has to match",
    )
    parser.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="PATTERN",
        help="no tags such as '*-debug'; repeatable",
    )
    parser.add_argument(
        "--semver", default="", metavar="RANGE", help="only versions such as '>=1.2,<2' or '^3.1'"
    )
    parser.add_argument("--newest", metavar="N", help="only the N highest versions that are left")
    add_moving_arguments(parser)
    parser.add_argument(
        "--scoped",
        action="store_true",
        help="put the source's registry before each repository at the destination",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would be copied, and copy nothing"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="read everything that is there already and verify its digest",
    )
    add_output_arguments(parser, ("text", "json"), "text")


def run(args: argparse.Namespace, context: Context) -> int:
    """Mirror, say what was done; 0, or 1 where something is missing at the destination now."""
    import os

    from ironhull.errors import UsageError
    from ironhull.mirroring import How, mirror, parse_destination
    from ironhull.pipeline import registries
    from ironhull.sources import Asked

    if args.dry_run and args.check:
        raise UsageError("--dry-run reads nothing that --check would", "choose one of the two")
    *sources, dest = args.places
    destination = parse_destination(dest, scoped=args.scoped)
    client = registries(context.settings, plain_http=args.plain_http)
    asked = Asked(
        context.settings.images,
        environment=os.environ,
        cache=context.settings.cache,
        registries=lambda: client,
    )
    how = How(referrers=not args.no_referrers, dry=args.dry_run, check=args.check)
    selections = _selections(sources, args)
    done = mirror(selections, destination, asked, how, context.progress)
    context.report(done.problems)
    if done.unnamed:
        context.note(f"note: left out, without a name: {counted(done.unnamed, 'image')}")
    context.emit(
        args,
        {
            "text": lambda: _text(done, dry=args.dry_run),
            "json": lambda: _json(done, destination.text, args),
        },
    )
    return 1 if done.failed else 0


def _selections(sources: list[str], args: argparse.Namespace) -> list[Selection]:
    """Those of the command line, then those of the lists; raises UsageError without any."""
    from ironhull.errors import UsageError
    from ironhull.mirroring import Selection, count_of, read_selections
    from ironhull.registry.tags import TagFilter

    newest = count_of(args.newest, "--newest ") if args.newest is not None else 0
    tags = TagFilter(tuple(args.tags), tuple(args.exclude), args.semver, newest)
    platform = "" if args.platform == "all" else args.platform
    found = [Selection(source, "", tags, platform) for source in sources]
    for name in args.from_file:
        found += read_selections(_read(name), "standard input" if name == "-" else name)
    if not found:
        raise UsageError("nothing to mirror", "give SRC before DST, or --from-file LIST")
    return found


def _read(name: str) -> bytes:
    import sys
    from pathlib import Path

    from ironhull.errors import UsageError
    from ironhull.limits import LIMITS

    if name == "-":
        return sys.stdin.buffer.read(LIMITS.mirror_list_bytes + 1)
    try:
        with Path(name).open("rb") as file:
            return file.read(LIMITS.mirror_list_bytes + 1)
    except OSError as trouble:
        raise UsageError(
            f"{name}: cannot be read: {trouble.strerror}", "check --from-file"
        ) from None


def _text(done: Mirrored, *, dry: bool) -> str:
    lines = []
    for image in done.images:
        if image.status == "failed":
            lines.append(f"failed   {image.source} -> {image.destination}: {image.problem}")
            continue
        lines.append(f"{image.status:<8} {image.source} -> {image.destination}@{image.digest}")
        if image.referrers:
            lines.append(f"         with {counted(len(image.referrers), 'referrer')}")
    counts = dict.fromkeys(("new", "updated", "current", "failed"), 0)
    for image in done.images:
        counts[image.status] += 1
    total = ", ".join(f"{count} {word}" for word, count in counts.items())
    size = sum(image.bytes for image in done.images)
    blobs = sum(image.copied for image in done.images)
    verb = "to copy" if dry else "copied"
    lines.append(f"{total}; {counted(blobs, 'blob')} {verb} ({size:,} bytes)")
    if done.problems:
        lines.append(f"{counted(len(done.problems), 'source')} could not be read")
    from ironhull.errors import printable

    return "".join(f"{printable(line)}\n" for line in lines)


def _json(done: Mirrored, destination: str, args: argparse.Namespace) -> str:
    import json

    document = {
        "schema": "ironhull/mirror",
        "schema_version": 1,
        "destination": destination,
        "dry_run": args.dry_run,
        "checked": args.check,
        "images": [_image(image) for image in done.images],
        "unnamed": done.unnamed,
        "problems": [{"source": p.where, "message": p.message} for p in done.problems],
    }
    return json.dumps(document, indent=2) + "\n"


def _image(image: MirroredImage) -> dict[str, Any]:
    return {
        "source": image.source,
        "destination": image.destination,
        "digest": image.digest,
        "previous_digest": image.before,
        "status": image.status,
        "problem": image.problem,
        "manifests": image.manifests,
        "blobs": {
            "copied": image.copied,
            "there": image.there,
            "mounted": image.mounted,
            "absent": list(image.absent),
            "bytes": image.bytes,
        },
        "referrers": listed_referrers(image.referrers),
    }
