"""`ironhull attest IMAGE WHAT…`: say something of an image and attach it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.commands._attestation_add import meant, names_of, note_all, tell
from ironhull.commands._attestations import IMAGE_HELP, add_storage_arguments, attaching
from ironhull.commands._context import Context
from ironhull.errors import UsageError

if TYPE_CHECKING:
    from ironhull.attestations import Place, Target
    from ironhull.model import Image
    from ironhull.stating import Said, Wish

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Attest an image and attach the statements: WHAT is spdx, cyclonedx, vulns, cosign-vuln, "
    "scout-vulns or secrets, which Ironhull makes, or TYPE=FILE (vex, tests, secrets, provenance, "
    "vsa, a URI)."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of attest."""
    parser.add_argument("image", metavar="IMAGE", help=IMAGE_HELP)
    parser.add_argument("what", nargs="*", metavar="WHAT", help="TYPE or TYPE=FILE")
    parser.add_argument(
        "--predicate", default="", metavar="FILE", help="as TYPE=FILE, as cosign has it"
    )
    parser.add_argument("--type", default="", metavar="TYPE", help="of --predicate")
    parser.add_argument(
        "-o",
        "--output",
        default="",
        metavar="FILE",
        help="write the statements, one a line, instead of attaching them (-: standard output)",
    )
    add_storage_arguments(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Attach, print NAME@DIGEST; 0."""
    from ironhull.attesting import attach_said
    from ironhull.stating import read_wish

    wishes = _wishes(args)
    from_files = {wish: read_wish(wish) for wish in wishes if wish.path is not None}
    for found in from_files.values():
        note_all(found, context)
    how = attaching(args, context.settings)
    done, lines = [], []
    for place, target in meant(args.image, args, context):
        said = _said(wishes, from_files, (place, target), args, context)
        if args.output:
            lines += _lines(target, said, names_of(place))
        else:
            done.append((place, attach_said(place, target, said, names_of(place), how)))
    if args.output:
        _write(args.output, lines, context)
    else:
        tell(done, args.storage, context)
    return 0


def _said(
    wishes: Sequence[Wish],
    from_files: Mapping[Wish, Said],
    about: tuple[Place, Target],
    args: argparse.Namespace,
    context: Context,
) -> list[Said]:
    """What is said of one manifest; what could not be checked is noted."""
    from ironhull.stating import Speaker, vex_files

    place, target = about
    speaker: Speaker | None = None
    said: list[Said] = []
    for wish in wishes:
        context.progress(f"{wish.type} of {place.name} {target.platform or ''}".rstrip(), 0, 0)
        if wish in from_files:
            said.append(from_files[wish])
            continue
        if speaker is None:
            image = _image(place, target, args, context)
            speaker = Speaker(image, context.settings, vex=vex_files(wishes))
        said.append(speaker.say(wish))
    for note in speaker.notes() if speaker else ():
        context.note(f"note: {note}")
    return said


def _image(place: Place, target: Target, args: argparse.Namespace, context: Context) -> Image:
    """The image the statements are about, to be looked into."""
    from ironhull.attesting import image_of

    if target.platform is None:
        raise UsageError(
            "Ironhull says nothing of an index", "leave --index out, or give TYPE=FILE"
        )
    return image_of(place, target, args.image, context.settings, plain_http=args.plain_http)


def _wishes(args: argparse.Namespace) -> tuple[Wish, ...]:
    from ironhull.stating import Wish, make_wish, parse_wish

    found = [parse_wish(text, "WHAT") for text in args.what]
    if args.predicate:
        found.append(
            make_wish(args.type, args.predicate, f"--type {args.type}")
            if args.type
            else Wish("", Path(args.predicate))
        )
    elif args.type:
        found.append(parse_wish(args.type, "--type"))
    if not found:
        raise UsageError("nothing to attest", "say what: `ironhull attest IMAGE spdx vulns`")
    return tuple(dict.fromkeys(found))


def _lines(target: Target, said: Sequence[Said], names: tuple[str, ...]) -> list[bytes]:
    from ironhull.attest import subjects_for
    from ironhull.stating import stated

    subjects = subjects_for(target.digest, target.platform, names)
    return [stated(item, subjects, target.digest)[0].rstrip(b"\n") + b"\n" for item in said]


def _write(path: str, lines: Sequence[bytes], context: Context) -> None:
    if path == "-":
        context.print(b"".join(lines))
        return
    from ironhull.store.files import atomic_write

    atomic_write(Path(path), b"".join(lines))
