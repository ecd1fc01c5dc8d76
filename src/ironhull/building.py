"""Joining the stages of a build: build, list what is inside, attest, publish.

The other half of `pipeline`, loaded by the commands that build.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.config import Settings
from ironhull.errors import DefinitionError, ReferenceFault
from ironhull.model import Build, Image, Platform, Progress
from ironhull.pipeline import now, sbom, transport
from ironhull.store.images import ImageStore
from ironhull.values import dataclass, replace

if TYPE_CHECKING:
    from ironhull.builders.debian_base.build import BaseRecipe
    from ironhull.builders.debian_base.lock import Lock
    from ironhull.builders.python_app.recipe import AppRecipe

__all__ = ["Publication", "build_app", "build_base"]


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
