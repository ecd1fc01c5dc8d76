"""The local image store: an OCI layout other tools read too, with names, safe for many processes.

Each entry of `index.json` is one name of one image; the annotation `org.opencontainers.image.ref.
name` holds the familiar name (`skopeo inspect oci:STORE:web:init`), `io.containerd.image.name` the
full one. The entry named last stands last. Blobs come first and the index is swapped in one step
under a lock, so whoever is interrupted leaves blobs nobody refers to, which `prune` removes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.errors import Error, ImageError, ReferenceFault
from ironhull.model import Descriptor, Image, Platform
from ironhull.oci.images import Found, find_images, read_chosen, read_image
from ironhull.oci.manifests import FOREIGN_LAYER_TYPES, OCI_INDEX, OCI_MANIFEST
from ironhull.oci.names import Reference
from ironhull.oci.referrers import Companion, companion_of, is_companion
from ironhull.oci.storage import storage_error
from ironhull.store import _layout, _lookup
from ironhull.store._layout import Blobs
from ironhull.store.files import locked
from ironhull.values import dataclass, replace

if TYPE_CHECKING:
    from ironhull.oci.edit import Blob, ImageConfig
    from ironhull.oci.pack import PackedLayer

__all__ = ["ImageStore", "Pruned", "StoredImage"]

_ORIGIN = "store"
_CREATED = "org.opencontainers.image.created"
_GRACE_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class StoredImage:
    """One name in the store. Sizes in bytes, summed over platforms, every layer once.

    `id` is the start of `digest`, that of the index or manifest. `content_size` counts the layers
    as stored, `disk_usage` those and the files in them unpacked, as Docker's containerd image store
    does; configs, manifests and attestations, some kB, are in neither. `problem` says why an entry
    cannot be read, its sizes are then 0.
    """

    name: str
    id: str
    digest: str
    disk_usage: int = 0
    content_size: int = 0
    created: str = ""
    platforms: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What `prune` removed: how many blobs, of how many bytes."""

    blobs: int
    bytes: int


