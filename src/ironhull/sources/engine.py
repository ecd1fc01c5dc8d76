"""Images of container engines: Docker (both image stores) and Podman, through their API.

An image is inspected (a few milliseconds); it is saved into a temporary file only when a layer has
to be read. Every digest the engine tells is verified against what it saves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ironhull.errors import EngineError, ImageError, ReferenceFault
from ironhull.model import EVERY_PLATFORM, Image, ImageChoice, Platform
from ironhull.oci.names import Reference
from ironhull.sources._engine_hosts import Endpoint, docker_endpoints, podman_endpoints
from ironhull.values import dataclass, replace

if TYPE_CHECKING:
    from ironhull.sources._engine_http import Client

__all__ = ["KINDS", "Looked", "engine_archive", "engine_image", "look", "open_engine", "reached"]

KINDS = ("docker", "podman")
_ENDPOINTS = {"docker": docker_endpoints, "podman": podman_endpoints}
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Looked:
    """What asking the engines gave: the image, or `notes`, one line for each that has none."""

    image: Image | None
    notes: tuple[str, ...] = ()


def engine_image(
    name: str,
    platform: Platform | None,
    environment: Mapping[str, str],
    *,
    cache: Path | str | None = None,
) -> Image | None:
    """The image `name` of the first engine that has it; None where none has or none answers."""
    return look(name, platform, environment, cache=cache).image


def look(
    name: str,
    platform: Platform | None,
    environment: Mapping[str, str],
    *,
    cache: Path | str | None = None,
    kinds: Sequence[str] = KINDS,
) -> Looked:
    """Ask the engines for `name` (a name, an ID or its start), Docker before Podman.

    `environment` tells where they are, `cache` is the cache folder, for small documents.
    An engine that cannot be reached, or may not be asked, is a note; one that answers with an error
    is an EngineError. Raises ReferenceFault for what is no name, ImageError for damage.
    """
    Reference.parse(name)
    notes: list[str] = []
    for kind in kinds:
        try:
            client = _first(kind, _ENDPOINTS[kind](environment), notes)
        except EngineError as trouble:  # an address that is none, a context that is not there
            notes.append(str(trouble))
            continue
        if client is None:
            continue
        found = _inspect(client, name)
        if found is None:
            notes.append(f"{client.name}: no image {name}")
            continue
        try:
            return Looked(_open(client, name, found, platform, cache), tuple(notes))
        except ReferenceFault as fault:  # it has the image, for another platform
            notes.append(f"{client.name}: {fault}")
    return Looked(None, tuple(notes))


def open_engine(
    kind: str,
    name: str,
    platform: Platform | None,
    environment: Mapping[str, str],
    *,
    cache: Path | str | None = None,
) -> Image:
    """The image `name` of the engine `kind` ("docker", "podman").

    Raises ReferenceFault where it has none or none for `platform`, EngineError where no engine
    answers, ImageError.
    """
    Reference.parse(name)
    client = reached(kind, name, environment)
    found = _found(kind, client, name)
    return _open(client, name, found, platform, cache)


def engine_archive(kind: str, name: str, environment: Mapping[str, str]) -> tuple[str, BinaryIO]:
    """The familiar name of an image of the engine `kind`, and a file of what it saves of it.

    Raises as `open_engine`.
    """
    from ironhull.sources._engine_saved import Saved

    Reference.parse(name)
    client = reached(kind, name, environment)
    found = _found(kind, client, name)
    return _name(name, found), Saved(client, _id(client, found), None).archive()


def _found(kind: str, client: Client, name: str) -> dict[str, Any]:
    """What the engine tells of `name`; raises ReferenceFault where it has no such image."""
    found = _inspect(client, name)
    if found is None:
        raise ReferenceFault(
            f"{kind}://{name}: {client.name} has no such image", f"see `{kind} images`"
        )
    return found


def reached(kind: str, name: str, environment: Mapping[str, str]) -> Client:
    """The engine `kind`, for the image `name`; raises EngineError where none answers."""
    notes: list[str] = []
    client = _first(kind, _ENDPOINTS[kind](environment), notes)
    if client is None:
        where, hint = ("DOCKER_HOST", "docker") if kind == "docker" else ("CONTAINER_HOST", kind)
        raise EngineError(
            f"{kind}://{name}: {'; '.join(notes)}", f"start {hint} or say in {where} where it is"
        )
    return client


def _first(kind: str, endpoints: Sequence[Endpoint], notes: list[str]) -> Client | None:
    """The first engine that answers; why none does goes into `notes`."""
    there = [endpoint for endpoint in endpoints if endpoint.chosen or _is_there(endpoint)]
    if not there:
        paths = ", ".join(endpoint.url.removeprefix("unix://") for endpoint in endpoints)
        notes.append(f"no {kind.capitalize()} socket at {paths}")
        return None
    from ironhull.sources._engine_http import AbsentError, connect

    for endpoint in there:
        try:
            return connect(endpoint)
        except AbsentError as absent:
            notes.append(str(absent))
    return None


def _is_there(endpoint: Endpoint) -> bool:
    try:
        return Path(endpoint.url.removeprefix("unix://")).is_socket()
    except OSError:  # in a directory we may not look into
        return False


def _inspect(client: Client, name: str) -> dict[str, Any] | None:
    from urllib.parse import quote

    return client.json(f"/images/{quote(name, safe='/:@')}/json")


# ── from what the engine tells to the image ──────────────────────────────────────────────────────


def _open(
    client: Client,
    name: str,
    found: Mapping[str, Any],
    platform: Platform | None,
    cache: Path | str | None,
) -> Image:
    from ironhull.sources._engine_saved import Saved, recall, remember

    id_ = _id(client, found)
    if platform == EVERY_PLATFORM:
        return _every(client, name, found)
    saved = Saved(client, id_, platform)
    key = f"{'podman' if client.libpod else 'docker'} {id_} {platform or ''}"
    image = None if cache is None else recall(cache, key, saved)
    if image is None:
        image = saved.image()
        _check(client, id_, found, image)
        if cache is not None:
            remember(cache, key, image)
    return _named(image, id_, name, found)


def _every(client: Client, name: str, found: Mapping[str, Any]) -> Image:
    """All platforms the engine has, as choices; it is saved once for all of them.

    Docker keeps the whole index of an image of which one platform was pulled: the others are not
    there. Raises as `open_engine`.
    """
    from ironhull.sources._engine_saved import Saved

    id_ = _id(client, found)
    image = Saved(client, id_, EVERY_PLATFORM).image()

    def finished(read: Callable[[], Image]) -> Image:
        image = read()
        _check(client, id_, found, image)
        return _named(image, id_, name, found)

    if not image.choices:
        return finished(lambda: image)
    there = [choice for choice in image.choices if _is_saved(choice)] or image.choices
    choices = [replace(choice, open=partial(finished, choice.open)) for choice in there]
    return replace(image, choices=tuple(choices))


def _is_saved(choice: ImageChoice) -> bool:
    from ironhull.oci.blobs import AbsentBlobError

    try:
        choice.open()
    except AbsentBlobError:
        return False
    except ImageError:  # damaged: to be told when it is read
        return True
    return True


def _named(image: Image, id_: str, name: str, found: Mapping[str, Any]) -> Image:
    digest, index = _digests(id_, name, found, image)
    return replace(
        image, name=_name(name, found), origin="engine", digest=digest, index_digest=index
    )


def _id(client: Client, found: Mapping[str, Any]) -> str:
    value = found.get("Id")
    text = value.removeprefix("sha256:") if isinstance(value, str) else ""
    if len(text) != 64 or set(text) - _HEX:
        raise EngineError(
            f"{client.name}: says {value!r} is the ID of an image", "is it an engine?"
        )
    return f"sha256:{text}"


def _check(client: Client, id_: str, found: Mapping[str, Any], image: Image) -> None:
    """That what was saved is what was inspected: by its ID, or else by its layers."""
    if id_ in (image.config_digest, image.digest, image.index_digest):
        return
    rootfs = found.get("RootFS")
    told = rootfs.get("Layers") if isinstance(rootfs, dict) else None
    if told != [layer.diff_id for layer in image.layers]:
        raise ImageError(
            f"{client.name}: saved {image.digest} when asked for {id_}",
            "did it change meanwhile? try again",
        )


def _digests(id_: str, name: str, found: Mapping[str, Any], image: Image) -> tuple[str, str]:
    """The digests of manifest and index.

    An ID that is the config's (Docker's classic store, Podman) tells no manifest: then it is what
    the repository knows the image by (RepoDigests). Podman lists the index beside the manifest of
    the platform and calls the index `Digest`. Where there is neither, the saved manifest's digest
    stays.
    """
    if id_ != image.config_digest:
        return image.digest, image.index_digest
    known = list(dict.fromkeys(_repository_digests(name, found)))
    if len(known) == 1:
        return known[0], image.index_digest
    main = found.get("Digest")
    if len(known) == 2 and main in known:
        known.remove(main)
        return known[0], str(main)
    return (str(main), image.index_digest) if main in known else (image.digest, image.index_digest)


def _repository_digests(name: str, found: Mapping[str, Any]) -> Iterator[str]:
    """The digests of the image in the repository `name` names; of an ID those of all."""
    by_id = _is_id(name, found)
    wanted = Reference.parse(name)
    for text in _strings(found.get("RepoDigests")):
        try:
            known = Reference.parse(text)
        except ReferenceFault:
            continue
        same = (known.registry, known.repository) == (wanted.registry, wanted.repository)
        if known.digest and (same or by_id or known.registry == "localhost"):
            yield known.digest


def _is_id(name: str, found: Mapping[str, Any]) -> bool:
    """Whether `name` is the start of the image's ID and not one of its names."""
    value = str(found.get("Id", "")).removeprefix("sha256:")
    short = name.removeprefix("sha256:")
    return not set(short) - _HEX and value.startswith(short)


def _name(name: str, found: Mapping[str, Any]) -> str:
    """How the user knows the image: by the name asked for, or the first one an ID has."""
    if not _is_id(name, found):
        return Reference.parse(name).familiar
    for text in _strings(found.get("RepoTags")):
        try:
            return Reference.parse(text).familiar
        except ReferenceFault:
            continue
    return name


def _strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
