"""Joining the stages of a build: build, list what is inside, attest, publish.

The other half of `pipeline`, loaded by the commands that build.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.config import Settings
from ironhull.errors import DefinitionError, ReferenceFault, UsageError
from ironhull.model import Build, Image, Platform, Progress
from ironhull.oci.manifests import IN_TOTO
from ironhull.pipeline import now, transport
from ironhull.stating import Wish
from ironhull.store.images import ImageStore
from ironhull.values import dataclass, replace

if TYPE_CHECKING:
    from ironhull.builders.debian_base.build import BaseRecipe
    from ironhull.builders.debian_base.lock import Lock
    from ironhull.builders.python_app.recipe import AppRecipe

__all__ = [
    "Publication",
    "attach_timed",
    "base_for",
    "build_app",
    "build_base",
    "publish_build",
    "statements",
]


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
        find_base=lambda name, platform: base_for(name, platform, settings, progress),
        store=ImageStore(settings.images),
        cache=settings.cache,
        environment={**os.environ, **({"PIP_NO_INDEX": "1"} if settings.offline else {})},
    )
    return publish_build(replace(built, started=started), publication, settings)


@dataclass(frozen=True, slots=True)
class Publication:
    """The names an image gets, what is attached, and where it goes besides the store.

    `provenance` is "", "min" or "max"; `exports` are (kind of `ImageStore.export`, path). `wishes`
    are what else is attached: in the index, or, what is said of the day it is said, as referrers.
    """

    names: tuple[str, ...]
    sbom: bool = True
    provenance: str = "max"
    exports: tuple[tuple[str, Path], ...] = ()
    wishes: tuple[Wish, ...] = ()


def statements(
    build: Build,
    publication: Publication,
    settings: Settings,
    *,
    made: Sequence[tuple[str, bytes]] = (),
) -> list[tuple[str, bytes]]:
    """(predicate type, statement) for the image's index, the same for the same build.

    `made` are statements that whoever built the image attached: they come first, and we make none
    of a type they have. Raises FormatError, StoreError, ImageError.
    """
    from ironhull.attest import provenance_statement, subjects_of
    from ironhull.predicates import predicate_name
    from ironhull.stating import Speaker, stated

    names = publication.names
    there = {predicate_name(kind) for kind, _ in made}
    found = list(made)
    speaker = Speaker(build.image, settings, names[0] if names else "")
    wishes = [Wish("spdx")] if publication.sbom else []
    wishes += [wish for wish in publication.wishes if not wish.timed]
    for wish in dict.fromkeys(wishes):
        if wish.path is None and wish.type in there:
            continue
        said = speaker.say(wish)
        data, media_type = stated(said, subjects_of(build.image, names), build.image.digest)
        if media_type != IN_TOTO:
            raise UsageError(
                f"{wish.path}: a signed statement is no part of an index",
                "attach it afterwards with `ironhull attestation add`",
            )
        found.append((said.type, data))
    if publication.provenance and "provenance" not in there:
        found.append(provenance_statement(build, names, mode=publication.provenance))
    return found


def attach_timed(
    image: Image, names: tuple[str, ...], wishes: Sequence[Wish], settings: Settings
) -> None:
    """Attach what is said of the day it is said to an image of the store, as referrers."""
    from ironhull.attestations import targets_of
    from ironhull.attesting import attach_said, open_place
    from ironhull.stating import Speaker

    timed = [wish for wish in wishes if wish.timed]
    if timed:
        speaker = Speaker(image, settings, names[0] if names else "")
        said = [speaker.say(wish) for wish in timed]
        place = open_place(f"local://{image.index_digest or image.digest}", settings)
        (target,) = (t for t in targets_of(place) if t.digest == image.digest)
        attach_said(place, target, said, names)


def publish_build(
    built: Build,
    publication: Publication,
    settings: Settings,
    made: Sequence[tuple[str, bytes]] = (),
) -> Build:
    """Attach what was `made` and asked for, name the image in one step, write the exports."""
    names = publication.names
    attached = statements(replace(built, finished=now()), publication, settings, made=made)
    store = ImageStore(settings.images)
    image = store.publish(built.image, names, attached)
    attach_timed(image, names, publication.wishes, settings)
    for kind, path in publication.exports:
        store.export(image, kind, path)
    return replace(built, image=image, finished=now())


def build_base(
    recipe: BaseRecipe,
    settings: Settings,
    publication: Publication,
    *,
    lock: Lock | None = None,
    vex: bool = False,
    progress: Progress | None = None,
) -> tuple[Build, Lock]:
    """Build a base image, attest it and name it; without `lock`, resolve first. Gives both.

    With `vex` it is also stated which vulnerabilities' code is provably absent from it.
    """
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
    made = _absences(built.image, publication.names) if vex else []
    return publish_build(replace(built, started=started), publication, settings, made), lock


def _absences(image: Image, names: tuple[str, ...]) -> list[tuple[str, bytes]]:
    """(predicate type, statement) of the code that is provably not in `image`, if any."""
    import json

    from ironhull.attest import make_statement, subjects_of
    from ironhull.basing import absence_document
    from ironhull.predicates.openvex import openvex_type

    document = absence_document(image, names)
    if not document:
        return []
    predicate = json.loads(document)
    kind = openvex_type(predicate)
    return [(kind, make_statement(subjects_of(image, names), kind, predicate))]


def base_for(name: str, platform: Platform, settings: Settings, progress: Progress | None) -> Image:
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
    telling = found.definition.telling_name
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
