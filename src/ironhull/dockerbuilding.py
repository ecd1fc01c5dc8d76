"""A Dockerfile built by an engine, completed to what our own builds have. Part of `pipeline`.

The engine's archive is taken into the local store, every platform of it is listed, and what the
engine attested itself (BuildKit: provenance, the SBOMs of a generator) stays as it is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, BinaryIO

from ironhull.builders.dockerfile import (
    BUILDER,
    DockerRecipe,
    Made,
    choose_engine,
    made_by,
    revision_of,
)
from ironhull.builders.dockerfile.bases import bases_for, given_bases
from ironhull.config import Settings
from ironhull.errors import BuildError
from ironhull.model import Attachment, Build, Descriptor, Image, Platform, Progress
from ironhull.oci.images import Found, find_images, read_image
from ironhull.oci.names import Reference
from ironhull.pipeline import now
from ironhull.store.images import ImageStore
from ironhull.values import dataclass, replace

if TYPE_CHECKING:
    from pathlib import Path

    from ironhull.building import Publication
    from ironhull.registry.transfer import Plan

__all__ = ["build_dockerfile"]

_Statements = list[tuple[str, bytes]]


def build_dockerfile(
    recipe: DockerRecipe,
    settings: Settings,
    publication: Publication,
    *,
    engine: str = "",
    say: Callable[[str], None],
    progress: Progress | None = None,
) -> Build:
    """Build `recipe` with `engine` ("": what there is), attest every platform and name the image.

    `say` is told what the engine says. Gives the build of the first platform. Raises BuildError,
    UsageError, ImageError, StoreError.
    """
    environment = dict(os.environ)
    chosen = choose_engine(engine, recipe.builder, environment)
    store = ImageStore(settings.images)
    started = now()
    bases = bases_for(recipe, store)
    for name in bases:
        say(f"{name} is taken from the local store")
    with store.staging() as work:
        with given_bases(bases, store, recipe, (chosen.name, environment)) as given:
            made = chosen.build(given, work, environment, say)
        root = _take_in(made.archive, store, settings, progress)
    describe = _describer(recipe, made)
    parts = []
    for found in find_images(store.incoming, [root]):
        image = read_image(store.incoming, found, name=_first(publication.names), origin="store")
        build = replace(describe(image), started=started, finished=now())
        parts.append(_Part(found, build, _statements(build, publication, settings)))
    parts.sort(key=lambda part: str(part.build.image.platform))  # engines have no order of theirs
    _check(parts, recipe, made)
    build = _publish(parts, settings, publication)
    return replace(build, notes=(f"built by {made.program}", *_remarks(parts, publication, made)))


@dataclass(frozen=True, slots=True)
class _Part:
    """One platform: where it was found, how it was made, what is attached."""

    found: Found
    build: Build
    statements: _Statements

    @property
    def entry(self) -> Descriptor:
        """Its entry in the index."""
        return replace(self.found.descriptor, platform=self.build.image.platform, annotations={})


def _check(parts: Sequence[_Part], recipe: DockerRecipe, made: Made) -> None:
    """BuildError where there is another platform than was asked for, or one is missing."""
    if not parts:
        raise BuildError(f"{made.program} made no image", "build one with a file system")
    there = [part.build.image.platform for part in parts]
    asked = [_platform(text) for text in recipe.platforms]
    if asked and not (all(map(_among(there), asked)) and all(map(_among(asked), there))):
        raise BuildError(
            f"{made.program} made {_listed(there)}, not {_listed(asked)}",
            "build with --no-cache, or one platform at a time",
        )


def _platform(text: str) -> Platform:
    return Platform(*text.split("/"))


def _among(some: Sequence[Platform]) -> Callable[[Platform], bool]:
    """Whether a platform is one of `some`; where one has no variant, that is no difference."""

    def test(one: Platform) -> bool:
        return any(
            (one.os, one.architecture) == (other.os, other.architecture)
            and (one.variant == other.variant or not (one.variant and other.variant))
            for other in some
        )

    return test


def _listed(platforms: Sequence[Platform]) -> str:
    return ", ".join(map(str, platforms))


def _first(names: Sequence[str]) -> str:
    return names[0] if names else ""


def _describer(recipe: DockerRecipe, made: Made) -> Callable[[Image], Build]:
    """What tells how an image was made; a checkout is looked at once, and only where it matters."""
    revision = cache(partial(revision_of, recipe))

    def describe(image: Image) -> Build:
        if _engine_told(image):
            return Build(image, (), {}, BUILDER)
        return made_by(recipe, made, image, revision())

    return describe


# ── taken in ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Incoming:
    """The store as a transfer's sink that gives no name."""

    store: ImageStore

    def has_blob(self, blob: Descriptor) -> bool:
        return self.store.incoming.has(blob)

    def put_blob(self, blob: Descriptor, opened: Callable[[int], BinaryIO]) -> bool:
        self.store.incoming.fetch(blob, opened)
        return False

    def put_documents(self, found: Plan) -> None:
        for document in found.documents:
            self.store.incoming.put(document.descriptor.digest, document.data)


