"""Where an image is, to be read and written beside, and which part of it is meant."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.config import Settings
from ironhull.errors import ReferenceFault
from ironhull.model import Image, Platform
from ironhull.oci.names import Reference, split_scheme
from ironhull.pipeline import registries
from ironhull.store.images import ImageStore

if TYPE_CHECKING:
    from ironhull.attestations import Place, Target
    from ironhull.registry.transfer import Origin

__all__ = ["image_of", "open_place", "target_of"]


def open_place(reference: str, settings: Settings, *, plain_http: bool = False) -> Place:
    """Where `reference` is, to be read and written beside; the image named last for "".

    A registry, the store or an OCI layout; archives are read only. A name without a prefix is
    looked for in the store, then in its registry. Raises ReferenceFault, ImageError, RegistryError.
    """
    from ironhull.sources import Asked
    from ironhull.sources.origins import open_origin

    store = ImageStore(settings.images)
    text = reference or store.latest()
    client = registries(settings, plain_http=plain_http)
    asked = Asked(
        store.root,
        environment=os.environ,
        cache=settings.cache if settings.cache_bytes else None,
        registries=lambda: client,
    )
    return _place(open_origin(text, asked), text, store)


def _place(origin: Origin, text: str, store: ImageStore) -> Place:
    from ironhull.attestations import place_of
    from ironhull.registry.blobs import RegistryBlobs
    from ironhull.store.companions import directory_keeper, store_keeper

    scheme, rest = split_scheme(text)
    if isinstance(origin.blobs, RegistryBlobs):
        return place_of(origin, name=Reference.parse(rest).tag)
    if origin.blobs == store.incoming:
        return place_of(origin, store_keeper(store), _own_name(origin.name, rest))
    if scheme == "oci-dir":
        from ironhull.sources._pick import split_path

        return place_of(origin, directory_keeper(Path(split_path(rest)[0])))
    return place_of(origin)


def _own_name(name: str, asked: str) -> str:
    """`name` where the user named the image so, "" where by an ID or digest."""
    try:
        return name if Reference.parse(asked).familiar == name else ""
    except ReferenceFault:
        return ""


def image_of(
    place: Place, target: Target, reference: str, settings: Settings, *, plain_http: bool = False
) -> Image:
    """The image of `target`, opened as `reference` (what `place` was opened by) leads to it.

    Raises ReferenceFault where that is another by now, ImageError, RegistryError.
    """
    from ironhull.registry.blobs import RegistryBlobs
    from ironhull.sources import open_image

    store = ImageStore(settings.images)
    scheme, rest = split_scheme(reference or store.latest())
    if scheme == "image":
        scheme = "registry" if isinstance(place.origin.blobs, RegistryBlobs) else "local"
    image = open_image(
        f"{scheme}://{rest}",
        images=store.root,
        platform=target.platform,
        environment=os.environ,
        cache=settings.cache if settings.cache_bytes else None,
        registries=lambda: registries(settings, plain_http=plain_http),
    )
    if image.digest != target.digest:
        raise ReferenceFault(f"{place.name} was changed meanwhile", "try again")
    return image


def target_of(place: Place, platform: Platform | None) -> Target:
    """The manifest for `platform`; without one the only there is, or the host's.

    Raises ReferenceFault, naming those there are.
    """
    from ironhull.attestations import targets_of
    from ironhull.oci.images import choose_platform

    there = [target for target in targets_of(place) if target.platform is not None]
    known = [target.platform or Platform() for target in there]
    if platform is None and len(there) == 1:
        return there[0]
    return there[choose_platform(known, platform, place.name)]
