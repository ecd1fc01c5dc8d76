"""Names without a prefix: the local store; a file or directory of that name gets a hint."""

from __future__ import annotations

from pathlib import Path

from ironhull.errors import ReferenceFault
from ironhull.model import Image, Platform
from ironhull.store.images import ImageStore

__all__ = ["open_default"]


def open_default(name: str, store: ImageStore, platform: Platform | None) -> Image:
    """The image `name` of the local store; raises ReferenceFault with what to do."""
    try:
        return store.find(name, platform)
    except ReferenceFault as missing:
        kind = _kind_of_path(name)
        if kind:
            raise ReferenceFault(
                f"{name} is not in the local image store, but a path", f"write {kind}://{name}"
            ) from None
        hint = f"{missing.hint}; registries and engines are not read in this version"
        raise ReferenceFault(missing.message, hint.removeprefix("; ")) from None


def _kind_of_path(name: str) -> str:
    """The prefix that reads the path `name`, "" if it is none."""
    path = Path(name)
    try:
        if path.is_file():
            return "archive"
        if path.is_dir():
            return "oci-dir" if (path / "index.json").is_file() else "fs"
    except (OSError, ValueError):  # too long or with a NUL: not a path
        return ""
    return ""
