"""`ironhull vex attach IMAGE FILE…`: VEX documents put beside an image, where scanners look."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ironhull.commands._context import Context, add_platform_argument
from ironhull.errors import FormatError, ReferenceFault, UsageError

if TYPE_CHECKING:
    from ironhull.attestations import Place, Target
    from ironhull.stating import Said

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Attach VEX documents to an image in a registry, the store or an OCI layout. Documents of other"
    " formats are attached as OpenVEX, which other scanners read."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `vex attach`."""
    parser.add_argument(
        "image", metavar="IMAGE", help="a name, or local://, registry://, oci-dir://"
    )
    parser.add_argument("file", nargs="+", metavar="FILE", help="OpenVEX, CSAF or CycloneDX")
    add_platform_argument(parser)
    parser.add_argument(
        "--storage",
        choices=("referrer", "index", "tag"),
        default="referrer",
        help="referrer: OCI 1.1, of the index and of each platform; index: inside the image, which"
        " gets another digest; tag: sha256-….att, which needs --key (default: referrer)",
    )
    parser.add_argument(
        "--replace",
        action="store_true",
        help="instead of the VEX documents there are (in the index or under the tag)",
    )
    parser.add_argument("--key", default="", metavar="FILE", help="sign it with this private key")
    parser.add_argument(
        "--plain-http", action="store_true", help="speak http, without TLS, with registries"
    )


def run(args: argparse.Namespace, context: Context) -> int:
    """Attach each document, print NAME@DIGEST of what it is attached to; 0."""
    from ironhull.attestations import targets_of
    from ironhull.attesting import Attaching, attach_said, open_place
    from ironhull.commands._keys import load_key
    from ironhull.pipeline import parse_platform
    from ironhull.stating import moment

    if args.storage == "tag" and not args.key:
        raise UsageError("--storage tag holds signed envelopes alone", "give --key FILE")
    documents = [_document(path, context) for path in args.file]
    key = load_key(args.key) if args.key else None
    place = open_place(args.image, context.settings, plain_http=args.plain_http)
    targets = targets_of(place, parse_platform(args.platform))
    if args.storage == "index" or args.platform:  # what is said of one is not of all
        targets = tuple(target for target in targets if target.platform is not None)
    if not targets:
        raise ReferenceFault(f"{place.name}: there is no image to attach to", "check the name")
    how = Attaching(args.storage, args.replace, key=key, created=moment(context.settings))
    said = [_said(document, place, targets) for document in documents]
    for target in targets:
        done = attach_said(place, target, said, (), how)
        context.print(f"{place.name}@{target.digest}\n")
        if done.digest != done.before:
            context.note(f"{place.name} is {done.digest} now, it was {done.before}")
            place = open_place(args.image, context.settings, plain_http=args.plain_http)
    return 0


def _document(path: str, context: Context) -> bytes:
    """The file as an OpenVEX document; raises FormatError where it holds no usable statement."""
    from ironhull.commands._vex_statement import read
    from ironhull.formats.text_table import plural
    from ironhull.predicates.openvex import check_openvex
    from ironhull.statements import read_documents
    from ironhull.statements.writing import Head, merged_statements, openvex_document

    data = read(path)
    found = read_documents(data, path)
    for document in found:
        context.report(document.problems)
    statements = [statement for document in found for statement in document.statements]
    if not statements:
        raise FormatError(f"{path}: holds no statement that can be used", "see `ironhull vex lint`")
    if len(found) == 1 and not check_openvex(_json(data)):
        return data
    merged = merged_statements(statements)
    authors = ", ".join(dict.fromkeys(filter(None, (document.author for document in found))))
    newest = max(merged, key=lambda one: one.issued.removesuffix("Z")).issued
    context.note(f"{path} is attached as OpenVEX: {plural(len(merged), 'statement')}")
    return openvex_document(merged, Head(authors or "unknown", newest))


def _json(data: bytes) -> object:
    import msgspec

    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None  # JSON lines


def _said(document: bytes, place: Place, targets: tuple[Target, ...]) -> Said:
    """One statement about all `targets`: whoever finds it at several of them finds the same."""
    from ironhull.attest import make_statement, read_statement, subjects_for
    from ironhull.predicates.openvex import openvex_type
    from ironhull.stating import Said

    predicate = _json(document)
    names = _names(place)
    subjects = [
        subject
        for target in targets
        for subject in subjects_for(target.digest, target.platform, names)
    ]
    kind = openvex_type(predicate)
    data = make_statement(subjects, kind, predicate)
    return Said(kind, predicate, read_statement(data), data)


def _names(place: Place) -> tuple[str, ...]:
    from ironhull.oci.names import Reference

    try:
        Reference.parse(place.name)
    except ReferenceFault:
        return ()
    return (place.name,)
