"""An OCI layout on disk: blobs by digest, `index.json`, and images read from them.

(OCI image-spec v1.1, image-layout.md.) Everything read is checked against its digest; layers are
handed out unread, `oci.layers` verifies them as it goes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Container, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from ironhull.errors import ImageError, StoreError
from ironhull.limits import LIMITS
from ironhull.model import Attachment, Descriptor, Image, Layer
from ironhull.oci.manifests import (
    ATTESTATION_MANIFEST,
    IN_TOTO,
    INDEX_TYPES,
    MANIFEST_TYPES,
    OCI_INDEX,
    PREDICATE_TYPE,
    REFERENCE_DIGEST,
    REFERENCE_TYPE,
    Index,
    Manifest,
    canonical_json,
    check_digest,
    descriptor_json,
    load_json,
    parse_index,
    parse_manifest,
    parse_platform,
)
from ironhull.oci.storage import storage_error
from ironhull.store.files import atomic_write, locked

LAYOUT_FILE = b'{"imageLayoutVersion":"1.0.0"}'
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Blobs:
    """The blobs of the layout at `root`; `private` is where locks and unfinished files go."""

    root: Path
    private: Path

    def path(self, digest: str) -> Path:
        """Where the blob of `digest` lies, or would."""
        algorithm, _, value = check_digest(digest).partition(":")
        return self.root / "blobs" / algorithm / value

    def read(self, descriptor: Descriptor, limit: int) -> bytes:
        """The blob's bytes, verified; raises ImageError where they are missing or others."""
        if descriptor.size > limit:
            raise ImageError(f"{descriptor.digest}: {descriptor.size} bytes, over {limit} allowed")
        try:
            with self.path(descriptor.digest).open("rb") as file:
                data = file.read(descriptor.size + 1)
        except OSError as trouble:
            raise self._missing(descriptor.digest, trouble) from trouble
        algorithm, _, value = descriptor.digest.partition(":")
        if len(data) != descriptor.size or hashlib.new(algorithm, data).hexdigest() != value:
            raise self._damaged(descriptor.digest)
        return data

    def verified(self, descriptor: Descriptor) -> Path:
        """The blob's path after reading it through; raises ImageError where it is damaged."""
        path = self.path(descriptor.digest)
        try:
            with path.open("rb") as file:
                size, digest = _digest_of(file, descriptor.digest.partition(":")[0])
        except OSError as trouble:
            raise self._missing(descriptor.digest, trouble) from trouble
        if size != descriptor.size or digest != descriptor.digest:
            raise self._damaged(descriptor.digest)
        return path

    def put(self, digest: str, data: bytes) -> None:
        """Keep `data`, whose digest is `digest`."""
        if not self.keep(digest):
            with self.new_file() as file:
                file.write(data)
                file.flush()
                self.adopt(Path(file.name), digest)

    def put_file(self, digest: str, path: Path) -> None:
        """Keep the file at `path`, known to have `digest`; the file itself stays where it is."""
        if self.keep(digest):
            return
        with self.new_file() as file:
            temporary = Path(file.name)
            with suppress(OSError):  # another file system, or one without links: copy
                temporary.unlink()
                os.link(path, temporary)
                self.adopt(temporary, digest)
                return
            with path.open("rb") as source:
                self.copy(source, digest, None)

    def copy(self, source: BinaryIO, digest: str, size: int | None) -> None:
        """Keep what `source` gives, if it is what `digest` says; raises ImageError if not."""
        with self.new_file() as file:
            copied, found = _digest_of(source, digest.partition(":")[0], file)
            if found != digest or size not in (None, copied):
                raise ImageError(
                    f"{digest}: what was read has the digest {found}", "fetch the image again"
                )
            self.adopt(Path(file.name), digest)

    def keep(self, digest: str) -> bool:
        """Whether the blob is there; if so it is as good as new to whoever prunes."""
        try:
            with self.shared():
                os.utime(self.path(digest))
        except FileNotFoundError:
            return False
        except OSError as trouble:
            raise storage_error(trouble, f"cannot use {self.path(digest)}") from trouble
        return True

    @contextmanager
    def new_file(self) -> Iterator[Any]:
        """A file in the layout's own temporary directory; gone at the end unless adopted."""
        import tempfile

        place = self.private / "tmp"
        try:
            place.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=place, delete=False) as file:
                try:
                    yield file
                finally:
                    with suppress(OSError):
                        Path(file.name).unlink(missing_ok=True)
        except OSError as trouble:
            raise storage_error(trouble, f"cannot write into {self.root}") from trouble

    def adopt(self, temporary: Path, digest: str) -> None:
        """Make the finished file `temporary` the blob of `digest`."""
        path = self.path(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        with self.shared():
            temporary.replace(path)
            os.utime(path)

    def sweep(self, needed: Container[str], before: float) -> tuple[int, int]:
        """Remove other blobs and unfinished files not touched since `before`; (how many, bytes).

        The caller holds both locks. Raises StoreError.
        """
        import shutil

        count = size = 0
        try:
            for path in sorted((self.root / "blobs").glob("*/*")):
                named = f"{path.parent.name}:{path.name}"
                found = path.stat()
                if named not in needed and found.st_mtime < before:
                    path.unlink()
                    count, size = count + 1, size + found.st_size
            for path in sorted((self.private / "tmp").glob("*")):
                if path.stat().st_mtime < before:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
        except OSError as trouble:
            raise storage_error(trouble, f"cannot prune {self.root}") from trouble
        return count, size

    def shared(self) -> AbstractContextManager[None]:
        """Held while a blob is touched or named, so that nobody prunes it in that moment."""
        return locked(self.private / "blobs.lock", shared=True)

    def _missing(self, digest: str, trouble: OSError) -> ImageError:
        return ImageError(
            f"{self.root}: cannot read blob {digest}: {trouble.strerror}",
            "the layout is incomplete; write the image again",
        )

    def _damaged(self, digest: str) -> ImageError:
        return ImageError(
            f"{self.root}: blob {digest} is damaged", "remove the image and write it again"
        )


def _digest_of(source: BinaryIO, algorithm: str, sink: Any = None) -> tuple[int, str]:
    hashed = hashlib.new(algorithm)
    size = 0
    while chunk := source.read(_CHUNK):
        hashed.update(chunk)
        size += len(chunk)
        if sink is not None:
            sink.write(chunk)
    if sink is not None:
        sink.flush()
    return size, f"{algorithm}:{hashed.hexdigest()}"


# ── index.json ───────────────────────────────────────────────────────────────────────────────────


def read_index(root: Path) -> tuple[Descriptor, ...]:
    """The entries of `root/index.json`, none where there is no layout; raises StoreError."""
    path = root / "index.json"
    try:
        with path.open("rb") as file:
            data = file.read(LIMITS.manifest_bytes + 1)
    except FileNotFoundError:
        return ()
    except OSError as trouble:
        raise storage_error(trouble, f"cannot read {path}") from trouble
    try:
        return parse_index(data, str(path)).manifests
    except ImageError as trouble:
        raise StoreError(
            trouble.message, f"restore {path} from a copy, or remove {root} to start again"
        ) from trouble


def write_index(root: Path, entries: tuple[Descriptor, ...]) -> None:
    """Make `entries` those of the layout; the old index stays where that fails (StoreError)."""
    data = canonical_json(
        {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": [descriptor_json(entry) for entry in entries],
        }
    )
    if len(data) > LIMITS.manifest_bytes or len(entries) > LIMITS.index_manifests:
        raise StoreError(
            f"{root} would hold {len(entries)} names, more than one index can",
            "remove images you no longer need",
        )
    layout = root / "oci-layout"
    if not layout.exists():
        atomic_write(layout, LAYOUT_FILE)
    atomic_write(root / "index.json", data)


# ── images ───────────────────────────────────────────────────────────────────────────────────────


def is_platform(descriptor: Descriptor) -> bool:
    """Whether an index entry is an image rather than something said about one."""
    if REFERENCE_TYPE in descriptor.annotations or descriptor.artifact_type:
        return False
    unknown = descriptor.platform is not None and descriptor.platform.os == "unknown"
    return descriptor.media_type in MANIFEST_TYPES and not unknown


def index_of(blobs: Blobs, entry: Descriptor) -> Index | None:
    """The index `entry` leads to; None where it leads to a manifest."""
    if entry.media_type not in INDEX_TYPES:
        return None
    return parse_index(blobs.read(entry, LIMITS.manifest_bytes), entry.digest)


def manifests_of(blobs: Blobs, entry: Descriptor) -> tuple[Descriptor, ...]:
    """The platform manifests `entry` leads to; raises ImageError where there is none."""
    index = index_of(blobs, entry)
    found = tuple(d for d in index.manifests if is_platform(d)) if index else (entry,)
    if not found or found[0].media_type not in MANIFEST_TYPES:
        raise ImageError(f"{blobs.root}: {entry.digest} holds no image")
    return found


def read_image(blobs: Blobs, entry: Descriptor, chosen: Descriptor, name: str) -> Image:
    """The image of manifest `chosen`, one of those `entry` leads to; raises ImageError."""
    manifest = parse_manifest(blobs.read(chosen, LIMITS.manifest_bytes), chosen.digest)
    config = load_json(
        blobs.read(manifest.config, LIMITS.config_bytes), "image config", LIMITS.config_bytes
    )
    index = index_of(blobs, entry)
    return Image(
        name=name,
        digest=chosen.digest,
        config=config,
        layers=_layers(blobs, manifest, config),
        platform=parse_platform(config, "image config"),
        origin="store",
        config_digest=manifest.config.digest,
        index_digest=entry.digest if index else "",
        manifest=manifest.document,
        annotations=manifest.annotations,
        attachments=tuple(_attachments(blobs, index, chosen.digest)) if index else (),
    )


def _layers(blobs: Blobs, manifest: Manifest, config: Mapping[str, Any]) -> tuple[Layer, ...]:
    rootfs = config.get("rootfs")
    diff_ids = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
    if not isinstance(diff_ids, list) or len(diff_ids) != len(manifest.layers):
        raise ImageError(
            f"{manifest.config.digest}: the config does not name the manifest's "
            f"{len(manifest.layers)} layers"
        )
    makers = _makers(config, len(diff_ids))
    return tuple(
        Layer(
            diff_id=check_digest(str(diff_id)),
            digest=layer.digest,
            size=layer.size,
            media_type=layer.media_type,
            open=partial(_open, blobs.path(layer.digest)),
            created_by=maker,
        )
        for layer, diff_id, maker in zip(manifest.layers, diff_ids, makers, strict=True)
    )


def _makers(config: Mapping[str, Any], layers: int) -> list[str]:
    said = config.get("history")
    entries = [e for e in said if isinstance(e, dict)] if isinstance(said, list) else []
    makers = [str(e.get("created_by", "")) for e in entries if not e.get("empty_layer")]
    return makers if len(makers) == layers else [""] * layers


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as trouble:
        raise ImageError(
            f"cannot read layer {path}: {trouble.strerror}", "write the image again"
        ) from trouble


def _attachments(blobs: Blobs, index: Index, digest: str) -> Iterator[Attachment]:
    for about in index.manifests:
        said = about.annotations
        if said.get(REFERENCE_TYPE) != ATTESTATION_MANIFEST or said.get(REFERENCE_DIGEST) != digest:
            continue
        manifest = parse_manifest(blobs.read(about, LIMITS.manifest_bytes), about.digest)
        for layer in manifest.layers:
            if layer.media_type == IN_TOTO:
                yield Attachment(
                    predicate_type=layer.annotations.get(PREDICATE_TYPE, ""),
                    media_type=layer.media_type,
                    digest=layer.digest,
                    size=layer.size,
                    read=partial(blobs.read, layer, LIMITS.attestation_bytes),
                )


def reachable(blobs: Blobs, entry: Descriptor) -> Iterator[Descriptor]:
    """`entry` and every blob it needs, children first; a blob may come more than once."""
    if entry.media_type in INDEX_TYPES:
        index = index_of(blobs, entry)
        for child in index.manifests if index else ():
            yield from reachable(blobs, child)
    elif entry.media_type in MANIFEST_TYPES:
        manifest = parse_manifest(blobs.read(entry, LIMITS.manifest_bytes), entry.digest)
        yield manifest.config
        yield from manifest.layers
    yield entry
