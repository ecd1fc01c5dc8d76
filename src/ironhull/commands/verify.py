"""`ironhull verify`: whether somebody trusted signed an image, and what exactly was checked."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from ironhull.commands._context import Context
from ironhull.commands._trust import add_trust_arguments, check_lines, checks_json, trust_of
from ironhull.errors import SignatureError, UsageError

if TYPE_CHECKING:
    from ironhull.attestations import Place
    from ironhull.signatures import Verification
    from ironhull.signing import Trust

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Check that an image was signed by somebody trusted (cosign's signatures: tags, referrers, "
    "bundles), and print what was checked and what was not. Whatever does not hold is an error."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of verify."""
    parser.add_argument(
        "image", metavar="IMAGE", help="a name, or local://, registry://, oci-dir://"
    )
    add_trust_arguments(parser)
    parser.add_argument(
        "-a",
        "--annotation",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="has to be signed along; repeat for several",
    )
    parser.add_argument(
        "--platform",
        default="",
        metavar="OS/ARCH",
        help="the manifest of this platform, by its own signature or that of the index around it",
    )
    parser.add_argument(
        "--plain-http", action="store_true", help="speak http, without TLS, with registries"
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="what to print (default: text)"
    )


def run(args: argparse.Namespace, context: Context) -> int:
    """Print what holds; 0. What does not raises SignatureError (exit code 1)."""
    from ironhull.attesting import open_place
    from ironhull.commands.sign import pairs

    wanted = pairs(args.annotation)
    trust = trust_of(args, context.settings)
    if not trust:
        raise UsageError(
            "nobody is trusted", "give --key FILE, or keys in [trust] of the settings file"
        )
    place = open_place(args.image, context.settings, plain_http=args.plain_http)
    try:
        digest, found = _verify(place, trust, wanted, args.platform)
    except SignatureError as trouble:
        if args.format == "json":
            _print_json(context, _refused(place, trouble))
        raise
    if args.format == "json":
        _print_json(context, _document(place, digest, found))
    else:
        context.print(_text(place, digest, found))
        for other in found.others:
            context.note(f"note: does not count: {other.message}")
    return 0


def _verify(
    place: Place, trust: Trust, wanted: dict[str, str], platform: str
) -> tuple[str, Verification]:
    """(the digest that was meant, what was found); an index speaks for what it lists."""
    from ironhull.attestations import targets_of
    from ironhull.pipeline import parse_platform
    from ironhull.signatures import verify_digest

    root = place.origin.root.digest
    chosen = parse_platform(platform)
    if chosen is None:
        return root, verify_digest(place, root, trust, annotations=wanted)
    digest = next(t.digest for t in targets_of(place, chosen) if t.platform is not None)
    try:
        return digest, verify_digest(place, digest, trust, annotations=wanted)
    except SignatureError as trouble:
        if trouble.reason != "unsigned" or digest == root:
            raise
    return digest, verify_digest(place, root, trust, annotations=wanted)


def _text(place: Place, digest: str, found: Verification) -> str:
    lines = [f"{place.name}@{digest}" if "@" not in place.name else place.name]
    if digest != found.digest:
        lines.append(f"  by the signed index {found.digest} that lists it")
    for item in found.signatures:
        lines.append(f"  signed by {item.signer} ({item.signature.storage})")
        lines += check_lines(item.checks, "    ")
        if item.claims.reference:
            lines.append(f"    signed as     {item.claims.reference}")
        lines += [f"    says          {k}={v}" for k, v in sorted(item.claims.optional.items())]
    from ironhull.errors import printable

    return "".join(f"{printable(line)}\n" for line in lines)


def _document(place: Place, digest: str, found: Verification) -> dict[str, Any]:
    return {
        **_head(place, verified=True),
        "digest": digest,
        "signed_digest": found.digest,
        "signatures": [
            {
                "signer": item.signer,
                "storage": item.signature.storage,
                "manifest": item.signature.manifest,
                "reference": item.claims.reference,
                "annotations": dict(item.claims.optional),
                "checks": checks_json(item.checks),
            }
            for item in found.signatures
        ],
        "others": [{"reason": o.reason, "message": o.message} for o in found.others],
    }


def _refused(place: Place, trouble: SignatureError) -> dict[str, Any]:
    said = {"reason": trouble.reason, "message": trouble.message}
    return {**_head(place, verified=False), **said}


def _head(place: Place, *, verified: bool) -> dict[str, Any]:
    return {
        "schema": "ironhull/verification",
        "schema_version": 1,
        "image": place.name,
        "verified": verified,
    }


def _print_json(context: Context, document: dict[str, Any]) -> None:
    import json

    context.print(json.dumps(document, indent=2) + "\n")
