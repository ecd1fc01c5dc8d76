"""What `pull`, `push` and `copy` share: options, the transfer itself, what is said of it."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ironhull.commands._context import Context

if TYPE_CHECKING:
    from ironhull.oci.referrers import Companion
    from ironhull.registry.transfer import Transferred
    from ironhull.sources.targets import Target

__all__ = [
    "add_moving_arguments",
    "add_transfer_arguments",
    "counted",
    "listed_referrers",
    "transfer_image",
]


def add_transfer_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --platform, --no-referrers, --plain-http and --format."""
    add_moving_arguments(parser)
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="what to print (default: text)"
    )


def add_moving_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --platform, --no-referrers and --plain-http."""
    parser.add_argument(
        "--platform",
        default="",
        metavar="OS/ARCH",
        help="only this one (default: all, every platform)",
    )
    parser.add_argument(
        "--no-referrers",
        action="store_true",
        help="the image alone, without signatures, SBOMs and other things that refer to it",
    )
    parser.add_argument(
        "--plain-http", action="store_true", help="speak http, without TLS, with registries"
    )


def transfer_image(source: str, dest: str, args: argparse.Namespace, context: Context) -> int:
    """Move the image `source` to `dest` ("" gives it the source's name there); prints NAME@DIGEST.

    Raises ReferenceFault, RegistryError, ImageError, StoreError.
    """
    import os

    from ironhull.pipeline import parse_platform, registries
    from ironhull.registry.transfer import plan, transfer
    from ironhull.sources import Asked
    from ironhull.sources.origins import open_origin
    from ironhull.sources.targets import open_target, parse_target

    client = registries(context.settings, plain_http=args.plain_http)
    asked = Asked(
        context.settings.images,
        parse_platform("" if args.platform == "all" else args.platform),
        environment=os.environ,
        cache=context.settings.cache,
        registries=lambda: client,
    )
    parse_target(dest, "")  # what is wrong with it is said before any work
    origin = open_origin(source, asked)
    target = parse_target(dest, origin.name)
    context.progress(f"reading {origin.name}", 0, 0)
    found = plan(origin, referrers=not args.no_referrers)
    with open_target(target, origin, asked, found) as sink:
        done = transfer(found, origin, sink, context.progress)
    for digest in done.absent:
        context.note(f"note: foreign layer {digest} was not copied: it is kept at another address")
    _tell(source, target, done, args.format, context)
    return 0


def _tell(source: str, target: Target, done: Transferred, kind: str, context: Context) -> None:
    root = done.plan.root.descriptor
    name = target.name.partition("@")[0] or str(target.path)
    if kind == "json":
        import json

        context.print(json.dumps(_document(source, name, target, done), indent=2))
        return
    manifests = counted(len(done.plan.documents) + len(done.plan.companion_documents), "manifest")
    context.note(
        f"{manifests}; blobs: {done.copied} copied ({done.bytes:,} bytes), "
        f"{done.there} there already, {done.nearby} taken from another repository; "
        f"{counted(len(done.plan.companions), 'referrer')}"
    )
    context.print(f"{name}@{root.digest}\n")


def counted(count: int, noun: str) -> str:
    """`1 blob`, `2 blobs`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _document(source: str, name: str, target: Target, done: Transferred) -> dict[str, Any]:
    root = done.plan.root.descriptor
    return {
        "schema": "ironhull/transfer",
        "schema_version": 1,
        "source": source,
        "destination": {"kind": target.kind, "name": name},
        "digest": root.digest,
        "media_type": root.media_type,
        "manifests": [item.descriptor.digest for item in done.plan.documents],
        "blobs": {
            "copied": done.copied,
            "there": done.there,
            "mounted": done.nearby,
            "absent": list(done.absent),
            "bytes": done.bytes,
        },
        "referrers": listed_referrers(done.plan.companions),
    }


def listed_referrers(companions: Iterable[Companion]) -> list[dict[str, str]]:
    """What goes with an image, as documents list it."""
    return [
        {
            "digest": item.descriptor.digest,
            "subject": item.about,
            "artifact_type": item.descriptor.artifact_type,
            "tag": item.tag,
        }
        for item in companions
    ]
