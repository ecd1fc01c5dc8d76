"""Filling the index of known images from registries, layouts, archives, engines and the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ironhull.base_choice import known_image
from ironhull.config import Settings
from ironhull.errors import Error, UsageError
from ironhull.limits import LIMITS
from ironhull.model import EVERY_PLATFORM, Image, KnownImage, Problem, Progress
from ironhull.oci.names import Reference, split_scheme
from ironhull.registry.tags import TagFilter
from ironhull.values import dataclass, replace

__all__ = ["Indexed", "index_images"]

_STAGE = "bases"


@dataclass(frozen=True, slots=True)
class Indexed:
    """What `index_images` found: the images, how many of them are new, what could not be read."""

    images: tuple[KnownImage, ...]
    fresh: int
    problems: tuple[Problem, ...]


def index_images(
    references: Sequence[str],
    settings: Settings,
    *,
    tags: TagFilter | None = None,
    name: str = "",
    now: str,
    progress: Progress | None = None,
) -> Indexed:
    """Look at what `references` lead to, for every platform, and keep what identifies it.

    Only manifests and configs are read. `local://` is the whole store; with `tags` a reference is a
    repository, of which the tags meant are looked at. `name` is what a single image without a name
    of its own (of a layout or archive) is called. One reference that cannot be read is a problem,
    none that can an Error.
    """
    from ironhull.recommending._known import base_index

    found: list[KnownImage] = []
    problems: list[Problem] = []
    trouble: Error | None = None
    wanted: list[str] = []
    for reference in references:
        try:
            wanted += _expanded(reference, settings, tags)
        except Error as reason:
            trouble = reason
            problems.append(Problem(_STAGE, reference, reason.message))
    if name and len(wanted) > 1:
        raise UsageError("--name names one image", f"{len(wanted)} are given")
    for place, reference in enumerate(wanted):
        if progress is not None:
            progress("index", place, len(wanted))
        try:
            found += _known(reference, settings, name, now, problems)
        except Error as reason:
            trouble = reason
            problems.append(Problem(_STAGE, reference, reason.message))
    if trouble is not None and not found:
        raise trouble
    fresh = base_index(settings).add(found)
    return Indexed(tuple(found), fresh, tuple(problems))


def _expanded(reference: str, settings: Settings, tags: TagFilter | None) -> list[str]:
    """The references that one means: the store's images, the tags of a repository, or itself."""
    if reference in ("local://", "local"):
        from ironhull.store.images import ImageStore

        stored = ImageStore(settings.images).list()
        return [f"local://{image.name}" for image in stored if image.name]
    if tags is None:
        return [reference]
    from ironhull.pipeline import registries

    scheme, rest = split_scheme(reference)
    if scheme not in ("image", "registry"):
        raise UsageError(f"{reference}: --tags is about repositories of registries", "leave it out")
    place = Reference.parse(rest)
    chosen = tags.choose(registries(settings).repository(place).tags())
    if not chosen:
        raise UsageError(f"{reference} has no tags that --tags and --exclude mean", "widen them")
    if len(chosen) > LIMITS.base_tags:
        raise UsageError(
            f"{reference}: {len(chosen)} tags are meant, at most {LIMITS.base_tags} at once",
            "narrow --tags, or give --newest",
        )
    return [f"registry://{place.registry}/{place.repository}:{tag}" for tag in chosen]


def _known(
    reference: str, settings: Settings, name: str, now: str, problems: list[Problem]
) -> Iterator[KnownImage]:
    from ironhull.pipeline import load

    image = load(reference, settings, EVERY_PLATFORM)
    for found in _platforms(image, reference, problems):
        if not found.layers:
            continue  # nothing to know it by
        called = _called(name, "") or _called(found.name or image.name, found.origin)
        if not called and not found.digest:
            problems.append(Problem(_STAGE, reference, "has neither a name nor a digest"))
            continue
        yield replace(known_image(found, seen=now), name=called)


def _platforms(image: Image, reference: str, problems: list[Problem]) -> Iterator[Image]:
    if not image.choices:
        yield image
        return
    for choice in image.choices:
        try:
            yield choice.open()
        except Error as reason:
            where = f"{reference} ({choice.platform})"
            problems.append(Problem(_STAGE, where, reason.message))


def _called(name: str, origin: str) -> str:
    """`name` if it is one an image can be looked up by; a layout or archive may have its path."""
    try:
        found = Reference.parse(name)
    except Error:
        return ""
    if origin in ("oci-dir", "archive"):
        from ironhull.sources._pick import split_path

        if Path(split_path(name)[0]).exists():
            return ""
    return found.familiar
