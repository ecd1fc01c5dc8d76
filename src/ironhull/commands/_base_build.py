"""`ironhull base build DEFINITION`: a base image from the packages of its archive."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.commands._base_names import chosen_platform, lock_at, lock_path
from ironhull.commands._context import Context
from ironhull.commands._publish import add_build_arguments, publication, tell
from ironhull.errors import DefinitionError, StoreError, UsageError
from ironhull.values import dataclass

if TYPE_CHECKING:
    from ironhull.builders.debian_base.build import BaseRecipe
    from ironhull.building import Publication
    from ironhull.config import Settings
    from ironhull.model import Build, Image, Progress
    from ironhull.signing import PrivateKey

__all__ = ["arguments", "run"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of build."""
    parser.add_argument(
        "definition",
        metavar="DEFINITION",
        help="a YAML file, or a name of the catalog such as python:3.13-debian13",
    )
    parser.add_argument(
        "-t",
        "--tag",
        action="append",
        default=[],
        metavar="NAME",
        help="name of the image; repeat (default: image and tags of the definition)",
    )
    parser.add_argument("--platform", default="", metavar="OS/ARCH", help="default: this machine's")
    parser.add_argument(
        "--lock",
        default="",
        metavar="FILE",
        help="where the exact packages are written down (default: beside the definition)",
    )
    parser.add_argument(
        "--ca-certificates",
        default="",
        metavar="FILE",
        help="authorities (PEM) to trust in the image besides, such as those of a company's proxy",
    )
    parser.add_argument(
        "--vex",
        action="store_true",
        help="also state which vulnerabilities' code is provably not in the image (OpenVEX)",
    )
    parser.add_argument(
        "--key",
        default="",
        metavar="FILE",
        help="sign the image and its statements with a private key (PEM, also in cosign's format)",
    )
    add_build_arguments(parser, provenance="max")


def run(args: argparse.Namespace, context: Context) -> int:
    """Build, print NAME@DIGEST; 0."""
    from ironhull.commands._keys import load_key

    request = _request(args, context.settings)
    key = load_key(args.key) if args.key else None
    built = _build(request, context.settings, context.progress)
    context.note(f"locked in {request.lock}")
    if key is not None:
        _sign(built.image, key, context)
    tell(built, request.publication.names, context)
    return 0


def _sign(image: Image, key: PrivateKey, context: Context) -> None:
    """Sign the index, the image and the manifest of its statements, in the store."""
    from ironhull.attesting import open_place
    from ironhull.commands.sign import created, repository
    from ironhull.signatures import sign_digest, subjects_of
    from ironhull.signing import Claims

    place = open_place(f"local://{image.index_digest or image.digest}", context.settings)
    claimed = repository(image.name)
    for subject in subjects_of(place, recursive=True):
        claims = Claims(subject.digest, claimed, {})
        sign_digest(place, subject, key, claims, storage="tag", created=created(context))
    context.note(f"signed by {key.public.title}")


@dataclass(frozen=True, slots=True)
class _Request:
    recipe: BaseRecipe
    publication: Publication
    lock: Path
    locked: bool
    vex: bool


def _request(args: argparse.Namespace, settings: Settings) -> _Request:
    """What the command line asks for; UsageError or ReferenceFault for what it cannot."""
    from ironhull.builders.debian_base.build import BaseRecipe
    from ironhull.builders.debian_base.catalog import find_definition

    found = find_definition(args.definition)
    platform = chosen_platform(args.platform)
    definition = found.definition
    names = tuple(args.tag) or definition.names
    if not names:
        raise UsageError(
            f"{definition.origin} gives the image no name", "add -t NAME, or image and tags to it"
        )
    lock = Path(args.lock) if args.lock else lock_path(args.definition, found, platform, settings)
    return _Request(
        recipe=BaseRecipe(
            definition=definition,
            path=found.path,
            platform=platform,
            epoch=settings.epoch,
            certificates=_certificates(args.ca_certificates),
        ),
        publication=publication(args, names),
        lock=lock,
        locked=args.locked,
        vex=args.vex,
    )


def _certificates(path: str) -> tuple[str, bytes]:
    """Name and content of a file of certificates; ("", b"") for none."""
    from ironhull.limits import LIMITS

    if not path:
        return "", b""
    try:
        with Path(path).open("rb") as file:
            data = file.read(LIMITS.ca_bytes + 1)
    except OSError as trouble:
        raise StoreError(f"cannot read {path}: {trouble.strerror}", "check the path") from None
    if len(data) > LIMITS.ca_bytes:
        raise DefinitionError(f"{path}: larger than {LIMITS.ca_bytes} bytes", "give fewer")
    return Path(path).name, data


def _build(request: _Request, settings: Settings, progress: Progress) -> Build:
    """Build as locked, or resolve and write the lock."""
    from ironhull import building
    from ironhull.basing import remember
    from ironhull.builders.debian_base.lock import write_lock
    from ironhull.store.files import atomic_write

    given = lock_at(request.lock) if request.locked else None
    built, lock = building.build_base(
        request.recipe,
        settings,
        request.publication,
        lock=given,
        vex=request.vex,
        progress=progress,
    )
    if given is None:
        atomic_write(request.lock, write_lock(lock))
    remember(settings, request.lock, built.image.digest, write_lock(lock))
    return built
