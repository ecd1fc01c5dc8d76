"""Which code makes a result: part of the keys of everything that is kept as it was computed.

An installed package lists its files with their digests in RECORD (packaging.python.org, "Recording
installed projects"), so equal installations, also on other machines, share their caches and any
change of code makes other keys. A source tree has no such list: names, sizes and times of its files
stand for them, and its keys are its own.
"""

from __future__ import annotations

import os

from ironhull import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["code_identity", "running_code"]

_running: str | None = None


def running_code() -> str:
    """The `code_identity` of Ironhull as it was when this process first asked."""
    global _running  # noqa: PLW0603 - a look at each file of a source tree
    if _running is None:
        package = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120 - as below
        _running = code_identity(package, __version__)
    return _running


def code_identity(package: str, version: str) -> str:
    """A text that differs where the code in the directory `package` does; "" if it cannot be told.

    `package` is the directory of the top-level package, `version` its version.
    """
    folder, _, name = package.rpartition("/")
    try:
        with open(  # noqa: PTH123 - pathlib is half of a start
            f"{folder}/{name}-{version}.dist-info/RECORD", "rb"
        ) as record:
            prefix = f"{name}/".encode()
            lines = [line for line in record if line.startswith(prefix) and b",sha256=" in line]
        if lines:
            return _digest(b"".join(sorted(lines)))
    except OSError:
        pass
    try:
        return _digest("\n".join(sorted(_walked(package))).encode("utf-8", "surrogateescape"))
    except OSError:
        return ""


def _walked(directory: str) -> Iterator[str]:
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.name == "__pycache__":
                continue
            if entry.is_dir():
                yield from _walked(entry.path)
            else:
                known = entry.stat()
                yield f"{entry.path} {known.st_size} {known.st_mtime_ns} {known.st_ino}"


def _digest(data: bytes) -> str:
    from ironhull.store.cache_files import key_of

    return key_of((data,))
