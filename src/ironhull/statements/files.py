"""VEX documents in files and directories named by the user."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from ironhull.errors import FormatError, StoreError, UsageError
from ironhull.limits import LIMITS
from ironhull.values import dataclass

__all__ = ["Listed", "list_documents", "read_document"]

_TELLING = ("vex", "csaf")


@dataclass(frozen=True, slots=True)
class Listed:
    """The files to try, sorted, and the directories they were found in.

    `sure` says that a file is said to be VEX: named by the user, or by its name ("*vex*",
    "*csaf*"); what else has an ending ".json" may be anything.
    """

    files: tuple[tuple[Path, bool], ...]
    directories: tuple[Path, ...] = ()


def list_documents(text: str) -> Listed:
    """The file `text`, or every `*.json` below the directory `text`, links to directories left.

    Raises UsageError where there is nothing of that name, StoreError where it cannot be listed,
    FormatError for a directory of more than LIMITS.vex_files files.
    """
    if not text:
        raise UsageError("--vex names nothing", "a file or directory, repo, oci or sbom-ref")
    path = Path(text)
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(
            f"--vex {text}: there is no such file or directory",
            "name one, or say repo, oci or sbom-ref",
        ) from None
    except (OSError, ValueError) as trouble:
        reason = getattr(trouble, "strerror", None) or "no path"
        raise StoreError(f"--vex {text}: cannot be read: {reason}", "check the path") from None
    if not stat.S_ISDIR(mode):
        return Listed(((path, True),))
    directories: list[Path] = []
    files = sorted(_below(path, directories))
    return Listed(tuple((file, _is_telling(file.name)) for file in files), tuple(directories))


def _below(root: Path, directories: list[Path]) -> Iterator[Path]:
    def refuse(trouble: OSError) -> None:
        raise StoreError(
            f"{trouble.filename}: cannot be listed: {trouble.strerror}", "check its rights"
        ) from trouble

    count = 0
    for folder, _, names in os.walk(root, onerror=refuse):
        directories.append(Path(folder))
        count += len(names)
        if count > LIMITS.vex_files or len(directories) > LIMITS.vex_files:
            raise FormatError(
                f"--vex {root}: more than {LIMITS.vex_files} files below it",
                "name the folder that holds the documents",
            )
        for name in names:
            path = Path(folder, name)
            if name.lower().endswith(".json") and path.is_file():
                yield path


def _is_telling(name: str) -> bool:
    return any(word in name.lower() for word in _TELLING)


def read_document(path: Path) -> bytes:
    """The bytes of a regular file (or a pipe named by the user); raises StoreError, FormatError."""
    try:
        with path.open("rb") as file:
            data = file.read(LIMITS.vex_bytes + 1)
    except OSError as trouble:
        raise StoreError(
            f"{path}: cannot be read: {trouble.strerror}", "check the path and its rights"
        ) from trouble
    if len(data) > LIMITS.vex_bytes:
        raise FormatError(
            f"{path}: larger than {LIMITS.vex_bytes // 2**20} MiB", "split it into several"
        )
    return data
