"""The one module that joins the stages: load, catalogue, match, build, attest, publish.

Everything below takes plain arguments; this module knows the settings and gives them.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull import __version__
from ironhull.config import Settings
from ironhull.errors import DefinitionError, Error, ReferenceFault, UsageError
from ironhull.model import (
    BaseImage,
    Build,
    Image,
    MadeWith,
    Platform,
    Problem,
    Progress,
    Report,
    Sbom,
)
from ironhull.store.images import ImageStore
from ironhull.values import dataclass, replace

if TYPE_CHECKING:
    from ironhull.builders.debian_base.build import BaseRecipe
    from ironhull.builders.debian_base.lock import Lock
    from ironhull.builders.python_app.recipe import AppRecipe
    from ironhull.match import Learned, Matched
    from ironhull.registry import Registries
    from ironhull.transport import Transport

__all__ = [
    "Publication",
    "build_app",
    "build_base",
    "learn",
    "load",
    "now",
    "parse_platform",
    "read",
    "registries",
    "sbom",
    "scan",
    "transport",
]


def now() -> str:
    """The present moment as an RFC 3339 string in UTC, whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_platform(text: str) -> Platform | None:
    """`OS/ARCH[/VARIANT]`; None for the empty string. Raises UsageError."""
    if not text:
        return None
    parts = text.split("/")
    if len(parts) not in (2, 3) or not all(parts):
        raise UsageError(f"--platform {text} is not OS/ARCH[/VARIANT]", "such as linux/arm64")
    return Platform(*parts)


def transport(settings: Settings, progress: Progress | None = None) -> Transport:
    """The HTTP client of a run."""
    from ironhull.debian.repositories import DEBIAN, DEBIAN_SECURITY
    from ironhull.transport import Transport

    mirrors = {DEBIAN: settings.debian_mirror, DEBIAN_SECURITY: settings.debian_security}
    return Transport(
        user_agent=f"ironhull/{__version__}",
        progress=progress,
        mirrors={of: to for of, to in mirrors.items() if to},
        offline=settings.offline,
    )


def registries(settings: Settings, *, plain_http: bool = False) -> Registries:
    """The client of registries of a run, with the credentials of Docker and Podman."""
    from ironhull.registry import Hosts, Keychain, Registries, credential_files

    return Registries(
        hosts=Hosts(
            mirrors=settings.mirrors,
            insecure=frozenset(settings.insecure),
            ca_files=(settings.ca_file,) if settings.ca_file else (),
            plain_http=plain_http,
        ),
        keychain=Keychain(credential_files(os.environ, Path.home())),
        user_agent=f"ironhull/{__version__}",
        offline=settings.offline,
    )


# ── reading ──────────────────────────────────────────────────────────────────────────────────────


def load(reference: str, settings: Settings, platform: str = "") -> Image:
    """The image `reference` names; the one built last for the empty string."""
    from ironhull.sources import open_image

    store = ImageStore(settings.images)
    return open_image(
        reference or store.latest(),
        store=store,
        platform=parse_platform(platform),
        environment=os.environ,
        cache=settings.cache if settings.cache_bytes else None,
        registries=lambda: registries(settings),
    )


def read(
    reference: str, settings: Settings, platform: str = "", *, all_layers: bool = False
) -> Sbom:
    """The SBOM of what `reference` names: an image is catalogued, a document (`sbom://`) read."""
    return _read(reference, settings, platform, all_layers=all_layers)[0]


def _read(
    reference: str, settings: Settings, platform: str, *, all_layers: bool
) -> tuple[Sbom, Image | None]:
    if not reference.startswith("sbom://"):
        image = load(reference, settings, platform)
        return sbom(image, settings, all_layers=all_layers), image
    import sys

    from ironhull.oci.names import split_scheme
    from ironhull.sources.sbom import read_sbom

    _, rest = split_scheme(reference)
    return read_sbom(rest, parse_platform(platform), sys.stdin.buffer), None


def sbom(image: Image, settings: Settings | None = None, *, all_layers: bool = False) -> Sbom:
    """What is in `image`, through the caches; without settings nothing is cached.

    With `all_layers` also what later layers hide.
    """
    from ironhull.inventory import take_inventory

    cache = settings.cache if settings is not None and settings.cache_bytes else None
    return take_inventory(image, cache=cache, code=code(), all_layers=all_layers)


def code() -> str:
    """What stands for the code that runs, in the keys of what it makes."""
    from ironhull.store._code import code_identity

    return code_identity(str(Path(__file__).parent), __version__)


def scan(
    reference: str,
    settings: Settings,
    *,
    platform: str = "",
    all_layers: bool = False,
) -> Report:
    """An image, its findings, and the same of its base where that is in the local store.

    A document (`sbom://`) does not say what its image was made from: its base is not known.
    """
    found, image = _read(reference, settings, platform, all_layers=all_layers)
    report = _judge(found, settings)
    if image is None:
        return report
    base, problems = _base_of(image, settings)
    return replace(report, base=base, problems=(*report.problems, *problems))


def _judge(found: Sbom, settings: Settings) -> Report:
    matched, made_with = _match(found, settings)
    return Report(
        sbom=found,
        findings=matched.findings,
        coverage=matched.coverage,
        made_with=made_with,
        problems=matched.problems,
    )


def _match(found: Sbom, settings: Settings) -> tuple[Matched, MadeWith]:
    from ironhull.advisories.learned import read_learned
    from ironhull.advisories.update import open_index
    from ironhull.match import match

    learned = read_learned(settings.advisories)
    with open_index(settings.advisories, now=now()) as index:
        matched = match(found, index, learned=learned)
        return matched, MadeWith(__version__, index.digest, index.date)