def _take_in(
    archive: Path, store: ImageStore, settings: Settings, progress: Progress | None
) -> Descriptor:
    """The image of `archive` in the store, without a name; every blob is verified."""
    from ironhull.registry.transfer import plan, transfer
    from ironhull.sources import Asked, open_origin

    origin = open_origin(f"archive://{archive}", Asked(store.root, cache=settings.cache))
    transfer(plan(origin, referrers=False), origin, _Incoming(store), progress)
    return origin.root


# ── attested ─────────────────────────────────────────────────────────────────────────────────────


def _statements(build: Build, publication: Publication, settings: Settings) -> _Statements:
    """What the engine attested and what we add; nobody can say that RUN does the same each time."""
    from ironhull.attest import provenance_statement
    from ironhull.building import statements

    made = [_kept(attachment) for attachment in build.image.attachments if _wanted(attachment)]
    if (mode := publication.provenance) and not _engine_told(build.image):
        names = publication.names
        made.append(provenance_statement(build, names, mode=mode, reproducible=False))
    return statements(build, publication, settings, made=made)


def _wanted(attachment: Attachment) -> bool:
    return bool(attachment.predicate_type) and attachment.storage in ("", "index")


def _kept(attachment: Attachment) -> tuple[str, bytes]:
    return attachment.predicate_type, attachment.read()


def _publish(parts: Sequence[_Part], settings: Settings, publication: Publication) -> Build:
    """Give the image its names in the store, write the exports; the build of the first platform."""
    from ironhull.builders.dockerfile.index import attested
    from ironhull.building import attach_timed

    store = ImageStore(settings.images)
    names = [Reference.parse(name) for name in publication.names]
    entry = parts[0].entry
    if len(parts) > 1 or any(part.statements for part in parts):
        made = attested([(part.entry, part.statements) for part in parts])
        for blob in (*made.blobs, made.index):
            store.incoming.put(blob.descriptor.digest, blob.data)
        entry = made.index.descriptor
    for name in names:
        store.take(entry, name)
    if not names:
        store.take(entry, None)
    for part in parts:
        image = store.find(entry.digest, part.build.image.platform)
        attach_timed(image, publication.names, publication.wishes, settings)
    image = store.find(entry.digest, parts[0].build.image.platform)
    image = replace(image, name=_first(publication.names))
    for kind, path in publication.exports:
        store.export(image, kind, path)
    return replace(parts[0].build, image=image)


def _remarks(parts: Sequence[_Part], publication: Publication, made: Made) -> list[str]:
    found = [f"for {_listed([part.build.image.platform for part in parts])}"]
    if publication.provenance and not _engine_told(parts[0].build.image):
        found.append(f"{made.program} attests nothing: the provenance is ours and tells less")
    if all(_is_root(part.build.image) for part in parts):
        found.append("runs as root: name another USER in the Dockerfile")
    return found


def _engine_told(image: Image) -> bool:
    return any("/provenance/" in item.predicate_type for item in image.attachments)


def _is_root(image: Image) -> bool:
    config = image.config.get("config")
    user = config.get("User") if isinstance(config, dict) else ""
    return str(user or "").partition(":")[0] in ("", "0", "root")
