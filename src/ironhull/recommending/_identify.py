"""The base image of an image: what names it, what proves it, and its own SBOM and findings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ironhull.base_choice import Chosen, choose
from ironhull.base_image import AMBIGUOUS, examine
from ironhull.errors import Error
from ironhull.model import BaseImage, Image, KnownImage, Problem, Report, Sbom
from ironhull.values import replace

if TYPE_CHECKING:
    from ironhull.config import Settings
    from ironhull.recommending._known import Known

__all__ = ["base_of", "identify_base"]


def identify_base(
    image: Image, known: Known, also: Sequence[BaseImage] = ()
) -> tuple[Chosen, tuple[Problem, ...]]:
    """The base of `image` and how sure that is, and what hindered knowing more.

    `also` are claims beside those of the image itself: what a Dockerfile says.
    """
    said = examine(image)
    claims = (*said.claims, *also)
    chosen = choose(image, claims, said.candidates, known.named, lambda: known.below(image))
    problems = said.problems
    if chosen.base is not None and chosen.base.verified:
        problems = tuple(p for p in problems if AMBIGUOUS not in p.message)
    return chosen, (*problems, *known.problems)


def base_of(
    image: Image,
    settings: Settings,
    judge: Callable[[Sbom], Report],
    known: Known | None = None,
    also: Sequence[BaseImage] = (),
) -> tuple[BaseImage | None, tuple[Problem, ...]]:
    """The base of `image` with its report, as `known` (the store and the index) tells.

    Where the layers prove the base and it is nowhere to be read, its packages are those of these
    layers: of the image as it was when the base ended. A base that is only named is read where the
    store has an image of that name; it is not `verified` then.
    """
    from ironhull.pipeline import sbom
    from ironhull.recommending._known import Known

    known = known or Known(settings, image.platform)
    chosen, problems = identify_base(image, known, also)
    if chosen.base is None:
        return None, problems
    below = _to_read(image, chosen, known)
    if below is None:
        return chosen.base, problems
    try:
        report = judge(sbom(below, settings))
    except Error as trouble:
        problem = Problem("base image", chosen.base.name, f"cannot be read: {trouble.message}")
        return chosen.base, (*problems, problem)
    return replace(chosen.base, report=report), problems


def _to_read(image: Image, chosen: Chosen, known: Known) -> Image | None:
    assert chosen.base is not None
    if chosen.known is not None:
        there = known.image(chosen.known)
        if there is not None and there.origin != "registry":
            return there
        return _lowest(image, chosen.base, chosen.known)
    for each in known.named(chosen.base):
        if (found := known.image(each)) is not None:
            return found
    return None


def _lowest(image: Image, base: BaseImage, known: KnownImage) -> Image:
    """The base as the lowest layers of `image` hold it."""
    return Image(
        name=base.name,
        digest=known.digest,
        config={"created": known.created} if known.created else {},
        layers=image.layers[: len(known.layers)],
        platform=image.platform,
        origin=image.origin,
        config_digest=known.config_digest,
        index_digest=known.index_digest,
    )