def _base_of(image: Image, settings: Settings) -> tuple[BaseImage | None, tuple[Problem, ...]]:
    """The base image as the image tells it, read and judged where the store has it."""
    from ironhull.base_image import examine, verify

    said = examine(image)
    for base in dict.fromkeys((said.base, *said.candidates)):
        below = _find_base(base, settings, image.platform) if base else None
        if base is None or below is None:
            continue
        proven = verify(image, [layer.diff_id for layer in below.layers])
        if proven or base == said.base:
            judged = _judge(sbom(below, settings), settings)
            return replace(base, verified=proven, report=judged), said.problems
    return said.base, said.problems


def _find_base(said: BaseImage, settings: Settings, platform: Platform) -> Image | None:
    store = ImageStore(settings.images)
    try:
        return store.find(said.digest or said.name, platform)
    except ReferenceFault:
        return None


# ── building ─────────────────────────────────────────────────────────────────────────────────────


def build_app(
    recipe: AppRecipe,
    settings: Settings,
    publication: Publication,
    *,
    progress: Progress | None = None,
) -> Build:
    """Build a Python app image and publish it."""
    from ironhull.builders.python_app.build import build_app as build

    started = now()
    built = build(
        recipe,
        find_base=lambda name, platform: _base_for(name, platform, settings, progress),
        store=ImageStore(settings.images),
        cache=settings.cache,
        environment={**os.environ, **({"PIP_NO_INDEX": "1"} if settings.offline else {})},
    )
    return _publish(replace(built, started=started), publication, settings)


@dataclass(frozen=True, slots=True)
class Publication:
    """The names an image gets, what is attached, and where it goes besides the store.

    `provenance` is "", "min" or "max"; `exports` are (kind of `ImageStore.export`, path).
    """

    names: tuple[str, ...]
    sbom: bool = True
    provenance: str = "max"
    exports: tuple[tuple[str, Path], ...] = ()


def _publish(built: Build, publication: Publication, settings: Settings) -> Build:
    """Attach what was asked for, give the image its names in one step, write the exports."""
    from ironhull.attest import provenance_statement, sbom_statement
    from ironhull.formats.spdx import write_spdx

    names = publication.names
    statements = []
    if publication.sbom:
        found = sbom(replace(built.image, name=names[0] if names else ""), settings)
        document = write_spdx(found, created=found.subject.created)
        statements.append(sbom_statement(built.image, names, document))
    built = replace(built, finished=now())
    if publication.provenance:
        statements.append(provenance_statement(built, names, mode=publication.provenance))
    store = ImageStore(settings.images)
    image = store.publish(built.image, names, statements)
    for kind, path in publication.exports:
        store.export(image, kind, path)
    return replace(built, image=image)


def build_base(
    recipe: BaseRecipe,
    settings: Settings,
    publication: Publication,
    *,
    lock: Lock | None = None,
    progress: Progress | None = None,
) -> tuple[Build, Lock]:
    """Build a base image, attest it and name it; without `lock`, resolve first. Gives both."""
    from ironhull.builders.debian_base import build as builder

    client = transport(settings, progress)
    packages, started = settings.cache / "debian", now()
    if lock is None:
        lock = builder.resolve_base(recipe, cache=packages, transport=client, now=datetime.now(UTC))
    built = builder.build_base(
        recipe,
        lock,
        store=ImageStore(settings.images),
        cache=packages,
        transport=client,
        progress=progress,
    )
    return _publish(replace(built, started=started), publication, settings), lock


def _base_for(
    name: str, platform: Platform, settings: Settings, progress: Progress | None
) -> Image:
    """The base image `name`: from the store, else built if the catalog has it."""
    from ironhull.builders.debian_base.build import BaseRecipe
    from ironhull.builders.debian_base.catalog import find_definition

    store = ImageStore(settings.images)
    try:
        return store.find(name, platform)
    except ReferenceFault as missing:
        try:
            found = find_definition(name)
        except ReferenceFault:
            raise missing from None
    telling = max(found.definition.names, key=len, default="")
    if not telling:
        raise DefinitionError(f"{name} gives the image no name", "add image and tags to it")
    try:
        return store.find(telling, platform)
    except ReferenceFault:
        recipe = BaseRecipe(
            definition=found.definition, path=found.path, platform=platform, epoch=settings.epoch
        )
        publication = Publication(found.definition.names)
        build_base(recipe, settings, publication, progress=progress)
        return store.find(telling, platform)


# ── advisories ───────────────────────────────────────────────────────────────────────────────────


def learn(
    settings: Settings, *, progress: Progress | None = None
) -> tuple[tuple[str, Learned | Error], ...]:
    """The `apt` source: what newer Debian packages repair, learnt for every image of the store.

    Gives (name, what was learnt or why nothing was); images that are not Debian's are left out.
    """
    from ironhull.advisories.aptmirror import AptMirror
    from ironhull.advisories.learned import write_learned

    mirror = AptMirror(
        transport(settings, progress),
        cache=settings.cache / "debian",
        now=datetime.now(UTC),
        progress=progress,
    )
    found: dict[str, tuple[str, Learned | Error]] = {}
    scopes: dict[str, Learned] = {}
    for stored in ImageStore(settings.images).list():
        try:
            image = load(f"local://{stored.digest}", settings)
            if image.digest in found:
                continue
            known = mirror.learn(sbom(image, settings))
        except Error as trouble:
            found[stored.digest] = (stored.name, trouble)
            continue
        if known is not None:
            found[image.digest] = (stored.name, known)
            before = scopes.get(known.scope)
            scopes[known.scope] = before.joined(known) if before else known
    for known in scopes.values():
        write_learned(settings.advisories, known)
    return tuple(found.values())
