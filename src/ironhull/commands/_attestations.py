"""What the commands about attestations share: options, rows, how one is named in a message."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from ironhull.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ironhull.attestations import Found, Place
    from ironhull.attesting import Attaching
    from ironhull.commands._context import Context
    from ironhull.config import Settings
    from ironhull.model import Attachment

__all__ = [
    "IMAGE_HELP",
    "add_find_arguments",
    "add_http_argument",
    "add_storage_arguments",
    "attaching",
    "head",
    "listed",
    "look",
    "platform_of",
    "row_json",
    "wanted_types",
]

IMAGE_HELP = "a name, or registry://, local://, oci-dir://, archive://, docker://, podman://"


def add_http_argument(parser: argparse.ArgumentParser) -> None:
    """Add --plain-http."""
    parser.add_argument(
        "--plain-http", action="store_true", help="speak http, without TLS, with registries"
    )


def add_find_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --predicate-type, --platform and --plain-http."""
    parser.add_argument(
        "--predicate-type",
        action="append",
        default=[],
        metavar="TYPE",
        help="only this type: a name such as spdx, vex, provenance, or its URI; repeat",
    )
    parser.add_argument("--platform", default="", metavar="OS/ARCH", help="such as linux/arm64")
    add_http_argument(parser)


def add_storage_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --storage, --replace, --oci-artifact, --key, --platform, --index and --plain-http."""
    from ironhull.attestations import STORAGES

    parser.add_argument(
        "--storage",
        choices=STORAGES,
        default="referrer",
        help="referrer: OCI 1.1, the image's digest stays; index: part of the image, as BuildKit "
        "does it, and a new digest; tag: cosign's sha256-….att (default: referrer)",
    )
    parser.add_argument(
        "--referrer", action="store_const", const="referrer", dest="storage", help="as --storage"
    )
    parser.add_argument(
        "--replace",
        action="store_true",
        help="take others of the same type away (in the index and under the tag)",
    )
    parser.add_argument(
        "--oci-artifact",
        choices=("true", "false"),
        default="true",
        help="false: BuildKit's older form in an index (default: true)",
    )
    parser.add_argument(
        "--key",
        default="",
        metavar="FILE",
        help="private key that signs what is attached: a Sigstore bundle, or an envelope under "
        "the tag",
    )
    parser.add_argument(
        "--platform",
        default="",
        metavar="OS/ARCH",
        help="what it is about (default: this host's); all: every platform's manifest",
    )
    parser.add_argument(
        "--index", action="store_true", help="it is about the index, not about one platform"
    )
    add_http_argument(parser)


def attaching(args: argparse.Namespace, settings: Settings) -> Attaching:
    """What the options of `add_storage_arguments` ask for; raises SignatureError for the key."""
    from ironhull.attesting import Attaching
    from ironhull.commands._keys import load_key
    from ironhull.stating import moment

    return Attaching(
        storage=args.storage,
        replace=args.replace,
        artifact=args.oci_artifact == "true",
        key=load_key(args.key) if args.key else None,
        created=moment(settings),
    )


def look(
    args: argparse.Namespace, context: Context, *, near: bool = False
) -> tuple[Place | None, Found, str]:
    """What the options of `add_find_arguments` ask for: where it is, what is there, its name."""
    from ironhull.attesting import find_attached
    from ironhull.pipeline import parse_platform

    place, found = find_attached(
        args.image,
        context.settings,
        platform=parse_platform("" if args.platform == "all" else args.platform),
        wanted=wanted_types(args.predicate_type),
        plain_http=args.plain_http,
        near=near,
    )
    return place, found, place.name if place else args.image


def wanted_types(given: Sequence[str]) -> tuple[str, ...]:
    """The types of --predicate-type; a word that is neither a name nor a URI is a UsageError."""
    from ironhull.predicates import PREDICATES, predicate_row

    for text in given:
        if predicate_row(text) is None and ":" not in text and "/" not in text:
            import difflib

            near = difflib.get_close_matches(text, [row.name for row in PREDICATES], 1)
            hint = f"did you mean {near[0]}?" if near else "docs/attestations.md lists them"
            raise UsageError(f"--predicate-type {text}: no such type", hint)
    return tuple(given)


def platform_of(item: Attachment, found: Found) -> str:
    """The platform an attestation is about, "index" for an index."""
    for target in found.targets:
        if target.digest == item.subject:
            return str(target.platform or "") or ("index" if target.platform is None else "")
    return ""


def row_json(item: Attachment, found: Found) -> dict[str, Any]:
    """An attestation in a document."""
    from ironhull.predicates import predicate_name

    return {
        "name": predicate_name(item.predicate_type) if item.predicate_type else "",
        "predicate_type": item.predicate_type,
        "media_type": item.media_type,
        "artifact_type": found.artifact_types.get(item.manifest, ""),
        "digest": item.digest,
        "size": item.size,
        "manifest": item.manifest,
        "subject": item.subject,
        "platform": platform_of(item, found),
        "storage": item.storage,
        "annotations": dict(sorted(item.annotations.items())),
    }


def head(schema: str, name: str, found: Found) -> dict[str, Any]:
    """How a document begins that is about what is attached to an image."""
    return {
        "schema": f"ironhull/{schema}",
        "schema_version": 1,
        "image": name,
        "targets": [
            {"digest": target.digest, "platform": str(target.platform or "")}
            for target in found.targets
        ],
    }


def listed(found: Found) -> str:
    """The types there are, for a hint."""
    from ironhull.predicates import predicate_name

    names = sorted({predicate_name(item.predicate_type) for item in found.attachments} - {""})
    return f"there is {', '.join(names)}" if names else "nothing is attached to it"
