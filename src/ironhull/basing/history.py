"""The locks of earlier builds, kept so that a build can be compared with the one before.

A file per build in `locks/builds/NAME` of the data directory, called by the digest of the image.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from ironhull.config import Settings
from ironhull.limits import LIMITS
from ironhull.oci.storage import storage_error
from ironhull.store.files import atomic_write
from ironhull.values import dataclass

__all__ = ["Kept", "kept_builds", "remember"]

_SUFFIX = ".lock.json"


@dataclass(frozen=True, slots=True)
class Kept:
    """The lock of a build of the past; `image` is the digest of the image (hex)."""

    image: str
    path: Path


def remember(settings: Settings, lock: Path, image: str, data: bytes) -> None:
    """Keep the lock `data`, of the lock file `lock`, of which the image `image` was built.

    Only so many are kept, the newest. Raises StoreError.
    """
    place = _place(settings, lock)
    path = place / f"{image.partition(':')[2]}{_SUFFIX}"
    atomic_write(path, data)
    for old in kept_builds(settings, lock)[LIMITS.kept_builds :]:
        old.path.unlink(missing_ok=True)


def kept_builds(settings: Settings, lock: Path) -> tuple[Kept, ...]:
    """The builds of the lock file `lock`, the newest first. Raises StoreError."""
    place = _place(settings, lock)
    try:
        found = [(path.stat().st_mtime_ns, path) for path in place.glob(f"*{_SUFFIX}")]
    except OSError as trouble:
        raise storage_error(trouble, f"cannot read {place}") from trouble
    ordered = sorted(found, reverse=True)
    return tuple(Kept(path.name.removesuffix(_SUFFIX), path) for _, path in ordered)


def _place(settings: Settings, lock: Path) -> Path:
    """Locks of the same name in several directories are told apart by where they are."""
    where = hashlib.sha256(str(lock.resolve()).encode("utf-8", "surrogateescape")).hexdigest()
    name = lock.name.removesuffix(".json").removesuffix(".lock")
    return settings.home / "locks" / "builds" / f"{name}-{where[:8]}"
