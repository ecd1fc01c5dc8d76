"""What a git working tree says of itself, read from its files.

git itself is not run: hooks, filters and monitors of a repository are programs. Understood are
loose and packed objects and refs, worktrees, and version 2 and 3 of the index (git's
Documentation/gitformat-index, gitformat-pack, gitrepository-layout).
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ironhull.limits import LIMITS

__all__ = ["Revision", "read_revision"]


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit (hex), whether the tree differs from it (None: cannot tell), when it was made.

    `remote` is the URL of origin without credentials, `time` seconds since 1970 or None.
    """

    commit: str
    dirty: bool | None = None
    time: int | None = None
    remote: str = ""


def read_revision(directory: Path) -> Revision | None:
    """The commit checked out around `directory`; None outside of git or before a first commit.

    `dirty` looks at tracked files below `directory` only: those are what an image is made from.
    """
    found = _git_dir(directory.resolve())
    if not found:
        return None
    top, git = found
    common = git
    with suppress(OSError, ValueError):
        common = (git / _small(git / "commondir").strip()).resolve()
    commit = _head(git, common)
    if not commit:
        return None
    data = _object(common, commit, "commit")
    tree = time = None
    if data is not None:
        tree, time = _of_commit(data)
    dirty: bool | None = None
    with suppress(OSError, ValueError, IndexError, struct.error):
        prefix = directory.resolve().relative_to(top).as_posix()
        dirty = _dirty(top, git, "" if prefix == "." else prefix + "/", tree)
    return Revision(commit, dirty, time, _remote(common))


def _git_dir(directory: Path) -> tuple[Path, Path] | None:
    for top in (directory, *directory.parents):
        git = top / ".git"
        if git.is_dir() and (git / "HEAD").is_file():
            return top, git
        if git.is_file():
            with suppress(OSError, ValueError):
                text = _small(git)
                if text.startswith("gitdir:"):
                    return top, (top / text.removeprefix("gitdir:").strip()).resolve()
            return None
    return None


def _small(path: Path) -> str:
    if path.stat().st_size > LIMITS.definition_bytes:
        raise ValueError(f"{path} is too large")
    return path.read_text(encoding="utf-8")


def _head(git: Path, common: Path) -> str:
    name = "HEAD"
    for _ in range(5):  # symbolic refs may lead to others
        text = ""
        for place in (git, common):
            if not text:
                with suppress(OSError, ValueError):
                    text = _small(place / name).strip()
        text = text or _packed_ref(common, name)
        if not text.startswith("ref:"):
            return text if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", text) else ""
        name = text.removeprefix("ref:").strip()
        if ".." in name.split("/") or name.startswith("/"):
            return ""
    return ""


def _packed_ref(common: Path, name: str) -> str:
    with suppress(OSError, ValueError):
        for line in _small(common / "packed-refs").splitlines():
            digest, _, ref = line.partition(" ")
            if ref == name:
                return digest
    return ""


def _remote(common: Path) -> str:
    """The URL of origin as https, without user and password."""
    text = ""
    with suppress(OSError, ValueError):
        text = _small(common / "config")
    section = re.search(r'^\[remote "origin"\]\s*$(.*?)(?=^\[|\Z)', text, re.MULTILINE | re.DOTALL)
    url = re.search(r"^\s*url\s*=\s*(\S+)", section[1], re.MULTILINE) if section else None
    if not url:
        return ""
    found = url[1].strip('"')
    if match := re.fullmatch(r"(?:ssh://)?[\w.-]+@([\w.-]+)(?::[0-9]+/|[:/])(.+)", found):
        return f"https://{match[1]}/{match[2]}"
    if match := re.fullmatch(r"(https?://)(?:[^/@]*@)?([^?#]+).*", found):
        return match[1] + match[2]
    return ""


def _of_commit(data: bytes) -> tuple[str | None, int | None]:
    header = data.partition(b"\n\n")[0]
    tree = re.search(rb"^tree ([0-9a-f]+)$", header, re.MULTILINE)
    time = re.search(rb"^committer .* ([0-9]+) [+-][0-9]{4}$", header, re.MULTILINE)
    return (tree[1].decode() if tree else None), (int(time[1]) if time else None)


# ── objects ──────────────────────────────────────────────────────────────────────────────────────

_TYPES = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}


def _object(common: Path, name: str, wanted: str) -> bytes | None:
    """A commit, verified by its name; None where it cannot be found (shallow or delta packs)."""
    data: bytes | None = None
    with suppress(OSError, zlib.error, ValueError, IndexError, struct.error):
        data = _loose(common, name, wanted) or _packed(common, name, wanted)
    if data is None:
        return None
    hasher = hashlib.sha1 if len(name) == 40 else hashlib.sha256
    head = f"{wanted} {len(data)}\0".encode()
    return data if hasher(head + data).hexdigest() == name else None


