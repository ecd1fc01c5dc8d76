"""An OCI layout on disk that is written to: blobs by digest, and `index.json`.

(OCI image-spec v1.1, image-layout.md.) Images are read from it by `oci.images`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ironhull.errors import ImageError, StoreError
from ironhull.limits import LIMITS
from ironhull.model import Descriptor
from ironhull.oci import blobs as oci_blobs
from ironhull.oci.blobs import DirectoryBlobs, read_blob
from ironhull.oci.manifests import (
    INDEX_TYPES,
    MANIFEST_TYPES,
    OCI_INDEX,
    canonical_json,
    descriptor_json,
    parse_index,
    parse_manifest,
)
from ironhull.oci.storage import storage_error
from ironhull.store.files import atomic_write, locked
from ironhull.values import dataclass

if TYPE_CHECKING:
    from ironhull.transport import Part

LAYOUT_FILE = b'{"imageLayoutVersion":"1.0.0"}'
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Blobs:
    """The blobs of the layout at `root`; `private` is where locks and unfinished files go."""

    apart = True

    root: Path
    private: Path

    @property
    def where(self) -> str:
        """The layout's directory."""
        return str(self.root)

    def path(self, digest: str) -> Path:
        """Where the blob of `digest` lies, or would."""
        return DirectoryBlobs(self.root).path(digest)

    def open(self, digest: str) -> BinaryIO:
        """The blob as stored, unverified; FileNotFoundError where there is none."""
        return DirectoryBlobs(self.root).open(digest)

    def verified(self, descriptor: Descriptor) -> Path:
        """The blob's path after reading it through; raises ImageError where it is damaged."""
        path = self.path(descriptor.digest)
        try:
            with path.open("rb") as file:
                size, digest = _digest_of(file, descriptor.digest.partition(":")[0])
        except OSError as trouble:
            raise ImageError(
                f"{self.root}: cannot read blob {descriptor.digest}: {trouble.strerror}",
                "the layout is incomplete; write the image again",
            ) from trouble
        if size != descriptor.size or digest != descriptor.digest:
            raise ImageError(
                f"{self.root}: blob {descriptor.digest} is damaged",
                "remove the image and write it again",
            )
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

    def fetch(self, blob: Descriptor, opened: Callable[[int], BinaryIO]) -> None:
        """Keep what `opened(offset)` gives, going on with what an earlier try left.

        Raises ImageError where it is not what `blob` says, and whatever `opened` raises.
        """
        algorithm, _, value = blob.digest.partition(":")
        if algorithm != "sha256":
            with opened(0) as source:
                self.copy(source, blob.digest, blob.size)
            return
        from ironhull.transport import open_part

        place = self.private / "tmp" / value
        with open_part(place) as part:
            if self.has(blob):
                part.drop()  # another process was faster
                return
            if part.size > blob.size:
                part.restart("")
            resumed = bool(part.size)
            if not _append(part, blob, opened) and resumed:
                part.restart("")  # the beginning may have been damaged
                _append(part, blob, opened)
            if f"sha256:{part.sha256}" != blob.digest:
                got = part.sha256
                part.drop()
                raise ImageError(
                    f"{blob.digest}: what was fetched has the digest sha256:{got}",
                    "the source's copy is damaged or was tampered with",
                )
            part.finish()
        try:
            self.adopt(place, blob.digest)
        except FileNotFoundError:  # another process had the same bytes and was faster
            if not self.has(blob):
                raise StoreError(f"{place} vanished", "try again") from None

    def has(self, blob: Descriptor) -> bool:
        """Whether the blob is there in its full size; it is then kept from whoever prunes."""
        try:
            whole = self.path(blob.digest).stat().st_size == blob.size
        except OSError:
            return False
        return whole and self.keep(blob.digest)

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
            for path in sorted((self.private / "sizes").glob("*-*")):
                if path.name.replace("-", ":", 1) not in needed:
                    path.unlink(missing_ok=True)
            for path in sorted((self.private / "tmp").glob("*")):
                with suppress(FileNotFoundError):  # finished by its writer in this moment
                    if path.stat().st_mtime < before:
                        shutil.rmtree(path) if path.is_dir() else path.unlink()
        except OSError as trouble:
            raise storage_error(trouble, f"cannot prune {self.root}") from trouble
        return count, size

    def shared(self) -> AbstractContextManager[None]:
        """Held while a blob is touched or named, so that nobody prunes it in that moment."""
        return locked(self.private / "blobs.lock", shared=True)


def _append(part: Part, blob: Descriptor, opened: Callable[[int], BinaryIO]) -> bool:
    """Put the rest of `blob` into `part`; whether it is then what it has to be."""
    if part.size < blob.size:
        with opened(part.size) as source:
            while chunk := source.read(_CHUNK):
                part.append(chunk)
                if part.size > blob.size:
                    break
    return part.size == blob.size and f"sha256:{part.sha256}" == blob.digest


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


def reachable(
    blobs: oci_blobs.Blobs, entries: Iterable[Descriptor], seen: set[str] | None = None
) -> Iterator[Descriptor]:
    """`entries` and every blob they need, each once, children first; raises ImageError."""
    seen = set() if seen is None else seen
    for entry in entries:
        if entry.digest in seen:
            continue
        seen.add(entry.digest)
        if entry.media_type in INDEX_TYPES:
            index = parse_index(read_blob(blobs, entry, LIMITS.manifest_bytes), entry.digest)
            yield from reachable(blobs, index.manifests, seen)
        elif entry.media_type in MANIFEST_TYPES:
            manifest = parse_manifest(read_blob(blobs, entry, LIMITS.manifest_bytes), entry.digest)
            yield from reachable(blobs, (manifest.config, *manifest.layers), seen)
        yield entry
