"""Files that are written whole or not at all, and locks that several processes respect."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ironhull.errors import StoreError
from ironhull.oci.storage import storage_error

__all__ = ["atomic_file", "atomic_write", "locked", "locked_directory", "sync_directory"]

_LOCK_SECONDS = 60.0
_POLL_SECONDS = 0.05


def atomic_write(path: Path, data: bytes) -> None:
    """Make `path` hold exactly `data`; on StoreError (full, read-only, …) it is as it was."""
    with atomic_file(path) as file:
        file.write(data)


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write that becomes `path` when the block ends well, and vanishes when it does not.

    Mode 0644 less the umask, parents made. An OSError in the block becomes a StoreError. A device
    or pipe (`/dev/stdout`, `>(…)` of a shell) is written to, never replaced by a file.
    """
    import tempfile

    doing = f"cannot write {path}"
    if _is_special(path):
        try:
            with path.open("wb") as file:
                yield file
        except OSError as trouble:
            raise storage_error(trouble, doing) from trouble
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    except OSError as trouble:
        raise storage_error(trouble, doing) from trouble
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_UMASK)
        temporary.replace(path)
        sync_directory(path.parent)
    except OSError as trouble:
        raise storage_error(trouble, doing) from trouble
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def locked(path: Path, *, shared: bool = False, seconds: float = _LOCK_SECONDS) -> Iterator[None]:
    """Hold a lock on the file `path` (made if missing), alone or `shared` with other readers.

    Waits up to `seconds` for other processes, then raises StoreError. The lock goes with the
    process, so a crash leaves none behind.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as trouble:
        raise storage_error(trouble, f"cannot lock {path}") from trouble
    with _held(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX, path, seconds):
        yield


@contextmanager
def locked_directory(path: Path, *, seconds: float = _LOCK_SECONDS) -> Iterator[None]:
    """As `locked`, of a directory somebody else owns: no file is left in it."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as trouble:
        raise storage_error(trouble, f"cannot lock {path}") from trouble
    with _held(handle, fcntl.LOCK_EX, path, seconds):
        yield


def sync_directory(path: Path) -> None:
    """Ask that the names in directory `path` reach the disk, where the file system can."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _held(handle: int, how: int, path: Path, seconds: float) -> Iterator[None]:
    try:
        _take(handle, how, path, seconds)
        yield
    finally:
        os.close(handle)  # gives the lock back


def _take(handle: int, how: int, path: Path, seconds: float) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(handle, how | fcntl.LOCK_NB)
        except OSError as trouble:
            if trouble.errno not in (errno.EAGAIN, errno.EACCES, errno.EINTR):
                raise storage_error(trouble, f"cannot lock {path}") from trouble
        else:
            return
        if time.monotonic() >= until:
            raise StoreError(
                f"{path} has been locked by another process for {seconds:g} s",
                "wait for it to finish, or end it",
            )
        time.sleep(_POLL_SECONDS)


def _is_special(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _read_umask() -> int:
    """The process's umask; to read it is to set it, so this happens once."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


_UMASK = _read_umask()