@dataclass(frozen=True, slots=True)
class ImageStore:
    """The images kept in the OCI layout at `root`, which the first write makes."""

    root: Path

    # ── writing ──────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """An empty directory on the store's file system for layers on their way in."""
        import shutil
        import tempfile

        try:
            parent = self._blobs.private / "tmp"
            parent.mkdir(parents=True, exist_ok=True)
            place = Path(tempfile.mkdtemp(dir=parent))
        except OSError as trouble:
            raise storage_error(trouble, f"cannot write into {self.root}") from trouble
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def write_image(  # noqa: PLR0913 - what an image is made of
        self,
        *,
        base: Image | None,
        layers: Sequence[PackedLayer],
        config: ImageConfig | None,
        platform: Platform,
        created: str,
        history: Sequence[str],
        annotations: Mapping[str, str],
    ) -> Image:
        """Put an image together from `base` and `layers` and keep its blobs; it has no name yet.

        Arguments as `oci.edit.assemble`; `config` is all of it (`ImageConfig.of(base)` to inherit,
        None: the base's unchanged). Raises BuildError, ImageError for a base whose layers are not
        what it says, StoreError.
        """
        from ironhull.oci.edit import assemble

        below = tuple(self._take_layers(base))
        made = assemble(
            base=base,
            base_layers=below,
            layers=layers,
            config=config,
            platform=platform,
            created=created,
            history=history,
            annotations=annotations,
        )
        for layer in layers:
            self._blobs.put_file(layer.digest, layer.path)
        self._put(made.config, made.manifest)
        entry = made.manifest.descriptor
        return self._read(entry, entry.digest, "")

    def publish(
        self,
        image: Image,
        names: Sequence[str],
        statements: Sequence[tuple[str, bytes]] = (),
        annotations: Mapping[str, str] | None = None,
    ) -> Image:
        """Give an image of this store its `names`, taking them from whatever had them.

        `statements` (predicate type, in-toto statement) and `annotations` go into an index round
        the image; without either it is named as it is. Raises ReferenceFault for a bad name.
        """
        references = [_lookup.nameable(name) for name in names]
        chosen = self._manifest_entry(image)
        entry = chosen
        if statements or annotations:
            from ironhull.oci.edit import attestation_index

            index = attestation_index(chosen, statements, annotations=annotations)
            self._put(*index.blobs, index.index)
            entry = index.index.descriptor
        for needed in _layout.reachable(self._blobs, [entry]):
            if not self._blobs.keep(needed.digest):
                raise ImageError(f"{image.name or image.digest}: blob {needed.digest} is missing")
        created = image.config.get("created")
        said = {_CREATED: created} if isinstance(created, str) and created else {}
        named = [replace(entry, annotations=said | _lookup.names_of(r)) for r in references]
        with self._locked():
            self._write_names(named or [replace(entry, annotations=said)])
        name = references[0].familiar if references else ""
        return self._read(entry, chosen.digest, name)

    def take(
        self, entry: Descriptor, reference: Reference | None, companions: Sequence[Companion] = ()
    ) -> None:
        """Name a foreign image whose blobs `incoming` has put here; `companions` go with it.

        A reference with a digest and no tag is kept as it is: found by it, listed without a name.
        Raises ImageError for what is not complete, StoreError.
        """
        tops = (entry, *(item.descriptor for item in companions))
        for needed in _layout.reachable(self._blobs, tops):
            if not self._blobs.keep(needed.digest) and needed.media_type not in FOREIGN_LAYER_TYPES:
                raise ImageError(f"{reference or entry.digest}: blob {needed.digest} is missing")
        said = _lookup.names_of(reference) if reference else {}
        with self._locked():
            self._write_names([replace(entry, annotations=said)], companions)

    @property
    def incoming(self) -> Blobs:
        """Where whoever fetches an image puts its blobs before it is named with `take`."""
        return self._blobs

    def remove(self, reference: str) -> tuple[str, ...]:
        """Take the name away, or all names of an ID; gives the names. Blobs stay until `prune`."""
        with self._locked():
            entries = _layout.read_index(self.root)
            gone = _lookup.entries_of(self._blobs, _lookup.images(entries), reference)
            _layout.write_index(self.root, tuple(e for e in entries if e not in gone))
        return tuple(_lookup.name_of(entry) for entry in gone)

    def prune(self, *, grace_seconds: float = _GRACE_SECONDS) -> Pruned:
        """Remove blobs no image needs and unfinished files, if older than `grace_seconds`.

        The grace keeps what a build that is under way has written and not yet named.
        """
        if not (self.root / "index.json").exists():
            return Pruned(0, 0)
        with self._locked():
            entries = _layout.read_index(self.root)
            needed = _lookup.needed(self._blobs, entries)
            kept = tuple(entry for entry in entries if entry.digest in needed)
            if kept != entries:  # companions of images that are gone
                _layout.write_index(self.root, kept)
            with locked(self._blobs.private / "blobs.lock"):
                return Pruned(*self._blobs.sweep(needed, time.time() - grace_seconds))

    # ── reading ──────────────────────────────────────────────────────────────────────────────────

    def find(self, reference: str, platform: Platform | None = None) -> Image:
        """The image of a name, an ID (4 hex digits or more) or a digest.

        `platform` None: an image for one platform as it is, of several the host's. Raises
        ReferenceFault where nothing or more than one thing is meant, or the image is not there for
        `platform`, ImageError for a damaged one.
        """
        every = _layout.read_index(self.root)
        entry = _lookup.entries_of(self._blobs, _lookup.images(every), reference)[0]
        digest = _lookup.digest_in(reference)
        found = find_images(self._blobs, [entry])
        exact = [item for item in found if digest and item.descriptor.digest.startswith(digest)]

        def read(chosen: Found) -> Image:
            image = read_image(self._blobs, chosen, name=_lookup.name_of(entry), origin=_ORIGIN)
            return _lookup.with_companions(self._blobs, image, every)

        return read_chosen(self._blobs, exact or found, platform, reference, read)

    def origin(self, reference: str) -> tuple[Descriptor, tuple[Companion, ...]]:
        """The index or manifest a name, an ID or a digest means, and every companion there is.

        Raises ReferenceFault.
        """
        every = _layout.read_index(self.root)
        entry = _lookup.entries_of(self._blobs, _lookup.images(every), reference)[0]
        return entry, tuple(filter(None, map(companion_of, every)))

    def repositories(self, registry: str) -> dict[str, str]:
        """Digest -> repository of `registry` that has it, as the names here tell."""
        every = _layout.read_index(self.root)
        beside = [entry for entry in every if is_companion(entry)]
        found: dict[str, str] = {}
        for entry in _lookup.images(every):
            name = _lookup.reference_of(entry)
            if name is not None and name.registry == registry:
                with suppress(ImageError):
                    for digest in _lookup.needed(self._blobs, [entry, *beside]):
                        found.setdefault(digest, name.repository)
        return found

    def list(self, name: str = "") -> tuple[StoredImage, ...]:
        """Every name in the store, or those of repository `name`, or just `name:tag`; sorted."""
        entries = _lookup.images(_layout.read_index(self.root))
        if name:
            wanted = Reference.parse(name)
            tagged = ":" in name.rpartition("/")[2]
            entries = tuple(entry for entry in entries if _is_listed(entry, wanted, tagged))
        ordered = sorted(entries, key=lambda entry: (_lookup.name_of(entry), entry.digest))
        return tuple(_stored(self._blobs, entry) for entry in ordered)

    def latest(self) -> str:
        """The name (without one, the digest) given last; raises ReferenceFault if there is none."""
        entries = _lookup.images(_layout.read_index(self.root))
        if not entries:
            raise ReferenceFault("the local image store is empty", _lookup.EMPTY_HINT)
        return _lookup.name_of(entries[-1]) or entries[-1].digest

    def export(
        self,
        image: Image | str,
        kind: str,
        dest: Path,
        name: str = "",
        *,
        attestations: bool = True,
    ) -> None:
        """Write an image as `kind`: "oci-dir", "oci-archive" or "docker-archive", called `name`.

        Equal images give equal bytes. An archive replaces the file `dest` in one step; an OCI
        layout already at `dest` gets the image added and keeps its others. Without `attestations`
        (some tools refuse an index that holds any) the bare image is written; a docker-archive has
        those of the index alone. Raises
        ReferenceFault, ImageError for a damaged blob, StoreError; `dest` is then as it was.
        """
        from ironhull.store import _export

        found = self.find(image) if isinstance(image, str) else image
        entry = self._manifest_entry(found)
        if attestations and found.index_digest:
            entry = self._entry(found.index_digest, OCI_INDEX)
        name = name or found.name
        reference = _lookup.nameable(name) if name else None
        if reference:
            entry = replace(entry, annotations=_lookup.names_of(reference))
        every = _layout.read_index(self.root) if attestations and kind != "docker-archive" else ()
        beside = _lookup.beside(self._blobs, every, entry)
        _export.write(_export.Parcel(self._blobs, entry, found, reference, beside), kind, dest)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    @property
    def _blobs(self) -> Blobs:
        return Blobs(self.root, self.root / ".ironhull")

    def _locked(self) -> AbstractContextManager[None]:
        return locked(self._blobs.private / "lock")

    def _put(self, *blobs: Blob) -> None:
        for blob in blobs:
            self._blobs.put(blob.descriptor.digest, blob.data)

    def _read(self, entry: Descriptor, digest: str, name: str) -> Image:
        """The image of manifest `digest`, one of those `entry` leads to."""
        for found in find_images(self._blobs, [entry]):
            if found.descriptor.digest == digest:
                return read_image(self._blobs, found, name=name, origin=_ORIGIN)
        raise ImageError(f"{name or entry.digest}: {digest} is not a container image")

    def _entry(self, digest: str, media_type: str, platform: Platform | None = None) -> Descriptor:
        """A descriptor of a document in this store; raises ImageError where it is missing."""
        try:
            size = self._blobs.path(digest).stat().st_size
        except OSError as trouble:
            raise ImageError(
                f"{digest} is not in the image store at {self.root}", "write the image first"
            ) from trouble
        return Descriptor(media_type, digest, size, platform=platform)

    def _manifest_entry(self, image: Image) -> Descriptor:
        kind = str(image.manifest.get("mediaType") or OCI_MANIFEST)
        return self._entry(image.digest, kind, image.platform)

    def _take_layers(self, base: Image | None) -> Iterator[Descriptor]:
        """The base's layers, copied here where they are not yet, with their unpacked sizes."""
        if base is None:
            return
        from ironhull.oci.edit import UNPACKED_SIZE, layer_descriptors
        from ironhull.store._sizes import unpacked_size

        for layer, named in zip(base.layers, layer_descriptors(base), strict=True):
            if not self._blobs.keep(layer.digest):
                with layer.open() as source:
                    self._blobs.copy(source, layer.digest, layer.size)
            if UNPACKED_SIZE in named.annotations:
                yield named
            else:
                size = str(unpacked_size(layer, named))
                yield replace(named, annotations={**named.annotations, UNPACKED_SIZE: size})

    def _write_names(
        self, named: Sequence[Descriptor], companions: Sequence[Companion] = ()
    ) -> None:
        taken = {_lookup.name_of(entry) for entry in named} - {""}
        nameless = {entry.digest for entry in named}
        beside, gives_way = _lookup.entered(self._blobs, companions)
        kept = [
            entry
            for entry in _layout.read_index(self.root)
            if _lookup.name_of(entry) not in taken
            and (_lookup.name_of(entry) or is_companion(entry) or entry.digest not in nameless)
            and not gives_way(entry)
        ]
        _layout.write_index(self.root, (*kept, *beside, *named))


