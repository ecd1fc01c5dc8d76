"""`ironhull attestation get`: one attestation of an image, whole or its predicate alone."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ironhull.commands._attestations import (
    IMAGE_HELP,
    add_find_arguments,
    head,
    listed,
    look,
    platform_of,
    row_json,
)
from ironhull.commands._context import Context
from ironhull.commands._trust import add_trust_arguments, check_lines, checks_json, trust_of
from ironhull.errors import FormatError, ReferenceFault, SignatureError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ironhull.attestations import Found, Place
    from ironhull.attesting import Verified
    from ironhull.model import Attachment

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Write one attestation of an image: the statement as it was made, or its predicate alone. "
    "With --verify (or a key) it is written if a trusted signature covers it, and not else."
)
_FORMATS = ("statement", "predicate", "envelope", "json")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of attestation get."""
    parser.add_argument("image", metavar="IMAGE", help=IMAGE_HELP)
    parser.add_argument(
        "digest", nargs="?", default="", metavar="DIGEST", help="as `attestation list` prints it"
    )
    add_find_arguments(parser)
    parser.add_argument(
        "--format",
        choices=_FORMATS,
        default="statement",
        help="statement: as it was made; predicate: what it says alone; envelope: as it is kept, "
        "signatures and all; json: with where it is kept and what was checked (default: statement)",
    )
    parser.add_argument(
        "--predicate", action="store_const", const="predicate", dest="format", help="as --format"
    )
    parser.add_argument("--all", action="store_true", help="every one that fits, one a line")
    parser.add_argument(
        "-o", "--output", default="-", metavar="FILE", help="where to (-: standard output)"
    )
    parser.add_argument(
        "--verify", action="store_true", help="refuse what no key of [trust] or --key signed"
    )
    parser.add_argument("--skip-tlog", action="store_true", help="ask no transparency log for it")
    add_trust_arguments(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Write it; 0. Raises ReferenceFault for none or several, SignatureError."""
    from ironhull.attesting import failed, verify_attached
    from ironhull.values import replace

    trust = trust_of(args, context.settings)
    if args.skip_tlog:
        trust = replace(trust, logs=(), require_log=False)
    asked = args.verify or bool(args.key or args.certificate_identity)
    if args.verify and not trust:
        raise UsageError("nobody is trusted", "give --key FILE, or keys in [trust]")
    near = not (args.all or args.digest or args.platform)
    place, found, _ = look(args, context, near=near)
    context.report(found.problems)
    chosen = _candidates(args, found, place)
    if asked:
        checked = verify_attached(place, replace(found, attachments=tuple(chosen)), trust)
        for wrong in failed(checked):
            raise SignatureError(wrong.trouble, "it is not written", wrong.reason)
        checked = tuple(item for item in checked if not item.trouble)
        _one([item.attachment for item in checked], args, found, place)
        for item in checked:
            context.note(f"verified: signed by {item.signer} ({item.signed})")
            for line in check_lines(item.checks, "  "):
                context.note(line)
    else:
        _one(chosen, args, found, place)
        checked = verify_attached(place, replace(found, attachments=tuple(chosen)), None)
        for item in checked:
            if item.trouble and (item.statement is None or item.reason == "other-subject"):
                raise SignatureError(item.trouble, "it is not written", item.reason)
    _write(args, context, _pieces(args, checked, found, place))
    return 0


# ── which ────────────────────────────────────────────────────────────────────────────────────────


def _candidates(args: argparse.Namespace, found: Found, place: Place | None) -> list[Attachment]:
    """The attestations meant: each content once, of one platform unless it is named by digest."""
    there = list(found.attachments)
    if args.digest:
        start = args.digest if ":" in args.digest else f"sha256:{args.digest}"
        there = [i for i in there if i.digest.startswith(start) or i.manifest.startswith(start)]
    elif place is not None and not args.platform and not args.all:
        there = _of_one_platform(there, found, place)
    if not args.all:
        there = list({item.digest: item for item in reversed(there)}.values())[::-1]
    return there


def _one(
    there: Sequence[Attachment], args: argparse.Namespace, found: Found, place: Place | None
) -> None:
    """That there is one, or, with --all, any; raises ReferenceFault."""
    name = place.name if place else args.image
    what = args.digest or " or ".join(args.predicate_type) or "attestation"
    if not there:
        hint = listed(found) if not args.predicate_type else f"`ironhull attestation list {name}`"
        raise ReferenceFault(f"{name}: no {what} is attached", hint)
    if len(there) > 1 and not args.all:
        digests = ", ".join(item.digest[:19] for item in there[:5])
        types = "" if args.predicate_type else "give --predicate-type, "
        raise ReferenceFault(
            f"{name}: {len(there)} attestations fit", f"{types}name one of {digests}, or give --all"
        )


def _of_one_platform(there: Sequence[Attachment], found: Found, place: Place) -> list[Attachment]:
    """Those of the host's platform (or the only one there is), and of the index."""
    from ironhull.attesting import target_of

    if len({platform_of(item, found) for item in there} - {"index"}) < 2:
        return list(there)
    digest = target_of(place, None).digest
    return [item for item in there if item.subject == digest or platform_of(item, found) == "index"]


# ── written ──────────────────────────────────────────────────────────────────────────────────────


def _pieces(
    args: argparse.Namespace, checked: Sequence[Verified], found: Found, place: Place | None
) -> list[bytes]:
    if args.format == "envelope":
        return [item.data for item in checked]
    if args.format == "statement":
        return [item.payload for item in checked]
    if args.format == "predicate":
        return [_predicate(item, pretty=not args.all) for item in checked]
    name = place.name if place else args.image
    documents = [{**head("attestation", name, found), **_json(item, found)} for item in checked]
    indent = None if args.all else 2
    return [json.dumps(doc, indent=indent, ensure_ascii=False).encode() for doc in documents]


def _predicate(item: Verified, *, pretty: bool) -> bytes:
    """The predicate as it was written, numbers and order kept."""
    import msgspec

    if item.statement is None:
        return item.payload  # an artifact that is no statement says just itself
    try:
        raw = msgspec.json.decode(item.payload, type=dict[str, msgspec.Raw])["predicate"]
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError) as trouble:
        raise FormatError(f"{item.attachment.digest}: {trouble}") from None
    return msgspec.json.format(bytes(raw), indent=2 if pretty else -1)


def _json(item: Verified, found: Found) -> dict[str, Any]:
    said: dict[str, Any] = {"attestation": row_json(item.attachment, found)}
    if item.statement is not None:
        said["statement"] = json.loads(item.payload)
    said["signed"] = {"by": item.signer, "covers": item.signed, "checks": checks_json(item.checks)}
    return said


def _write(args: argparse.Namespace, context: Context, pieces: Sequence[bytes]) -> None:
    data = pieces[0] if len(pieces) == 1 else b"".join(p.rstrip(b"\n") + b"\n" for p in pieces)
    if args.output == "-":
        context.print(data)
        return
    from ironhull.store.files import atomic_write

    atomic_write(Path(args.output), data)
