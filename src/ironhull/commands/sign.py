"""`ironhull sign`: sign an image with a key, beside it where it is."""

from __future__ import annotations

import argparse

from ironhull.commands._context import Context
from ironhull.errors import UsageError

__all__ = ["HELP", "arguments", "created", "pairs", "repository", "run"]

HELP = (
    "Sign an image in a registry, the store or an OCI layout with a key; the signature is kept "
    "beside it as cosign keeps it, and cosign verifies it."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of sign."""
    parser.add_argument(
        "image", metavar="IMAGE", help="a name, or local://, registry://, oci-dir://"
    )
    parser.add_argument(
        "--key", required=True, metavar="FILE", help="private key (PEM, also in cosign's format)"
    )
    parser.add_argument(
        "-a",
        "--annotation",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="signed along with the digest; repeat for several",
    )
    parser.add_argument(
        "--storage",
        choices=("tag", "referrer", "bundle"),
        default="tag",
        help="tag: sha256-….sig, which every cosign finds; referrer: OCI 1.1; bundle: as cosign 3"
        " (default: tag)",
    )
    parser.add_argument(
        "-r",
        "--recursive",
        action="store_true",
        help="also each platform's manifest and each manifest of unsigned statements",
    )
    parser.add_argument(
        "--plain-http", action="store_true", help="speak http, without TLS, with registries"
    )


def run(args: argparse.Namespace, context: Context) -> int:
    """Sign, print NAME@DIGEST of what is signed; 0."""
    from ironhull.attesting import open_place
    from ironhull.commands._keys import load_key
    from ironhull.signatures import sign_digest, subjects_of
    from ironhull.signing import Claims

    annotations = pairs(args.annotation)
    key = load_key(args.key)
    place = open_place(args.image, context.settings, plain_http=args.plain_http)
    name = repository(place.name)
    subjects = list(subjects_of(place, recursive=args.recursive))
    for subject in subjects:
        claims = Claims(subject.digest, name, annotations)
        made = sign_digest(
            place, subject, key, claims, storage=args.storage, created=created(context)
        )
        context.note(f"signed by {key.public.title}: {args.storage} {made.digest}")
    context.print("".join(f"{name or place.name}@{subject.digest}\n" for subject in subjects))
    return 0


def pairs(given: list[str]) -> dict[str, str]:
    """NAME=VALUE options; raises UsageError."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"--annotation {text[:60]!r} is not NAME=VALUE")
        found[name] = value
    return found


def repository(name: str) -> str:
    """The image's name without tag and digest, as cosign signs it; "" where it has none."""
    from ironhull.errors import ReferenceFault
    from ironhull.oci.names import Reference

    try:
        reference = Reference.parse(name)
    except ReferenceFault:
        return ""
    return f"{reference.registry}/{reference.repository}"


def created(context: Context) -> str:
    """When a signature is made: SOURCE_DATE_EPOCH, else now (RFC 3339)."""
    from datetime import UTC, datetime

    from ironhull.pipeline import now

    epoch = context.settings.epoch
    if epoch is None:
        return now()
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