def _is_listed(entry: Descriptor, wanted: Reference, tagged: bool) -> bool:
    if tagged:
        return _lookup.name_of(entry) == wanted.familiar
    there = _lookup.reference_of(entry)
    return there is not None and _lookup.same_repository(there, wanted)


def _stored(blobs: Blobs, entry: Descriptor) -> StoredImage:
    stored = StoredImage(_lookup.name_of(entry), entry.digest[7:19], entry.digest)
    try:
        return _measured(blobs, entry, stored)
    except Error as trouble:
        return replace(stored, problem=trouble.message)


def _measured(blobs: Blobs, entry: Descriptor, stored: StoredImage) -> StoredImage:
    from ironhull.oci.edit import layer_descriptors
    from ironhull.store._sizes import kept_size

    images = [read_image(blobs, f, name="", origin=_ORIGIN) for f in find_images(blobs, [entry])]
    if not images:
        raise ImageError(f"{stored.name or entry.digest}: holds no image")
    layers = {
        named.digest: (layer, named)
        for image in images
        for layer, named in zip(image.layers, layer_descriptors(image), strict=True)
    }
    content = sum(layer.size for layer, _ in layers.values())
    place = blobs.private / "sizes"
    unpacked = sum(kept_size(place, layer, named) for layer, named in layers.values())
    return replace(
        stored,
        content_size=content,
        disk_usage=content + unpacked,
        created=str(images[0].config.get("created") or ""),
        platforms=tuple(str(image.platform) for image in images),
    )
