"""Where images can be taken from and put to as they are: registries, the store, layouts, archives.

For `pull`, `push` and `copy`; a scan opens images with `open_image`.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ironhull.errors import ImageError, ReferenceFault
from ironhull.limits import LIMITS
from ironhull.model import Descriptor, Image
from ironhull.oci.blobs import Blobs, DirectoryBlobs, PartBlobs, open_part
from ironhull.oci.images import choose_image, find_images
from ironhull.oci.manifests import OCI_MANIFEST, canonical_json, parse_index
from ironhull.oci.names import DEFAULT_REGISTRY, Reference, split_scheme
from ironhull.oci.referrers import COSIGN_SUFFIXES, Companion, layout_companions
from ironhull.registry.blobs import RegistryBlobs
from ironhull.registry.repository import Repository
from ironhull.registry.sink import RegistrySink
from ironhull.registry.transfer import Origin, Plan, Sink
from ironhull.sources import Asked
from ironhull.sources._members import Members, list_members
from ironhull.sources._pick import pick, split_path
from ironhull.sources.registry import open_remote, referrers_of
from ironhull.store.sink import LayoutSink, directory_sink, store_sink
from ironhull.values import dataclass, replace

__all__ = [
    "Target",
    "open_origin",
    "open_target",
    "parse_target",
    "pulled_name",
    "pushed_name",
]


@dataclass(frozen=True, slots=True)
class Target:
    """Where an image goes: `kind` "registry", "local" or "oci-dir"; `name` how users write it."""

    kind: str
    name: str
    reference: Reference | None = None
    path: Path | None = None


# ── from ─────────────────────────────────────────────────────────────────────────────────────────


def open_origin(text: str, asked: Asked) -> Origin:
    """The image `text` means: of all platforms, or the one `asked` names with its attestations.

    A name without a prefix is looked for in the local store, then in its registry. Raises
    ReferenceFault, ImageError, RegistryError.
    """
    scheme, rest = split_scheme(text)
    found = _opener(scheme, text)(rest, asked)
    if asked.platform is None:
        return found
    blobs = found.blobs
    chosen = choose_image(blobs, find_images(blobs, [found.root]), asked.platform, found.name)
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

    def companions(digest: str) -> Iterator[Companion]:
        for found in referrers_of(blobs, digest):
            blobs.know([found])
            yield Companion(found, digest)
        yield from _signatures(blobs, digest)

    return Origin(reference.familiar, blobs, root, companions, blobs.open_at)


def _signatures(blobs: RegistryBlobs, digest: str) -> Iterator[Companion]:
    """What cosign keeps under tags made of a digest."""
    for suffix in COSIGN_SUFFIXES:
        tag = f"{digest.replace(':', '-')}.{suffix}"
        if blobs.repository.head(tag) is not None:
            yield Companion(blobs.document(tag).descriptor, digest, tag)


def _from_directory(rest: str, _asked: Asked) -> Origin:
    from ironhull.sources.layout import read_entries

    path, wanted = split_path(rest)
    if not (path / "index.json").is_file():
        raise ReferenceFault(
            f"oci-dir://{rest}: not an OCI layout: no index.json", "check the path"
        )
    return _from_index(DirectoryBlobs(path), read_entries(path), wanted, "oci-dir")


def _from_index(blobs: Blobs, entries: tuple[Descriptor, ...], wanted: str, scheme: str) -> Origin:
    picked = pick(blobs, entries, wanted, scheme)
    tops = [entry for entry in picked.entries if entry.platform is None or len(picked.entries) == 1]
    if len({entry.digest for entry in tops}) != 1:
        raise ReferenceFault(
            f"{blobs.where}: the image is laid out without an index", "copy one platform by digest"
        )
    about: dict[str, list[Companion]] = {}
    for companion in layout_companions(blobs, entries):
        about.setdefault(companion.about, []).append(companion)
    root = replace(tops[0], annotations={}, platform=None)
    return Origin(picked.name, blobs, root, lambda digest: about.get(digest, ()))


def _from_archive(rest: str, asked: Asked) -> Origin:
    from ironhull.sources.archive import blob_parts, open_file, read_archive

    archive, path, wanted = open_file(rest)
    members = list_members(archive, str(path))
    if "index.json" in members.parts:
        data = members.read("index.json", LIMITS.manifest_bytes)
        index = parse_index(data, f"{members.where}: index.json")
        blobs = PartBlobs(members.where, members.archive, blob_parts(members))
        return _from_index(blobs, index.manifests, wanted, "archive")
    image = read_archive(archive, str(path), wanted, asked.platform)
    docker = _DockerBlobs(members, image)
    size = len(canonical_json(image.manifest))
    root = Descriptor(OCI_MANIFEST, image.digest, size)
    return Origin(image.name, docker, root, lambda _: ())


class _DockerBlobs:
    """The content of a `docker save` archive by digest; its manifest is the one made of it."""

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


# ── to ───────────────────────────────────────────────────────────────────────────────────────────


def parse_target(text: str, name: str) -> Target:
    """What `text` means as a destination for the image `name`; raises ReferenceFault.

    A name without a prefix is that of a registry; "oci-dir://PATH:NAME" may leave the name out.
    """
    scheme, rest = split_scheme(text)
    if scheme in ("image", "registry"):
        reference = Reference.parse(rest)
        if reference.digest:
            raise ReferenceFault(f"{text}: a digest cannot be chosen", "use NAME:TAG")
        return Target("registry", reference.familiar, reference)
    if scheme == "local":
        reference = Reference.parse(rest)
        if reference.tag and reference.digest:  # the digest says which, the name stays
            reference = replace(reference, digest="")
        return Target("local", reference.familiar, reference)
    if scheme == "oci-dir":
        path, _, said = rest.partition(":")
        return Target("oci-dir", said or _plain_name(name), None, Path(path))
    raise ReferenceFault(
        f"{text}: images are not copied to {scheme}://", "use registry://, local:// or oci-dir://"
    )


def _plain_name(name: str) -> str:
    """`name` if it is a name an image can be found by in a layout, else ""."""
    try:
        reference = Reference.parse(name)
    except ReferenceFault:
        return ""
    return "" if reference.digest else reference.familiar


def pulled_name(text: str) -> tuple[str, str]:
    """Source and destination of a pull of `text`; raises ReferenceFault."""
    scheme, rest = split_scheme(text)
    if scheme not in ("image", "registry"):
        raise ReferenceFault(f"{text}: only registries are pulled from", "use `ironhull copy`")
    reference = Reference.parse(rest)
    return f"registry://{reference.canonical}", f"local://{reference.canonical}"


def pushed_name(name: str, dest: str) -> tuple[str, str]:
    """Source and destination of a push; raises ReferenceFault."""
    scheme, rest = split_scheme(name)
    if scheme not in ("image", "local"):
        raise ReferenceFault(f"{name}: only the local store is pushed from", "use `ironhull copy`")
    kind, where = split_scheme(dest or rest)
    if kind not in ("image", "registry"):
        raise ReferenceFault(f"{dest}: only registries are pushed to", "use `ironhull copy`")
    return f"local://{rest}", f"registry://{Reference.parse(where).canonical}"


@contextmanager
def open_target(target: Target, origin: Origin, asked: Asked) -> Iterator[Sink]:
    """The place `target` names, for what comes from `origin`; raises ReferenceFault, StoreError."""
    if target.kind == "registry":
        assert target.reference is not None
        if asked.registries is None:
            raise ReferenceFault(f"{target.name}: registries are not asked here", "")
        repository = asked.registries().repository(target.reference)
        mounts = _mounts(origin, repository, asked)
        yield RegistrySink(repository, target.reference.tag, mounts)
    elif target.kind == "local":
        yield _Kept(store_sink(asked.store, target.reference))
    else:
        assert target.path is not None
        with directory_sink(target.path, target.name) as sink:
            yield _Kept(sink)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A layout on disk as a transfer's sink."""

    sink: LayoutSink

    def has_blob(self, blob: Descriptor) -> bool:
        return self.sink.has(blob)

    def put_blob(self, blob: Descriptor, opened: Callable[[int], BinaryIO]) -> bool:
        self.sink.fetch(blob, opened)
        return False

    def put_documents(self, found: Plan) -> None:
        for document in (*found.documents, *found.companion_documents):
            self.sink.put(document.descriptor.digest, document.data)
        self.sink.finish(found.root.descriptor, found.companions)


def _mounts(origin: Origin, repository: Repository, asked: Asked) -> Mapping[str, str]:
    """Which repository of the destination's registry may have a blob already."""
    if isinstance(origin.blobs, RegistryBlobs):
        there = origin.blobs.repository
        return {"": there.name} if there.registry == repository.registry else {}
    if origin.blobs is asked.store.incoming or origin.blobs == asked.store.incoming:
        return asked.store.repositories(repository.registry or DEFAULT_REGISTRY)
    return {}
