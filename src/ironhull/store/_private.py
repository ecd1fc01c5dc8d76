"""A folder of our own in a layout of somebody else's, gone when the last who uses it is done.

What an interrupted run left there is found by the next.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ironhull.oci.storage import storage_error

PRIVATE = ".ironhull"
_LOCK = "users.lock"


@contextmanager
def private_place(root: Path) -> Iterator[Path]:
    """The folder, made with `root` where they are not there; others may use it too.

    It stays where the block ends with an error and something is unfinished. Raises StoreError.
    """
    private = root / PRIVATE
    try:
        handle = _joined(private)
    except OSError as trouble:
        raise storage_error(trouble, f"cannot write {root}") from trouble
    try:
        try:
            yield private
        except BaseException:
            if not any((private / "tmp").glob("*.part")):
                _leave(private, handle)
            raise
        _leave(private, handle)
    finally:
        os.close(handle)


def _joined(private: Path) -> int:
    """The lock of the folder, held with other users; whoever was alone may have removed it."""
    while True:
        with suppress(FileExistsError):  # or is being removed in this moment
            private.mkdir(parents=True)
        with suppress(FileNotFoundError):
            handle = os.open(private / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                fcntl.flock(handle, fcntl.LOCK_SH)
                if os.path.samestat((private / _LOCK).stat(), os.fstat(handle)):
                    return handle
            except BaseException:
                os.close(handle)
                raise
            os.close(handle)


def _leave(private: Path, handle: int) -> None:
    """Remove the folder if nobody else uses it: its name first, so that others begin anew."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        gone = Path(tempfile.mkdtemp(prefix=f"{PRIVATE}-", dir=private.parent))
        private.rename(gone)
    except OSError:
        return
    shutil.rmtree(gone, ignore_errors=True)
