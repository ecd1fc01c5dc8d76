"""Writing layers: members in, a reproducible gzip tar out.

Equal members and an equal epoch give equal bytes: members are sorted by path (a directory comes
before what is in it), hard links follow at the end, missing parent directories are written with
mode 0755 and root as owner, times are at most the epoch, users and groups have numbers and no
names. `diff_id` depends on nothing else; `digest` also on the deflate implementation zlib brings.
(OCI image-spec, layer.md; POSIX.1-2001, pax.)
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from ironhull.errors import BuildError
from ironhull.limits import LIMITS
from ironhull.oci import _ustar
from ironhull.oci._gzip import GzipWriter, Sink
from ironhull.oci.manifests import OCI_LAYER_GZIP
from ironhull.oci.storage import storage_error
from ironhull.values import dataclass, replace

__all__ = ["Member", "PackedLayer", "pack_layer", "write_tar"]

_KINDS = {
    "file": b"0",
    "hardlink": b"1",
    "symlink": b"2",
    "char": b"3",
    "block": b"4",
    "dir": b"5",
    "fifo": b"6",
}
_CHUNK = 1 << 20
_LATEST = 1 << 40  # clamped to the epoch


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a layer, `path` relative to the root of the image.

    `kind` is file, dir, symlink, hardlink, char, block or fifo; `link` the target of a symlink (as
    it shall stand there) or the path of the file a hardlink is another name of; `mtime` seconds
    since 1970; `content` bytes or a file whose content is read when the layer is written;
    `device` (major, minor) of a char or block.
    """

    path: str
    kind: str
    mode: int
    uid: int = 0
    gid: int = 0
    mtime: int = 0
    link: str = ""
    content: bytes | Path | None = None
    device: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise BuildError(f"{self.path!r}: {self.kind!r} is not a kind of file a layer can hold")
        if self.kind in ("symlink", "hardlink") and (not self.link or "\0" in self.link):
            raise BuildError(f"{self.path!r}: a {self.kind} needs a target")
        if min(self.uid, self.gid, self.mode) < 0:
            raise BuildError(f"{self.path!r}: owner and mode cannot be negative")


@dataclass(frozen=True, slots=True)
class PackedLayer:
    """A layer written to `path`; `size` of that file, `unpacked_size` of the regular files in it.

    `digest` is that of the file, `diff_id` that of the tar inside it.
    """

    path: Path
    digest: str
    diff_id: str
    size: int
    media_type: str
    unpacked_size: int


def pack_layer(
    members: Iterable[Member], directory: Path, *, epoch: int, level: int = 6
) -> PackedLayer:
    """Write a layer into `directory`, named by the hex of its digest.

    `epoch` (seconds since 1970) is the latest time a member may have; `level` is zlib's. Raises
    BuildError for members that cannot stand beside each other, StoreError when the disk refuses;
    then nothing is left behind.
    """
    import tempfile

    ordered = _ordered(members)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".layer-", dir=directory)
    except OSError as trouble:
        raise storage_error(trouble, f"cannot write a layer into {directory}") from trouble
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file, GzipWriter(file, level) as packed:
            unpacked = _write(ordered, packed, epoch)
            packed.close()
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        final = directory / packed.digest.partition(":")[2]
        temporary.replace(final)
    except OSError as trouble:
        raise storage_error(trouble, f"cannot write a layer into {directory}") from trouble
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return PackedLayer(final, packed.digest, packed.diff_id, packed.size, OCI_LAYER_GZIP, unpacked)


def write_tar(members: Iterable[Member], sink: Sink, *, epoch: int) -> int:
    """Write the tar of `members` to `sink` as `pack_layer` orders it; gives bytes of file content.

    Raises BuildError as `pack_layer` does; OSError of `sink` passes through.
    """
    return _write(_ordered(members), sink, epoch)


# ── order ────────────────────────────────────────────────────────────────────────────────────────


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _key(path: str) -> list[bytes]:
    return _encoded(path).split(b"/")


