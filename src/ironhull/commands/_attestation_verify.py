"""`ironhull attestation verify`: what holds of the attestations of an image, and who signed it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ironhull.commands._attestations import (
    IMAGE_HELP,
    add_find_arguments,
    head,
    look,
    platform_of,
    row_json,
)
from ironhull.commands._context import Context
from ironhull.commands._trust import add_trust_arguments, check_lines, checks_json, trust_of
from ironhull.errors import ReferenceFault, SignatureError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ironhull.attestations import Found, Place
    from ironhull.attesting import Verified
    from ironhull.predicates.vsa import Expected

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Check the attestations of an image: that each is about it and shaped as its type asks, and "
    "that somebody trusted signed it, or the manifest or index that holds it. Whatever does not "
    "hold is an error, and so is a type that nobody signed one of, or that is not there."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of attestation verify."""
    parser.add_argument("image", metavar="IMAGE", help=IMAGE_HELP)
    add_find_arguments(parser)
    parser.add_argument(
        "--claims-only",
        action="store_true",
        help="check what is said and of what, and no signature: it proves nothing",
    )
    parser.add_argument(
        "--every",
        action="store_true",
        help="every one has to be signed, not one of each type: others may be somebody else's",
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="what to print (default: text)"
    )
    add_trust_arguments(parser)
    vsa = parser.add_argument_group("what a verification summary (vsa) has to say")
    vsa.add_argument(
        "--verifier-id",
        action="append",
        default=[],
        metavar="URI",
        help="who has to have verified; repeat: one of them",
    )
    vsa.add_argument(
        "--level",
        action="append",
        default=[],
        metavar="LEVEL",
        help="verified as this, such as SLSA_BUILD_LEVEL_2, or higher; repeat: all of them",
    )
    vsa.add_argument("--resource-uri", default="", metavar="URI", help="verified under this URI")
    vsa.add_argument("--policy-uri", default="", metavar="URI", help="by this policy")
    summary = parser.add_argument_group("a verification summary of this run")
    summary.add_argument(
        "--summary",
        default="",
        metavar="FILE",
        help="write one; attach it with `ironhull attest IMAGE vsa=FILE --key KEY`",
    )
    summary.add_argument(
        "--summary-verifier", default="", metavar="URI", help="who verifies: you, as a URI"
    )
    summary.add_argument(
        "--summary-policy", default="", metavar="URI", help="what you verify against, as a URI"
    )
    summary.add_argument(
        "--summary-level",
        action="append",
        default=[],
        metavar="LEVEL",
        help="what you vouch for if it passes; repeat",
    )


def run(args: argparse.Namespace, context: Context) -> int:
    """Print what was checked; 0 where all holds. Raises SignatureError for the first that fails."""
    from ironhull.attesting import failed, verify_attached

    if args.summary and not (args.summary_verifier and args.summary_policy):
        raise UsageError("--summary needs --summary-verifier and --summary-policy", "give URIs")
    trust = None if args.claims_only else trust_of(args, context.settings)
    if not args.claims_only and not trust:
        raise UsageError(
            "nobody is trusted", "give --key FILE, or keys in [trust]; --claims-only checks no key"
        )
    place, found, name = look(args, context)
    _complete(args, found, name)
    checked = verify_attached(place, found, trust, _expected(args))
    context.report(found.problems)
    wrong = failed(checked, every=args.every)
    if args.format == "json":
        context.print(_json(name, found, checked, verified=not wrong))
    else:
        context.print(_text(name, found, checked, signed=trust is not None))
    if args.summary:
        _summarise(args, context, place, checked, passed=not wrong)
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        about = "" if wrong[0].trouble.startswith(f"{name}: ") else f"{name}: "
        raise SignatureError(f"{about}{wrong[0].trouble}{more}", "", wrong[0].reason)
    return 0


def _complete(args: argparse.Namespace, found: Found, name: str) -> None:
    """A type that was asked for and is not there is an error; so is what could not be read."""
    from ironhull.predicates import predicate_types

    for wanted in args.predicate_type:
        if not any(predicate_types(item.predicate_type, wanted) for item in found.attachments):
            raise ReferenceFault(f"{name}: no {wanted} is attached", "`ironhull attestation list`")
    if not found.attachments:
        raise ReferenceFault(f"{name}: nothing is attached to it", "`ironhull attest` attaches")
    if found.problems:
        first = found.problems[0]
        raise SignatureError(f"{first.where}: {first.message}", "remove it", "malformed")


