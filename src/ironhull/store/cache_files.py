"""Files of a cache: found by key, written whole or not at all, checked when read, never trusted.

A cache only ever saves work. Whatever keeps it from working (no rights, a read-only or full disk, a
damaged file, another process that prunes) makes it miss, and no error leaves this module. Writers
need no lock: a file's name is its key, so two writers of one name write the same, and the rename
that puts it there is atomic. Nothing is executed or unpickled; what is read is bounded.

    magic "ironhull-cache 1\\n" | key, 20 bytes | length, 8 bytes | crc32, 4 bytes | content

Only what a start needs is imported: the quickest runs do little more than read one of these.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["KINDS", "SUFFIX", "CacheFiles", "key_of"]

KINDS = (
    "layers",
    "sboms",
    "answers",
    "engines",
    "registries",
    "statements",
    "secrets",
    "licenses",
    "postures",
)
"""What is kept: a folder each below the cache folder."""

SUFFIX = ".cache"
_MAGIC = b"ironhull-cache 1\n"
_KEY = 20
_HEAD = len(_MAGIC) + _KEY + 12
_MODE = 0o700  # what is in images is their owner's business


def key_of(parts: Iterable[str | bytes]) -> str:
    """The key of what `parts` decide, as 40 hex digits; parts cannot run into each other."""
    from _blake2 import blake2b  # hashlib's own, without loading OpenSSL

    done = blake2b(digest_size=_KEY)
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogateescape")
        done.update(b"%d:" % len(data))
        done.update(data)
    return done.hexdigest()


class CacheFiles:
    """The files of one kind below the cache folder `root`; no content is longer than `limit` bytes.

    `written` counts what this object put there.
    """

    def __init__(self, root: str, kind: str, *, limit: int) -> None:
        self._folder = os.path.join(root, kind)  # noqa: PTH118 - pathlib is half of a start
        self._limit = limit
        self._usable = True
        self.written = 0

    def load(self, key: str) -> bytes | None:
        """What is kept under `key`; None where there is nothing whole (what is damaged goes)."""
        path = self._path(key)
        try:
            data = self._read(path)
        except OSError:
            return None
        content = _checked(data, key)
        if content is None:
            self.forget(key)
            return None
        try:  # noqa: SIM105 - contextlib costs a fifth of a start
            os.utime(path)  # used last now: the order in which files go
        except OSError:
            pass
        return content

    def _read(self, path: str) -> bytes:
        # Neither a link nor a FIFO somebody planted is followed or waited for.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            size = os.fstat(handle).st_size
            if size > self._limit + _HEAD:
                return b""
            pieces = []
            while size > 0 and (piece := os.read(handle, size)):
                pieces.append(piece)
                size -= len(piece)
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)
        finally:
            os.close(handle)

    def keep(self, key: str, content: bytes) -> bool:
        """Keep `content` under `key`; False where that cannot be, with nothing left behind."""
        if not self._usable or len(content) > self._limit:
            return False
        path = self._path(key)
        temporary = f"{path[: -len(SUFFIX)]}.{os.urandom(6).hex()}.tmp"
        try:
            self._write(temporary, _head(content, key) + content)
            os.replace(temporary, path)  # noqa: PTH105 - as above
        except OSError:
            self._usable = False  # full, read-only, not ours: not to be tried for each file
            _remove(temporary)
            return False
        except BaseException:
            _remove(temporary)
            raise
        self.written += 1
        return True

    def _write(self, path: str, data: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            handle = os.open(path, flags, 0o600)
        except FileNotFoundError:
            os.makedirs(self._folder, _MODE, exist_ok=True)  # noqa: PTH103 - as above
            handle = os.open(path, flags, 0o600)
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(handle, left) :]
        finally:
            os.close(handle)

    def forget(self, key: str) -> None:
        """Remove what is kept under `key`."""
        _remove(self._path(key))

    def _path(self, key: str) -> str:
        return f"{self._folder}/{key}{SUFFIX}"


def _remove(path: str) -> None:
    try:  # noqa: SIM105 - as above
        os.unlink(path)  # noqa: PTH108 - as above
    except OSError:
        pass


def _head(content: bytes, key: str) -> bytes:
    import zlib

    length, check = len(content), zlib.crc32(content)
    return b"".join(
        (_MAGIC, bytes.fromhex(key), length.to_bytes(8, "big"), check.to_bytes(4, "big"))
    )


def _checked(data: bytes, key: str) -> bytes | None:
    content = data[_HEAD:]
    return content if data[:_HEAD] == _head(content, key) else None
