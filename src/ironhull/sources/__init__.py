"""Where images come from: a reference with its prefix in, an Image out.

A source is a row of SOURCES: its prefix and a function; nothing else decides who reads what. Each
is imported when its prefix is used.
"""

from __future__ import annotations

from collections.abc import Callable

from ironhull.errors import ReferenceFault
from ironhull.model import Image, Platform
from ironhull.oci.names import split_scheme
from ironhull.store.images import ImageStore
from ironhull.values import dataclass

__all__ = ["SOURCES", "Source", "open_image"]


@dataclass(frozen=True, slots=True)
class Source:
    """One way to get an image: `open` takes what follows the prefix, the store and the platform."""

    scheme: str
    open: Callable[[str, ImageStore, Platform | None], Image]


def _default(rest: str, store: ImageStore, platform: Platform | None) -> Image:
    from ironhull.sources.local import open_default

    return open_default(rest, store, platform)


def _layout(rest: str, _store: ImageStore, platform: Platform | None) -> Image:
    from ironhull.sources.layout import open_layout

    return open_layout(rest, platform)


def _archive(rest: str, _store: ImageStore, platform: Platform | None) -> Image:
    from ironhull.sources.archive import open_archive

    return open_archive(rest, platform)


def _root(rest: str, _store: ImageStore, platform: Platform | None) -> Image:
    from ironhull.sources.rootfs import open_root

    return open_root(rest, platform)


def _registry(rest: str, _store: ImageStore, _platform: Platform | None) -> Image:
    raise ReferenceFault(
        f"registry://{rest}: this version does not read registries",
        "save the image to a file (`docker save -o FILE`, `skopeo copy`) and use archive://FILE",
    )


def _sbom(rest: str, _store: ImageStore, _platform: Platform | None) -> Image:
    raise ReferenceFault(
        f"sbom://{rest}: this version does not read SBOMs as input",
        "name the image itself: local://NAME, oci-dir://PATH, archive://FILE or fs://PATH",
    )


SOURCES = (
    Source("image", _default),
    Source("local", lambda rest, store, platform: store.find(rest, platform)),
    Source("registry", _registry),
    Source("oci-dir", _layout),
    Source("archive", _archive),
    Source("fs", _root),
    Source("sbom", _sbom),
)


def open_image(reference: str, *, store: ImageStore, platform: Platform | None = None) -> Image:
    """The image `reference` names; its layers are opened when they are read.

    `platform` None: an image for one platform as it is, of several the host's. Raises
    ReferenceFault (malformed, missing, ambiguous: with what is there) and ImageError (damaged).
    """
    scheme, rest = split_scheme(reference)
    source = next(row for row in SOURCES if row.scheme == scheme)
    return source.open(rest, store, platform)