def _expected(args: argparse.Namespace) -> Expected | None:
    from ironhull.predicates.vsa import Expected

    if not (args.verifier_id or args.level or args.resource_uri or args.policy_uri):
        return None
    return Expected(tuple(args.verifier_id), args.resource_uri, tuple(args.level), args.policy_uri)


# ── printed ──────────────────────────────────────────────────────────────────────────────────────


def _text(name: str, found: Found, checked: Sequence[Verified], *, signed: bool) -> str:
    from ironhull.attest import sum_up
    from ironhull.errors import printable
    from ironhull.predicates import predicate_name

    lines = [name]
    for item in checked:
        kind = predicate_name(item.attachment.predicate_type) or item.attachment.media_type
        where = platform_of(item.attachment, found)
        lines.append(f"  {kind} {item.attachment.digest[:19]} ({where}): {_verdict(item)}")
        if item.statement is not None and (words := sum_up(item.statement)):
            lines.append(f"    says         {words}")
        if not item.trouble:
            lines += _holding(item, signed=signed)
    return "".join(f"{printable(line)}\n" for line in lines)


def _verdict(item: Verified) -> str:
    if not item.trouble:
        return "holds"
    if item.reason == "unsigned":
        return "does not count: nobody signed it"
    if item.foreign:
        return f"does not count: {item.trouble}"
    return f"does not hold: {item.trouble}"


def _holding(item: Verified, *, signed: bool) -> list[str]:
    """What was checked of an attestation that holds, a line each."""
    there = "digest, subject, predicate" if item.statement is not None else "digest: no statement"
    lines = [f"    checked      {there}"]
    if not signed:
        return [*lines, "    not checked  signature"]
    covers = {"envelope": "it", "manifest": "its manifest", "index": "the image's index"}
    lines.append(f"    signed by    {item.signer}, who signed {covers[item.signed]}")
    return lines + check_lines(item.checks, "    ")


def _json(name: str, found: Found, checked: Sequence[Verified], *, verified: bool) -> str:
    document = head("attestation-verification", name, found)
    document["verified"] = verified
    document["signatures_checked"] = any(item.signed or item.foreign for item in checked)
    document["attestations"] = [_row(item, found) for item in checked]
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _row(item: Verified, found: Found) -> dict[str, Any]:
    from ironhull.attest import sum_up

    return {
        **row_json(item.attachment, found),
        "holds": not item.trouble,
        "reason": item.reason,
        "message": item.trouble,
        "summary": sum_up(item.statement) if item.statement is not None else "",
        "signed": {"by": item.signer, "covers": item.signed, "checks": checks_json(item.checks)},
    }


# ── summed up ────────────────────────────────────────────────────────────────────────────────────


def _summarise(
    args: argparse.Namespace,
    context: Context,
    place: Place | None,
    checked: Sequence[Verified],
    *,
    passed: bool,
) -> None:
    """Write a verification summary (SLSA VSA v1) of this run as a predicate."""
    from ironhull import __version__
    from ironhull.oci.manifests import canonical_json
    from ironhull.predicates.vsa import vsa_predicate
    from ironhull.stating import moment
    from ironhull.store.files import atomic_write

    inputs = []
    for item in checked:
        algorithm, _, value = item.attachment.digest.partition(":")
        inputs.append((item.attachment.predicate_type, {algorithm: value}))
    predicate = vsa_predicate(
        verifier=args.summary_verifier,
        version={"ironhull": __version__},
        time=moment(context.settings),
        resource=_resource(place, args.image),
        policy=(args.summary_policy, {}),
        inputs=inputs,
        passed=passed,
        levels=args.summary_level,
    )
    atomic_write(Path(args.summary), canonical_json(predicate) + b"\n")
    context.note(f"summary: {args.summary}")


def _resource(place: Place | None, image: str) -> str:
    """The image as a package URL, by its name where it has one."""
    from ironhull.oci.names import Reference
    from ironhull.oci.purl import image_purl

    try:
        reference = Reference.parse(place.name if place else image.partition("://")[2])
    except ReferenceFault:
        return f"urn:{place.origin.root.digest}" if place else image
    return image_purl(reference, None, place.origin.root.digest if place else "")
