"""Where images can be taken from as they are: registries, the store, layouts, archives, engines.

For `pull`, `push`, `copy` and `mirror`; a scan opens images with `open_image`.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import BinaryIO

from ironhull.errors import ImageError, ReferenceFault
from ironhull.limits import LIMITS
from ironhull.model import Descriptor, Image, Platform
from ironhull.oci.blobs import Blobs, DirectoryBlobs, PartBlobs, open_part
from ironhull.oci.images import choose_image, find_images
from ironhull.oci.manifests import OCI_MANIFEST, canonical_json, parse_index
from ironhull.oci.names import split_scheme
from ironhull.oci.referrers import COSIGN_SUFFIXES, Companion, layout_companions
from ironhull.registry.blobs import RegistryBlobs
from ironhull.registry.transfer import Claim, Origin
from ironhull.sources import Asked
from ironhull.sources._members import Members, list_members
from ironhull.sources._pick import pick, split_path
from ironhull.sources.archive import blob_parts, open_file, read_archive
from ironhull.sources.engine import KINDS, engine_archive
from ironhull.sources.layout import read_entries
from ironhull.sources.registry import believed, open_remote
from ironhull.values import dataclass, replace

__all__ = [
    "Opened",
    "companions_in",
    "for_platform",
    "layout_origin",
    "names_saved",
    "open_index",
    "open_origin",
    "registry_origin",
]


# ── from ─────────────────────────────────────────────────────────────────────────────────────────


def open_origin(text: str, asked: Asked) -> Origin:
    """The image `text` means: of all platforms, or the one `asked` names with its attestations.

    A name without a prefix is looked for in the local store, then in its registry. Raises
    ReferenceFault, ImageError, RegistryError.
    """
    scheme, rest = split_scheme(text)
    return for_platform(_opener(scheme, text)(rest, asked), asked.platform)


def for_platform(found: Origin, platform: Platform | None) -> Origin:
    """The image `found` for `platform`, its attestations beside it; None: as it is."""
    if platform is None:
        return found
    blobs = found.blobs
    chosen = choose_image(blobs, find_images(blobs, [found.root]), platform, found.name)
    about = chosen.descriptor.digest
    extra = tuple(Companion(item, about) for item in chosen.attestations)
    return replace(found, root=replace(chosen.descriptor, annotations={}), extra=extra)


def _opener(scheme: str, text: str) -> Callable[[str, Asked], Origin]:
    openers: Mapping[str, Callable[[str, Asked], Origin]] = {
        "image": _from_anywhere,
        "local": _from_store,
        "registry": _from_registry,
        "oci-dir": _from_directory,
        "archive": _from_archive,
        **{kind: partial(_from_engine, kind) for kind in KINDS},
    }
    if scheme not in openers:
        known = ", ".join(f"{name}://" for name in list(openers)[1:])
        raise ReferenceFault(f"{text}: images are not copied from {scheme}://", f"use {known}")
    return openers[scheme]


def _from_anywhere(rest: str, asked: Asked) -> Origin:
    try:
        return _from_store(rest, asked)
    except ReferenceFault:
        return _from_registry(rest, asked)


def _from_store(rest: str, asked: Asked) -> Origin:
    entry, companions = asked.store.origin(rest)
    about: dict[str, list[Companion]] = {}
    for companion in companions:
        about.setdefault(companion.about, []).append(companion)
    return Origin(
        name=entry.annotations.get("org.opencontainers.image.ref.name") or rest,
        blobs=asked.store.incoming,
        root=replace(entry, annotations={}),
        companions=lambda digest: about.get(digest, ()),
        open_at=None,
    )


def _from_registry(rest: str, asked: Asked) -> Origin:
    if asked.registries is None:
        raise ReferenceFault(f"registry://{rest}: registries are not asked here", "pull it first")
    reference, blobs, root = open_remote(rest, asked.registries())
    return registry_origin(reference.familiar, blobs, root)


def registry_origin(
    name: str, blobs: RegistryBlobs, root: Descriptor, tags: Container[str] | None = None
) -> Origin:
    """The image `root` of the repository of `blobs`, which has just the `tags`, where given."""

    def claims(digest: str) -> Iterator[Claim]:
        for listed in blobs.repository.referrers(digest):
            claimed = Companion(listed, digest)
            yield claimed, partial(_believed, blobs, claimed)
        for suffix in COSIGN_SUFFIXES:
            tag = f"{digest.replace(':', '-')}.{suffix}"
            if tags is not None and tag not in tags:
                continue
            if (there := blobs.repository.head(tag)) is not None:
                yield Companion(there, digest, tag), partial(_tagged, blobs, digest, tag)

    def companions(digest: str) -> Iterator[Companion]:
        return filter(None, (read() for _, read in claims(digest)))

    return Origin(name, blobs, root, companions, blobs.open_at, claims=claims)


def _believed(blobs: RegistryBlobs, claimed: Companion) -> Companion | None:
    found = believed(blobs, claimed.descriptor, claimed.about)
    if found is None:
        return None
    blobs.know([found])
    return replace(claimed, descriptor=found)


def _tagged(blobs: RegistryBlobs, digest: str, tag: str) -> Companion | None:
    """What cosign keeps under a tag made of a digest."""
    return Companion(blobs.document(tag).descriptor, digest, tag)


@dataclass(frozen=True, slots=True)
class Opened:
    """A layout or OCI archive: its blobs, the entries of its index.json, the name that was asked
    for ("": none)."""

    blobs: Blobs
    entries: tuple[Descriptor, ...]
    wanted: str


def open_index(scheme: str, rest: str) -> Opened | None:
    """What `oci-dir://PATH[:NAME]` or `archive://FILE[:NAME]` holds; None for `docker save`'s.

    Raises ReferenceFault, ImageError.
    """
    if scheme == "oci-dir":
        return _open_directory(rest)
    archive, path, wanted = open_file(rest)
    return _index_of(list_members(archive, path), wanted)


def _index_of(members: Members, wanted: str) -> Opened | None:
    if "index.json" not in members.parts:
        return None
    data = members.read("index.json", LIMITS.manifest_bytes)
    index = parse_index(data, f"{members.where}: index.json")
    blobs = PartBlobs(members.where, members.archive, blob_parts(members))
    return Opened(blobs, index.manifests, wanted)


def names_saved(rest: str) -> tuple[str, ...]:
    """`FILE:NAME` of every image of an archive of `docker save`, as just `FILE` does not say one.

    Raises ReferenceFault, ImageError.
    """
    from ironhull.sources._docker import saved_names

    archive, path, wanted = open_file(rest)
    if wanted:
        return (rest,)
    return tuple(f"{path}:{name}" for name in saved_names(list_members(archive, path)))


def _open_directory(rest: str) -> Opened:
    path, wanted = split_path(rest)
    if not Path(path, "index.json").is_file():
        raise ReferenceFault(
            f"oci-dir://{rest}: not an OCI layout: no index.json", "check the path"
        )
    return Opened(DirectoryBlobs(path), read_entries(path), wanted)


def _from_directory(rest: str, _asked: Asked) -> Origin:
    return _from_index(_open_directory(rest), "oci-dir")


def _from_index(opened: Opened, scheme: str) -> Origin:
    companions = companions_in(opened.blobs, opened.entries)
    return layout_origin(opened.blobs, opened.entries, opened.wanted, scheme, companions)


def companions_in(
    blobs: Blobs, entries: tuple[Descriptor, ...]
) -> Callable[[str], Iterable[Companion]]:
    """What goes with a digest as an index.json tells; raises ImageError."""
    about: dict[str, list[Companion]] = {}
    for companion in layout_companions(blobs, entries):
        about.setdefault(companion.about, []).append(companion)
    return lambda digest: about.get(digest, ())


def layout_origin(
    blobs: Blobs,
    entries: tuple[Descriptor, ...],
    wanted: str,
    scheme: str,
    companions: Callable[[str], Iterable[Companion]],
) -> Origin:
    """The image `wanted` (a name, "@" and a digest, "" for the only one) of an index.json.

    Raises ReferenceFault, ImageError.
    """
    picked = pick(blobs, entries, wanted, scheme)
    tops = [entry for entry in picked.entries if entry.platform is None or len(picked.entries) == 1]
    if len({entry.digest for entry in tops}) != 1:
        raise ReferenceFault(
            f"{blobs.where}: the image is laid out without an index", "copy one platform by digest"
        )
    root = replace(tops[0], annotations={}, platform=None)
    return Origin(picked.name, blobs, root, companions)


def _from_archive(rest: str, asked: Asked) -> Origin:
    archive, path, wanted = open_file(rest)
    return _from_file(archive, path, wanted, asked.platform)


def _from_engine(kind: str, rest: str, asked: Asked) -> Origin:
    """What an engine saves of an image: attestations too, where its store keeps them."""
    name, archive = engine_archive(kind, rest, asked.environment)
    return replace(_from_file(archive, f"{kind}://{rest}", "", asked.platform), name=name)


def _from_file(archive: BinaryIO, where: str, wanted: str, platform: Platform | None) -> Origin:
    members = list_members(archive, where)
    if (opened := _index_of(members, wanted)) is not None:
        return _from_index(opened, "archive")
    image = read_archive(archive, where, wanted, platform)
    docker = _DockerBlobs(members, image)
    size = len(canonical_json(image.manifest))
    root = Descriptor(OCI_MANIFEST, image.digest, size)
    return Origin(image.name, docker, root, lambda _: ())


class _DockerBlobs:
    """The content of a `docker save` archive by digest; its manifest is the one made of it."""

    apart = True

    def __init__(self, members: Members, image: Image) -> None:
        self._members = members
        self._image = image

    @property
    def where(self) -> str:
        """The archive."""
        return self._members.where

    def open(self, digest: str) -> BinaryIO:
        """The manifest, the config or a layer; FileNotFoundError for any other."""
        if digest == self._image.digest:
            return io.BytesIO(canonical_json(self._image.manifest))
        if digest == self._image.config_digest:
            return io.BytesIO(self._config())
        for layer in self._image.layers:
            if layer.digest == digest:
                return layer.open()
        raise FileNotFoundError(digest)

    def _config(self) -> bytes:
        wanted = self._image.config_digest.partition(":")[2]
        for part in self._members.parts.values():
            if part.size <= LIMITS.config_bytes:
                data = open_part(self._members.archive, part).read()
                if hashlib.sha256(data).hexdigest() == wanted:
                    return data
        raise ImageError(f"{self.where}: config {wanted} is missing")