def _loose(common: Path, name: str, wanted: str) -> bytes | None:
    path = common / "objects" / name[:2] / name[2:]
    if not path.is_file():
        return None
    raw = zlib.decompressobj().decompress(path.read_bytes(), LIMITS.definition_bytes)
    head, _, data = raw.partition(b"\0")
    return data if head.startswith(wanted.encode() + b" ") else None


def _packed(common: Path, name: str, wanted: str) -> bytes | None:
    for index in sorted((common / "objects" / "pack").glob("*.idx")):
        offset = _find(index, bytes.fromhex(name))
        if offset is not None:
            return _at(index.with_suffix(".pack"), offset, wanted)
    return None


def _find(index: Path, name: bytes) -> int | None:
    """The offset of an object in the pack (pack index version 2)."""
    with index.open("rb") as file:
        if file.read(8) != b"\xfftOc\0\0\0\x02":
            return None
        fan = struct.unpack(">256I", file.read(1024))
        total, size = fan[255], len(name)
        first = fan[name[0] - 1] if name[0] else 0
        file.seek(1032 + first * size)
        names = file.read((fan[name[0]] - first) * size)
        for number in range(len(names) // size):
            if names[number * size : (number + 1) * size] == name:
                file.seek(1032 + total * (size + 4) + (first + number) * 4)
                (offset,) = struct.unpack(">I", file.read(4))
                if offset & 0x80000000:
                    file.seek(1032 + total * (size + 8) + (offset & 0x7FFFFFFF) * 8)
                    (offset,) = struct.unpack(">Q", file.read(8))
                return int(offset)
    return None


def _at(pack: Path, offset: int, wanted: str) -> bytes | None:
    """An undeltified object; commits at the tip are hardly ever stored as deltas."""
    with pack.open("rb") as file:
        file.seek(offset)
        first = file.read(1)[0]
        kind, more = (first >> 4) & 7, first & 0x80
        while more:
            more = file.read(1)[0] & 0x80
        if _TYPES.get(kind) != wanted:
            return None
        return zlib.decompressobj().decompress(
            file.read(LIMITS.definition_bytes), LIMITS.definition_bytes
        )


# ── the index ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Tracked:
    path: str
    mode: int
    mtime: tuple[int, int]
    size: int
    name: str
    staged: int


def _dirty(top: Path, git: Path, prefix: str, tree: str | None) -> bool | None:
    """Whether tracked files below `prefix` differ from the index, or the index from the commit."""
    path = git / "index"
    if not path.is_file() or path.stat().st_size > LIMITS.file_bytes:
        return None
    data = path.read_bytes()
    length = 20
    entries, rest = _index(data, length)
    for entry in entries:
        if entry.path.startswith(prefix) and (entry.staged or _changed(top, entry)):
            return True
    cached = _cached_tree(rest, length)
    if tree is None or cached is None:
        return None if tree is None else True  # git empties the cached tree when files are staged
    return cached != tree


def _index(data: bytes, length: int) -> tuple[list[_Tracked], bytes]:
    signature, version, count = struct.unpack(">4sII", data[:12])
    if signature != b"DIRC" or version not in (2, 3):
        raise ValueError("an index of another version")
    entries, at = [], 12
    for _ in range(count):
        fields = struct.unpack(">10I", data[at : at + 40])
        name = data[at + 40 : at + 40 + length].hex()
        (flags,) = struct.unpack(">H", data[at + 40 + length : at + 42 + length])
        start = at + 42 + length + (2 if flags & 0x4000 else 0)
        end = data.index(b"\0", start)
        path = data[start:end].decode("utf-8", "surrogateescape")
        entries.append(
            _Tracked(path, fields[6], (fields[2], fields[3]), fields[9], name, (flags >> 12) & 3)
        )
        at += (end - at + 8) & ~7
    return entries, data[at:-length]


def _changed(top: Path, entry: _Tracked) -> bool:
    path = top / entry.path
    try:
        info = path.lstat()
    except OSError:
        return True
    if stat.S_IFMT(entry.mode) == 0o160000:  # a submodule
        return False
    if stat.S_IFMT(info.st_mode) != stat.S_IFMT(entry.mode):
        return True
    if stat.S_ISREG(info.st_mode) and bool(info.st_mode & 0o100) != bool(entry.mode & 0o100):
        return True
    same_size = info.st_size & 0xFFFFFFFF == entry.size
    if same_size and (info.st_mtime_ns // 10**9, info.st_mtime_ns % 10**9) == entry.mtime:
        return False
    if info.st_size > LIMITS.file_bytes:
        return not same_size
    data = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest() != entry.name  # noqa: S324 - git's names


def _cached_tree(data: bytes, length: int) -> str | None:
    """The name of the root tree in the TREE extension, where it is valid."""
    for signature, body in _extensions(data):
        if signature == b"TREE":
            header, _, rest = body[1:].partition(b"\n") if body[:1] == b"\0" else (b"-1", b"", b"")
            return None if header.startswith(b"-1") else rest[:length].hex()
    return None


def _extensions(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        (size,) = struct.unpack(">I", data[at + 4 : at + 8])
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size
