"""Which files an answer about an image depends on, for `commands._answers`."""

from __future__ import annotations

from ironhull.config import Settings
from ironhull.errors import Error
from ironhull.model import Subject
from ironhull.oci.names import split_scheme
from ironhull.places import places
from ironhull.store.answer_cache import Input

__all__ = ["advisory_inputs", "image_inputs"]


def image_inputs(
    reference: str, platform: str, subject: Subject, settings: Settings, env: dict[str, str]
) -> list[Input] | None:
    """What decides which image `reference` is, and the settings; None where files do not tell.

    An index names all of an image by digest. `subject` is what `reference` gave for `platform`.
    """
    scheme, rest = split_scheme(reference) if reference else ("local", "")
    if subject.kind != "image" or not subject.id:
        return None
    found = [Input("text", places(env).file)]
    if scheme in ("local", "image"):
        if rest and not _is_stored(rest, platform, subject, settings):
            return None
        return [*found, *_layout(settings.places.images, subject)]
    if scheme not in ("oci-dir", "archive"):
        return None
    from ironhull.sources._pick import split_path

    path = split_path(rest)[0]
    marks = [at for at, char in enumerate(rest) if char in ":@"]
    # A longer part of the reference would be the path if it came to exist.
    found += [Input("text", rest[:at]) for at in (len(rest), *marks) if at > len(path)]
    if scheme == "archive":
        return [*found, Input("file", path)]
    return [*found, *_layout(path, subject)]


def advisory_inputs(settings: Settings) -> list[Input]:
    """What decides the findings of an image, and its base image: the store, the known images.

    The code itself, its snapshot of advisories too, is part of every request.
    """
    from ironhull.advisories.opening import index_path

    return [
        Input("text", f"{settings.images}/index.json"),
        Input("file", str(index_path(settings.advisories))),
        Input("names", str(settings.advisories / "learned")),
        Input("file", f"{settings.home}/bases/index.sqlite"),
    ]


def _layout(root: str, subject: Subject) -> list[Input]:
    documents = [digest for digest in (subject.index_digest, subject.digest, subject.id) if digest]
    return [
        Input("text", f"{root}/index.json"),
        Input("text", f"{root}/oci-layout"),
        *(Input("text", f"{root}/blobs/{digest.replace(':', '/', 1)}") for digest in documents),
    ]


def _is_stored(name: str, platform: str, subject: Subject, settings: Settings) -> bool:
    """Whether it was the local store that knew `name`; it is asked before anything else."""
    from ironhull.pipeline import parse_platform
    from ironhull.store.images import ImageStore

    try:
        image = ImageStore(settings.images).find(name, parse_platform(platform))
    except Error:
        return False
    return image.digest == subject.digest
