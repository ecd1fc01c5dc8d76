"""The base images of an image, as far as its layers prove them: what was built on what.

Provenance, annotations and labels only claim a base; it counts when its diff_ids are the lowest
of the image's. Base images of base images count likewise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ironhull.base_image import examine, verify
from ironhull.errors import Error, ReferenceFault
from ironhull.limits import LIMITS
from ironhull.model import BaseImage, Image, Problem
from ironhull.oci.names import Reference
from ironhull.values import dataclass
from ironhull.vexing._kinds import kind_of

if TYPE_CHECKING:
    from ironhull.config import Settings

__all__ = ["Bases", "Proven", "find_bases"]

_STAGE = "vex"


@dataclass(frozen=True, slots=True)
class Proven:
    """A base image: `names` are what it is called, `layers` its diff_ids, lowest first.

    `also` is the same image in another place, where more may be attached to it.
    """

    image: Image
    names: tuple[str, ...]
    layers: tuple[str, ...]
    also: Image | None = None

    @property
    def places(self) -> tuple[Image, ...]:
        """The image as it is in each place, the registry first: signatures are kept there."""
        return (self.image,) if self.also is None else (self.also, self.image)


@dataclass(frozen=True, slots=True)
class Bases:
    """Base images, the one on top first, and what hindered finding more."""

    proven: tuple[Proven, ...] = ()
    problems: tuple[Problem, ...] = ()


def find_bases(image: Image, settings: Settings, *, remote: bool) -> Bases:
    """The base images of `image` that are in the local store or in the registry it came from.

    With `remote` every registry that is named is asked.
    """
    proven: list[Proven] = []
    problems: list[Problem] = []
    above = image
    while len(proven) < LIMITS.vex_bases:
        found = _one_below(image, above, settings, problems, remote=remote)
        if found is None or len(found.layers) >= len(above.layers):
            break
        proven.append(found)
        above = found.image
    return Bases(tuple(proven), tuple(problems))


def _one_below(
    image: Image, above: Image, settings: Settings, problems: list[Problem], *, remote: bool
) -> Proven | None:
    """The base of `above`, one of the bases of `image` or itself."""
    said = examine(above)
    for base in dict.fromkeys((said.base, *said.candidates)):
        if base is None:
            continue
        there = _found(base, settings, image, problems, remote=remote)
        for found in there:
            layers = tuple(layer.diff_id for layer in found.layers)
            if verify(image, layers):
                called = tuple(dict.fromkeys(filter(None, (base.name, found.name))))
                also = next((i for i in there if i is not found and i.digest == found.digest), None)
                return Proven(found, called, layers, also)
        if base == said.base and any(
            kind_of(item) != "no" for i in there for item in i.attachments
        ):
            problems.append(
                Problem(
                    _STAGE,
                    base.name,
                    f"is not proven to be the base of {above.name}: its layers are others,"
                    " so what it says of vulnerabilities is not used",
                )
            )
    return None


def _found(
    base: BaseImage, settings: Settings, image: Image, problems: list[Problem], *, remote: bool
) -> list[Image]:
    """The base as the store has it, then as its registry has it.

    What was said after it was pulled is beside the one in the registry alone.
    """
    kept = _kept(base, settings, image, problems)
    there = _asked(base, settings, image, problems, remote=remote)
    return [found for found in (kept, there) if found is not None]


def _kept(
    base: BaseImage, settings: Settings, image: Image, problems: list[Problem]
) -> Image | None:
    """The base as the local store has it."""
    from ironhull.store.images import ImageStore

    store = ImageStore(settings.images)
    for reference in (base.digest, base.name):
        if not reference:
            continue
        try:
            return store.find(reference, image.platform)
        except ReferenceFault:
            continue
        except Error as trouble:
            message = f"the base image in the store was not asked: {trouble.message}"
            problems.append(Problem(_STAGE, base.name, message))
            return None
    return None


def _asked(
    base: BaseImage, settings: Settings, image: Image, problems: list[Problem], *, remote: bool
) -> Image | None:
    """The base as its registry has it, where that may be asked."""
    try:
        reference = Reference.parse(base.name)
        near = image.origin == "registry" and _registry(image) == reference.registry
    except ReferenceFault:
        return None
    if not (remote or near):
        return None
    from ironhull.pipeline import load

    name = f"{reference.registry}/{reference.repository}"
    exact = f"@{base.digest}" if base.digest else f":{reference.tag or 'latest'}"
    try:
        return load(f"registry://{name}{exact}", settings, image.platform)
    except Error as trouble:
        problems.append(
            Problem(_STAGE, base.name, f"the base image was not asked: {trouble.message}")
        )
        return None


def _registry(image: Image) -> str:
    return Reference.parse(image.name).registry