def _ordered(members: Iterable[Member]) -> list[Member]:
    """Sorted, checked, with parents; hard links last and pointing at files."""
    found: dict[str, Member] = {}
    for member in members:
        path = _clean(member.path)
        if path in found:
            raise BuildError(f"{path!r} is in the layer twice", "leave one of the two out")
        found[path] = member if path == member.path else replace(member, path=path)
    parents: dict[str, Member] = {}
    for path in found:
        _add_parents(path, found, parents)
    links = [m for m in found.values() if m.kind == "hardlink"]
    others = [m for m in found.values() if m.kind != "hardlink"]
    others += parents.values()
    others.sort(key=lambda m: _key(m.path))
    links.sort(key=lambda m: _key(m.path))
    return others + [_resolved(link, found) for link in links]


def _clean(path: str) -> str:
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if path.startswith("/") or ".." in parts or "\0" in path:
        raise BuildError(f"{path!r} is not a path inside an image", "use a relative path")
    if len(_encoded(path)) > LIMITS.path_bytes:
        raise BuildError(f"{path[:60]!r}… is longer than {LIMITS.path_bytes} bytes")
    return "/".join(parts)


def _add_parents(path: str, found: dict[str, Member], parents: dict[str, Member]) -> None:
    parent = path.rpartition("/")[0]
    while parent and parent not in parents:
        there = found.get(parent)
        if there is None:
            parents[parent] = Member(parent, "dir", 0o755, mtime=_LATEST)
        elif there.kind != "dir":
            raise BuildError(
                f"{path!r} lies below {parent!r}, which is a {there.kind}",
                "put it under the real directory",
            )
        parent = parent.rpartition("/")[0]


def _resolved(link: Member, found: dict[str, Member]) -> Member:
    seen = {link.path}
    target = _clean(link.link)
    while (there := found.get(target)) is not None and there.kind == "hardlink":
        if target in seen:
            raise BuildError(f"{link.path!r} is a hard link to itself")
        seen.add(target)
        target = _clean(there.link)
    if there is None or there.kind == "dir":
        raise BuildError(
            f"{link.path!r} is a hard link to {target!r}, which is not a file of this layer",
            "link to a file of the same layer, or use a symlink",
        )
    # extractors set owner and mode through every name of a file, so all names say the same
    return replace(
        link, link=target, mode=there.mode, uid=there.uid, gid=there.gid, mtime=there.mtime
    )


# ── bytes ────────────────────────────────────────────────────────────────────────────────────────


def _write(ordered: Iterable[Member], sink: Sink, epoch: int) -> int:
    total = 0
    for member in ordered:
        total += _write_member(member, sink, epoch)
    sink.write(_ustar.END)
    return total


def _write_member(member: Member, sink: Sink, epoch: int) -> int:
    if member.kind != "file":
        sink.write(_header(member, 0, epoch))
        return 0
    if not isinstance(member.content, Path):
        data = member.content or b""
        sink.write(_header(member, len(data), epoch) + data + _ustar.padding(len(data)))
        return len(data)
    try:
        source = member.content.open("rb")
    except OSError as trouble:
        raise _unreadable(member, trouble) from trouble
    with source:
        size = os.fstat(source.fileno()).st_size
        sink.write(_header(member, size, epoch))
        for chunk in _chunks(member, source, size):
            sink.write(chunk)
        sink.write(_ustar.padding(size))
    return size


def _unreadable(member: Member, trouble: OSError) -> BuildError:
    return BuildError(
        f"cannot read {member.content!s} for {member.path!r}: {trouble.strerror}",
        "check that the file exists and can be read",
    )


def _chunks(member: Member, source: BinaryIO, size: int) -> Iterator[bytes]:
    left = size
    while left:
        try:
            chunk = source.read(min(left, _CHUNK))
        except OSError as trouble:
            raise _unreadable(member, trouble) from trouble
        if not chunk:
            break
        left -= len(chunk)
        yield chunk
    if left or source.read(1):
        raise BuildError(f"{member.content!s} changed while it was read", "build again")


def _header(member: Member, size: int, epoch: int) -> bytes:
    name = _encoded(member.path)
    if member.kind == "dir":
        name = name + b"/" if name else b"./"
    return _ustar.header(
        name,
        _KINDS[member.kind],
        mode=member.mode,
        owner=(member.uid, member.gid),
        size=size,
        mtime=max(0, min(member.mtime, epoch)),
        link=_encoded(member.link) if member.kind in ("symlink", "hardlink") else b"",
        device=member.device if member.kind in ("char", "block") else (0, 0),
    )
