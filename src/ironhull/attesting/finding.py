"""What is attached to an image, wherever it is, of the types somebody wants."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from ironhull.attest import open_statement
from ironhull.attesting.places import open_place, target_of
from ironhull.config import Settings
from ironhull.errors import Error, ReferenceFault
from ironhull.model import Image, Platform, Problem
from ironhull.oci.manifests import IN_TOTO
from ironhull.oci.names import split_scheme
from ironhull.pipeline import load
from ironhull.predicates import predicate_types
from ironhull.store.images import ImageStore
from ironhull.values import replace

if TYPE_CHECKING:
    from ironhull.attestations import Found, Place

__all__ = ["STATEMENTS", "find_attached"]

STATEMENTS = frozenset(
    {
        IN_TOTO,
        "application/vnd.dsse.envelope.v1+json",
        "application/vnd.dev.sigstore.bundle.v0.3+json",
        *(f"application/vnd.dev.sigstore.bundle+json;version=0.{n}" for n in (1, 2, 3)),
    }
)
"""Media types of statements, bare and wrapped."""


def find_attached(
    reference: str,
    settings: Settings,
    *,
    platform: Platform | None = None,
    wanted: Sequence[str] = (),
    plain_http: bool = False,
    near: bool = False,
) -> tuple[Place | None, Found]:
    """What is attached to `reference`, of the types `wanted` (names or URIs; none: all), and where.

    Without a `platform` that of all of them is found; where it is `near`, the others are asked for
    if there is nothing for this host's. Of an image in an engine that is what the
    engine tells, and no place. What does not say its type outside is read for it. Raises as
    `open_place`.
    """
    from ironhull.attestations import find

    def is_wanted(kind: str) -> bool:
        return not wanted or any(predicate_types(kind, one) for one in wanted)

    scheme, _ = split_scheme(reference)
    if image := _of_engine(scheme, reference, settings, platform):
        return None, _typed(_in_engine(image, is_wanted), is_wanted)
    if scheme in ("fs", "sbom"):
        raise ReferenceFault(f"{reference}: nothing is attached to it", "name an image")
    place = open_place(reference, settings, plain_http=plain_http)
    if near and platform is None:
        with suppress(ReferenceFault):  # an image for other hosts
            own = target_of(place, None).platform
            found = _typed(find(place, platform=own, wanted=is_wanted), is_wanted)
            if found.attachments:
                return place, found
    return place, _typed(find(place, platform=platform, wanted=is_wanted), is_wanted)


def _of_engine(
    scheme: str, reference: str, settings: Settings, platform: Platform | None
) -> Image | None:
    """The image where an engine has it; a plain name means one of ours first, as in a scan."""
    if scheme in ("docker", "podman"):
        return load(reference, settings, platform)
    if scheme != "image" or not reference:
        return None
    from ironhull.sources.engine import engine_image

    with suppress(ReferenceFault):
        ImageStore(settings.images).find(reference)
        return None
    with suppress(ReferenceFault):
        return engine_image(reference, platform, os.environ, cache=settings.cache)
    return None


def _in_engine(image: Image, is_wanted: Callable[[str], bool]) -> Found:
    from ironhull.attestations import Found, Target

    there = tuple(
        item
        for item in image.attachments
        if not item.predicate_type or is_wanted(item.predicate_type)
    )
    targets = [Target(image.digest, image.platform)]
    if image.index_digest:
        targets.insert(0, Target(image.index_digest))
    return Found(tuple(targets), there)


def _typed(found: Found, is_wanted: Callable[[str], bool]) -> Found:
    """`found` with the types that only the statements themselves tell."""
    kept, problems = [], list(found.problems)
    for item in found.attachments:
        if item.predicate_type or item.media_type not in STATEMENTS:
            if item.predicate_type or is_wanted(""):
                kept.append(item)
            continue
        try:
            kind = open_statement(item.read(), where=item.digest)[0].predicate_type
        except Error as trouble:
            problems.append(Problem("attestations", item.digest, trouble.message))
            continue
        if is_wanted(kind):
            kept.append(replace(item, predicate_type=kind))
    return replace(found, attachments=tuple(kept), problems=tuple(problems))
