"""`ironhull base build DEFINITION` and `ironhull base list`: base images from Debian packages."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ironhull.commands._context import Context, add_output_arguments
from ironhull.commands._publish import add_build_arguments, publication, tell
from ironhull.errors import DefinitionError, StoreError, UsageError
from ironhull.values import dataclass

if TYPE_CHECKING:
    from ironhull.builders.debian_base.build import BaseRecipe
    from ironhull.builders.debian_base.catalog import CatalogEntry, Found
    from ironhull.building import Publication
    from ironhull.config import Settings
    from ironhull.model import Build, Platform, Progress
    from ironhull.store.images import ImageStore

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Build minimal base images straight from a Debian archive: every package verified, none of "
    "their scripts run, no daemon and no root needed."
)
_COLUMNS = ("NAME", "VARIANT", "DISTRO", "TAGS", "BUILT")
_GAP = "   "


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the sub-commands."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="build|list")
    build = verbs.add_parser(
        "build",
        help="build a base image into the local store",
        description="Build a base image into the local store, from the packages of its archive.",
    )
    build.add_argument(
        "definition",
        metavar="DEFINITION",
        help="a YAML file, or a name of the catalog such as python:3.13-debian13",
    )
    build.add_argument(
        "-t",
        "--tag",
        action="append",
        default=[],
        metavar="NAME",
        help="name of the image; repeat (default: image and tags of the definition)",
    )
    build.add_argument("--platform", default="", metavar="OS/ARCH", help="default: this machine's")
    build.add_argument(
        "--lock",
        default="",
        metavar="FILE",
        help="where the exact packages are written down (default: beside the definition)",
    )
    build.add_argument(
        "--ca-certificates",
        default="",
        metavar="FILE",
        help="authorities (PEM) to trust in the image besides, such as those of a company's proxy",
    )
    add_build_arguments(build, provenance="max")
    listing = verbs.add_parser(
        "list",
        help="list the definitions that come with Ironhull",
        description="List the definitions that come with Ironhull and which of them are built.",
    )
    add_output_arguments(listing, ("text", "json"), "text")


def run(args: argparse.Namespace, context: Context) -> int:
    """Build or list; 0."""
    if args.verb == "list":
        return _list(args, context)
    request = _request(args, context.settings)
    built = _build(request, context.settings, context.progress)
    context.note(f"locked in {request.lock}")
    tell(built, request.publication.names, context)
    return 0


# ── build ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Request:
    recipe: BaseRecipe
    publication: Publication
    lock: Path
    locked: bool


def _request(args: argparse.Namespace, settings: Settings) -> _Request:
    """What the command line asks for; UsageError or ReferenceFault for what it cannot."""
    from ironhull.builders.debian_base.build import BaseRecipe
    from ironhull.builders.debian_base.catalog import find_definition
    from ironhull.oci.images import host_platform
    from ironhull.pipeline import parse_platform

    found = find_definition(args.definition)
    platform = parse_platform(args.platform) or host_platform()
    definition = found.definition
    names = tuple(args.tag) or definition.names
    if not names:
        raise UsageError(
            f"{definition.origin} gives the image no name", "add -t NAME, or image and tags to it"
        )
    lock = Path(args.lock) if args.lock else _lock_path(args.definition, found, platform, settings)
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


def _lock_path(given: str, found: Found, platform: Platform, settings: Settings) -> Path:
    """Beside a definition of the user's, in the data directory for one of the catalog."""
    architecture = "-".join(filter(None, (platform.architecture, platform.variant)))
    if Path(given) == found.path:
        return found.path.with_name(f"{found.path.stem}.{architecture}.lock.json")
    name = max(found.definition.names, key=len).rpartition("/")[2].replace(":", "-")
    return settings.home / "locks" / f"{name}.{architecture}.lock.json"


def _build(request: _Request, settings: Settings, progress: Progress) -> Build:
    """Build as locked, or resolve and write the lock."""
    from ironhull import building
    from ironhull.builders.debian_base.lock import read_lock, write_lock
    from ironhull.store.files import atomic_write

    given = read_lock(_read(request.lock), str(request.lock)) if request.locked else None
    built, lock = building.build_base(
        request.recipe,
        settings,
        request.publication,
        lock=given,
        progress=progress,
    )
    if given is None:
        atomic_write(request.lock, write_lock(lock))
    return built


def _read(path: Path) -> bytes:
    from ironhull.limits import LIMITS

    try:
        with path.open("rb") as file:
            return file.read(LIMITS.lock_bytes + 1)
    except FileNotFoundError:
        raise DefinitionError(
            f"no lock file at {path}", "build once without --locked and keep it"
        ) from None
    except OSError as trouble:
        raise StoreError(f"cannot read {path}: {trouble.strerror}", "check its rights") from None


# ── list ─────────────────────────────────────────────────────────────────────────────────────────


def _list(args: argparse.Namespace, context: Context) -> int:
    from ironhull.builders.debian_base.catalog import catalog
    from ironhull.store.images import ImageStore

    entries = catalog()
    built = _built(ImageStore(context.settings.images), entries)
    context.emit(
        args,
        {
            "text": lambda: _text(entries, built),
            "json": lambda: json.dumps(_json(entries, built), indent=2) + "\n",
        },
    )
    return 0


def _built(store: ImageStore, entries: tuple[CatalogEntry, ...]) -> dict[str, str]:
    """The ID in the store of each entry that was built, by the name of the entry."""
    from ironhull.oci.names import Reference

    ids = {stored.name: stored.id for stored in store.list()}
    found = {}
    for entry in entries:
        names = (Reference.parse(name).familiar for name in entry.names)
        if known := next((ids[name] for name in names if name in ids), ""):
            found[entry.name] = known
    return found


def _text(entries: tuple[CatalogEntry, ...], built: dict[str, str]) -> str:
    rows = [_COLUMNS]
    for entry in entries:
        tags = ", ".join(entry.definition.tags)
        known = built.get(entry.name, "-")
        rows.append((entry.name, entry.definition.variant, entry.distro, tags, known))
    widths = [max(len(row[i]) for row in rows) for i in range(len(_COLUMNS))]
    lines = (_GAP.join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows)
    return "".join(line.rstrip() + "\n" for line in lines)


def _json(entries: tuple[CatalogEntry, ...], built: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "name": entry.name,
            "title": entry.definition.name,
            "image": entry.definition.image,
            "variant": entry.definition.variant,
            "distro": entry.distro,
            "tags": list(entry.definition.tags),
            "platforms": [str(platform) for platform in entry.definition.platforms],
            "packages": [str(request) for request in entry.definition.packages],
            "excluded": list(entry.definition.excluded),
            "end_of_life": entry.definition.dates.get("end-of-life", ""),
            "digest": entry.definition.digest,
            "built": built.get(entry.name, ""),
        }
        for entry in entries
    ]
