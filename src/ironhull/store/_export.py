"""Images leaving the store: OCI layouts, OCI archives, archives for `docker load`."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from ironhull.errors import StoreError, UsageError
from ironhull.model import Descriptor, Image
from ironhull.oci.docker_archive import blob_member, docker_members
from ironhull.oci.manifests import OCI_INDEX, canonical_json, descriptor_json
from ironhull.oci.names import Reference
from ironhull.oci.pack import Member, write_tar
from ironhull.oci.storage import storage_error
from ironhull.store import _layout, _lookup
from ironhull.store._layout import Blobs
from ironhull.store.files import atomic_file, locked_directory
from ironhull.values import dataclass

_EPOCH = 0  # the time of every member of an archive; images hold their own


@dataclass(frozen=True, slots=True)
class Parcel:
    """What leaves: `entry` of `blobs` (an index or the manifest of `image`), under a name.

    `beside` are the entries of what goes with it: referrers, signatures.
    """

    blobs: Blobs
    entry: Descriptor
    image: Image
    reference: Reference | None
    beside: tuple[Descriptor, ...] = ()

    @property
    def entries(self) -> tuple[Descriptor, ...]:
        """The entries of its index.json."""
        return (*self.beside, self.entry)


def write(parcel: Parcel, kind: str, dest: Path) -> None:
    """Write `parcel` to `dest` as `kind`; raises StoreError, ImageError, UsageError."""
    if kind == "oci-dir":
        _write_directory(parcel, dest)
    elif kind == "oci-archive":
        _write_archive(_oci_members(parcel), dest)
    elif kind == "docker-archive":
        _write_archive([*_oci_members(parcel), *docker_members(parcel.image, _name(parcel))], dest)
    else:
        raise UsageError(
            f"cannot write an image as {kind!r}", "use oci-dir, oci-archive or docker-archive"
        )


# ── archives ─────────────────────────────────────────────────────────────────────────────────────


def _write_archive(members: list[Member], dest: Path) -> None:
    if dest.is_dir():
        raise StoreError(f"cannot write {dest}: it is a directory", "name a file")
    with atomic_file(dest) as file:
        write_tar(members, file, epoch=_EPOCH)


def _oci_members(parcel: Parcel) -> list[Member]:
    members = [
        Member("oci-layout", "file", 0o644, content=_layout.LAYOUT_FILE),
        Member("index.json", "file", 0o644, content=_index_json(parcel.entries)),
    ]
    for blob in _layout.reachable(parcel.blobs, parcel.entries):
        algorithm, _, value = blob.digest.partition(":")
        path = parcel.blobs.verified(blob)
        members.append(Member(f"blobs/{algorithm}/{value}", "file", 0o644, content=path))
    return members


def _name(parcel: Parcel) -> str:
    return parcel.reference.familiar if parcel.reference else ""


def _index_json(entries: tuple[Descriptor, ...]) -> bytes:
    listed = [descriptor_json(entry) for entry in entries]
    return canonical_json({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": listed})


# ── directories ──────────────────────────────────────────────────────────────────────────────────


def _write_directory(parcel: Parcel, dest: Path) -> None:
    try:
        if (dest / "oci-layout").is_file():
            _add(parcel, dest)
        elif dest.exists() and not (dest.is_dir() and not any(dest.iterdir())):
            raise StoreError(
                f"cannot write an OCI layout to {dest}: something else is there",
                "name a new or empty directory, or an OCI layout",
            )
        else:
            _create(parcel, dest)
    except OSError as trouble:
        raise storage_error(trouble, f"cannot write {dest}") from trouble


def _create(parcel: Parcel, dest: Path) -> None:
    dest.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{dest.name}.", dir=dest.parent))
    try:
        _fill(parcel, temporary)
        _layout.write_index(temporary, parcel.entries)
        temporary.chmod(0o755)
        temporary.replace(dest)
    finally:
        with suppress(OSError):
            shutil.rmtree(temporary)


def _add(parcel: Parcel, dest: Path) -> None:
    """The blobs first, the index in one step at the end; other images of the layout stay."""
    _fill(parcel, dest)
    with locked_directory(dest):
        name = _lookup.name_of(parcel.entry)
        kept = tuple(
            entry
            for entry in _layout.read_index(dest)
            if (_lookup.name_of(entry) or entry.digest) != (name or parcel.entry.digest)
            and entry not in parcel.beside
        )
        _layout.write_index(dest, (*kept, *parcel.entries))


def _fill(parcel: Parcel, layout: Path) -> None:
    for blob in _layout.reachable(parcel.blobs, parcel.entries):
        source = parcel.blobs.verified(blob)
        target = layout / blob_member(blob.digest)
        if target.exists() and target.stat().st_size == blob.size:
            continue
        with source.open("rb") as reader, atomic_file(target) as writer:
            shutil.copyfileobj(reader, writer, 1 << 20)
