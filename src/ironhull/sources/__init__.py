"""Where images come from: a reference with its prefix in, an Image out.

A source is a row of SOURCES: its prefix and a function; nothing else decides who reads what. Each
is imported when its prefix is used.
"""

from __future__ import annotations

from ironhull.errors import ReferenceFault
from ironhull.oci.names import split_scheme
from ironhull.values import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager as _Opened
    from pathlib import Path
    from typing import NoReturn

    from ironhull.model import Image, Platform
    from ironhull.registry import Registries
    from ironhull.registry.transfer import Origin, Plan, Sink
    from ironhull.sources.targets import Target
    from ironhull.store.images import ImageStore

__all__ = ["SOURCES", "Asked", "Source", "open_image", "open_origin", "open_target"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What every source is given beside the name.

    `images` is where the local image store is, `environment` are the variables that say where
    engines are, `cache` the cache folder (None: nothing is kept). `registries` makes the client of
    registries.
    """

    images: Path | str
    platform: Platform | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    cache: Path | str | None = None
    registries: Callable[[], Registries] | None = None

    @property
    def store(self) -> ImageStore:
        """The local image store."""
        from pathlib import Path

        from ironhull.store.images import ImageStore

        return ImageStore(Path(self.images))


@dataclass(frozen=True, slots=True)
class Source:
    """One way to get an image: `open` takes what follows the prefix."""

    scheme: str
    open: Callable[[str, Asked], Image]


def _default(rest: str, asked: Asked) -> Image:
    from ironhull.sources.local import open_default

    return open_default(rest, asked)


def _layout(rest: str, asked: Asked) -> Image:
    from ironhull.sources.layout import open_layout

    return open_layout(rest, asked.platform)


def _archive(rest: str, asked: Asked) -> Image:
    from ironhull.sources.archive import open_archive

    return open_archive(rest, asked.platform)


def _root(rest: str, asked: Asked) -> Image:
    from ironhull.sources.rootfs import open_root

    return open_root(rest, asked.platform)


def _engine(kind: str, rest: str, asked: Asked) -> Image:
    from ironhull.sources.engine import open_engine

    return open_engine(kind, rest, asked.platform, asked.environment, cache=asked.cache)


def _registry(rest: str, asked: Asked) -> Image:
    from ironhull.sources.registry import open_registry

    if asked.registries is None:
        raise ReferenceFault(f"registry://{rest}: registries are not asked here", "pull it first")
    return open_registry(rest, asked.platform, asked.registries(), cache=asked.cache)


def _sbom(rest: str, _asked: Asked) -> NoReturn:
    from ironhull.sources.sbom import open_sbom_as_image

    open_sbom_as_image(rest)


SOURCES = (
    Source("image", _default),
    Source("local", lambda rest, asked: asked.store.find(rest, asked.platform)),
    Source("registry", _registry),
    Source("oci-dir", _layout),
    Source("archive", _archive),
    Source("fs", _root),
    Source("sbom", _sbom),
    Source("docker", lambda rest, asked: _engine("docker", rest, asked)),
    Source("podman", lambda rest, asked: _engine("podman", rest, asked)),
)


def open_image(
    reference: str,
    *,
    images: Path | str,
    platform: Platform | None = None,
    environment: Mapping[str, str] | None = None,
    cache: Path | str | None = None,
    registries: Callable[[], Registries] | None = None,
) -> Image:
    """The image `reference` names; its layers are opened when they are read.

    `platform` None: an image for one platform as it is, of several the host's; the rest as `Asked`.
    Raises ReferenceFault (malformed, missing, ambiguous: with what is there), ImageError (damaged)
    and EngineError.
    """
    scheme, rest = split_scheme(reference)
    source = next(row for row in SOURCES if row.scheme == scheme)
    return source.open(rest, Asked(images, platform, environment or {}, cache, registries))


def open_target(target: Target, origin: Origin, asked: Asked, found: Plan) -> _Opened[Sink]:
    """The place an image is put to as it is."""
    from ironhull.sources import targets

    return targets.open_target(target, origin, asked, found)


def open_origin(reference: str, asked: Asked) -> Origin:
    """The image `reference` names as it is there, to be pulled, pushed or copied."""
    from ironhull.sources import origins

    return origins.open_origin(reference, asked)
