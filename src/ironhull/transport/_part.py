"""The unfinished file beside a download's destination: locked, appended to, moved when whole."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ironhull.errors import StoreError

__all__ = ["Part", "disk", "file_sha256", "open_part"]

_CHUNK = 1024 * 1024


def file_sha256(path: Path) -> str:
    """The sha256 (hex) of a file; empty where there is none to read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


@contextmanager
def disk(path: Path) -> Iterator[None]:
    """Turns OSError on `path` into StoreError that says what to do."""
    try:
        yield
    except OSError as trouble:
        hints = {
            errno.ENOSPC: "free some space or choose another cache directory",
            errno.EDQUOT: "free some space or choose another cache directory",
            errno.EROFS: "choose a cache directory that can be written to",
            errno.EACCES: "choose a cache directory that can be written to",
        }
        raise StoreError(
            f"cannot write {path}: {trouble.strerror}", hints.get(trouble.errno or 0, "")
        ) from trouble


class Part:
    """What has arrived so far; one process at a time has it open."""

    def __init__(self, dest: Path, file: BinaryIO) -> None:
        self._dest = dest
        self._file = file
        self._path = part_path(dest)
        self._tag = dest.with_name(dest.name + ".part.etag")
        self.size = os.fstat(file.fileno()).st_size
        self._hash = hashlib.sha256()
        file.seek(0)
        while chunk := file.read(_CHUNK):
            self._hash.update(chunk)

    @property
    def validator(self) -> str:
        """The entity tag of the file the bytes so far are of; empty: not known."""
        try:
            return self._tag.read_text(encoding="ascii")
        except (OSError, ValueError):
            return ""

    def restart(self, validator: str) -> None:
        """Forgets what has arrived; what comes is of the file with tag `validator`."""
        with disk(self._path):
            self._file.seek(0)
            self._file.truncate()
            if validator and validator.isascii():
                self._tag.write_text(validator, encoding="ascii")
            else:
                self._tag.unlink(missing_ok=True)
        self.size = 0
        self._hash = hashlib.sha256()

    def append(self, data: bytes) -> None:
        """Adds `data`; a full disk is a StoreError and gives back the space taken."""
        try:
            with disk(self._path):
                self._file.write(data)
                self._file.flush()
        except StoreError:
            self.drop()
            raise
        self._hash.update(data)
        self.size += len(data)

    @property
    def sha256(self) -> str:
        """Of what has arrived so far, hex."""
        return self._hash.hexdigest()

    def drop(self) -> None:
        """Removes what has arrived."""
        self._path.unlink(missing_ok=True)
        self._tag.unlink(missing_ok=True)

    def finish(self) -> None:
        """Puts the file in place, whole."""
        with disk(self._dest):
            self._file.flush()
            self._path.replace(self._dest)
            self._tag.unlink(missing_ok=True)


def part_path(dest: Path) -> Path:
    """Where the unfinished file of `dest` is."""
    return dest.with_name(dest.name + ".part")


@contextmanager
def open_part(dest: Path) -> Iterator[Part]:
    """The part of `dest`, locked; waits for another process that has it."""
    path = part_path(dest)
    with disk(path):
        dest.parent.mkdir(parents=True, exist_ok=True)
        file = _locked(path)
    with file:
        yield Part(dest, file)


def _locked(path: Path) -> BinaryIO:
    while True:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644), "r+b")
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            # whoever had the lock may have moved the file in place meanwhile
            if os.path.samestat(path.stat(), os.fstat(file.fileno())):
                return file
        except FileNotFoundError:
            pass
        file.close()
