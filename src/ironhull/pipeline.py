"""The one module that joins the stages: load, catalogue, match, build, attest, publish.

Everything below takes plain arguments; this module knows the settings and gives them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ironhull import __version__
from ironhull.config import Settings
from ironhull.errors import ReferenceFault, UsageError
from ironhull.model import (
    BaseImage,
    Build,
    Image,
    MadeWith,
    Platform,
    Progress,
    Report,
    Sbom,
)
from ironhull.store.images import ImageStore

if TYPE_CHECKING:
    from ironhull.builders.python_app.recipe import AppRecipe
    from ironhull.match import Matched
    from ironhull.transport import Transport

__all__ = ["build_app", "load", "now", "parse_platform", "sbom", "scan", "transport"]


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
    from ironhull.transport import Transport

    return Transport(user_agent=f"ironhull/{__version__}", progress=progress)


# ── reading ──────────────────────────────────────────────────────────────────────────────────────


def load(reference: str, settings: Settings, platform: str = "") -> Image:
    """The image `reference` names; the one built last for the empty string."""
    from ironhull.sources import open_image

    store = ImageStore(settings.images)
    return open_image(reference or store.latest(), store=store, platform=parse_platform(platform))


def sbom(image: Image, settings: Settings) -> Sbom:  # noqa: ARG001  # the layer cache will be theirs
    """What is in `image`; every layer is read once and verified."""
    from pathlib import Path

    from ironhull.catalog import PATTERNS, catalog, subject_of
    from ironhull.oci.tree import DirectoryTree, read_tree

    if image.root:
        directory = DirectoryTree(Path(image.root), PATTERNS)
        found = catalog(directory, subject_of(image, disk_size=directory.disk_size))
        return replace(found, problems=(*directory.problems, *found.problems))
    tree, problems = read_tree(image, PATTERNS)
    found = catalog(tree, subject_of(image, disk_size=tree.disk_size))
    return replace(found, problems=(*problems, *found.problems))


def scan(
    reference: str,
    settings: Settings,
    *,
    platform: str = "",
    progress: Progress | None = None,
) -> Report:
    """An image, its findings, and the same of its base where that is in the local store."""
    image = load(reference, settings, platform)
    report = _judge(image, settings)
    base = _base_of(image, settings)
    return replace(report, base=base) if base else report


def _judge(image: Image, settings: Settings) -> Report:
    found = sbom(image, settings)
    matched, made_with = _match(found, settings)
    return Report(
        sbom=found,
        findings=matched.findings,
        coverage=matched.coverage,
        made_with=made_with,
        problems=matched.problems,
    )


def _match(found: Sbom, settings: Settings) -> tuple[Matched, MadeWith]:
    from ironhull.advisories.update import open_index
    from ironhull.match import match

    with open_index(settings.advisories, now=now()) as index:
        return match(found, index), MadeWith(__version__, index.digest, index.date)


def _base_of(image: Image, settings: Settings) -> BaseImage | None:
    """The base image as the image tells it, read and judged where the store has it."""
    from ironhull.base_image import identify, verify

    said = identify(image)
    if said is None:
        return None
    below = _find_base(said, settings, image.platform)
    if below is None:
        return said
    proven = verify(image, [layer.diff_id for layer in below.layers])
    return replace(said, verified=proven, report=_judge(below, settings))


def _find_base(said: BaseImage, settings: Settings, platform: Platform) -> Image | None:
    store = ImageStore(settings.images)
    try:
        return store.find(said.digest or said.name, platform)
    except ReferenceFault:
        return None


# ── building ─────────────────────────────────────────────────────────────────────────────────────


def build_app(recipe: AppRecipe, settings: Settings, *, progress: Progress | None = None) -> Build:
    """Build a Python app image, attest it, and put it where the recipe says."""
    from ironhull.builders.python_app.build import build_app as build

    started = now()
    built = build(
        recipe,
        find_base=lambda name, platform: _base_for(name, platform, settings, progress),
        store=ImageStore(settings.images),
        cache=settings.cache,
        environment=dict(os.environ),
    )
    built = replace(built, started=started, finished=now())
    image = _publish(built, recipe.names, recipe.sbom, recipe.provenance, settings)
    for output in recipe.outputs:
        if output.dest is not None:
            ImageStore(settings.images).export(image, output.kind, output.dest)
    return replace(built, image=image)


def _publish(
    built: Build, names: Sequence[str], with_sbom: bool, provenance: str, settings: Settings
) -> Image:
    """Attach what was asked for and give the image its names, in one step."""
    from ironhull.attest import provenance_statement, sbom_statement
    from ironhull.formats.spdx import write_spdx

    statements = []
    if with_sbom:
        found = sbom(replace(built.image, name=names[0] if names else ""), settings)
        document = write_spdx(found, created=found.subject.created)
        statements.append(sbom_statement(built.image, names, document))
    if provenance:
        statements.append(provenance_statement(built, names, mode=provenance))
    return ImageStore(settings.images).publish(built.image, names, statements)
