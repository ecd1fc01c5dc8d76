"""`ironhull attestation add`: attach what files say to an image."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.commands._attestations import IMAGE_HELP, add_storage_arguments, attaching
from ironhull.commands._context import Context

if TYPE_CHECKING:
    from ironhull.attestations import Attached, Place, Target
    from ironhull.stating import Said

__all__ = ["HELP", "arguments", "meant", "names_of", "note_all", "run", "tell"]

HELP = (
    "Attach what files say to an image in a registry, the store or an OCI layout: predicates, of "
    "which --predicate-type says the type, or whole statements, bare or signed."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of attestation add."""
    parser.add_argument("image", nargs="+", metavar="IMAGE", help=IMAGE_HELP)
    parser.add_argument(
        "--file",
        action="append",
        default=[],
        required=True,
        metavar="FILE",
        help="a predicate or a statement; repeat for several",
    )
    parser.add_argument(
        "--predicate-type",
        default="",
        metavar="TYPE",
        help="of predicates: a name such as vex, spdx, tests, or a URI",
    )
    add_storage_arguments(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Attach, print NAME@DIGEST; 0."""
    from ironhull.attesting import attach_said
    from ironhull.stating import Wish, make_wish, read_wish

    wishes = [
        make_wish(args.predicate_type, path, f"--predicate-type {args.predicate_type}")
        if args.predicate_type
        else Wish("", Path(path))
        for path in args.file
    ]
    said = [read_wish(wish) for wish in wishes]
    for item in said:
        note_all(item, context)
    how = attaching(args, context.settings)
    for image in args.image:
        done = [
            (place, attach_said(place, target, said, names_of(place), how))
            for place, target in meant(image, args, context)
        ]
        tell(done, args.storage, context)
    return 0


def meant(image: str, args: argparse.Namespace, context: Context) -> Iterator[tuple[Place, Target]]:
    """What statements are about: a platform's manifest, each one's (`all`), or the index.

    Each with the place as it is then: attaching may change it. Raises ReferenceFault.
    """
    from ironhull.attestations import targets_of
    from ironhull.attesting import open_place, target_of
    from ironhull.errors import ReferenceFault, UsageError
    from ironhull.pipeline import parse_platform

    every = args.platform == "all"
    if every and args.index:
        raise UsageError("--index and --platform all are two things", "attach in two steps")
    place = open_place(image, context.settings, plain_http=args.plain_http)
    if args.index:
        first = targets_of(place)[0]
        if first.platform is not None:
            raise ReferenceFault(f"{place.name}: has no index", "leave --index out")
        yield place, first
    elif not every:
        yield place, target_of(place, parse_platform(args.platform))
    else:
        for target in targets_of(place):
            if target.platform is not None:
                yield open_place(image, context.settings, plain_http=args.plain_http), target


def names_of(place: Place) -> tuple[str, ...]:
    """The image's name for the subject of a statement; none where it is known by digest or path."""
    from ironhull.errors import ReferenceFault
    from ironhull.oci.names import Reference

    try:
        reference = Reference.parse(place.name)
    except ReferenceFault:
        return ()
    return () if reference.digest and not reference.tag else (place.name,)


def note_all(said: Said, context: Context) -> None:
    """What is wrong with what is said and does no harm."""
    for note in said.notes:
        context.note(f"warning: {note}")


def tell(done: Sequence[tuple[Place, Attached]], storage: str, context: Context) -> None:
    """Which manifests hold it now on stderr, NAME@DIGEST of the image on stdout."""
    for _, attached in done:
        for manifest in attached.manifests:
            context.note(f"attached: {storage} {manifest.digest}")
    before, (place, last) = done[0][1].before, done[-1]
    if before != last.digest:
        context.note(f"note: the image was {before}: signatures of that are not of this")
    name = place.name.partition("@")[0]
    context.print(f"{name}@{last.digest}\n")
