"""Files kept under their sha256; whoever uses one checks it, so a damaged entry is a miss."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ironhull.transport import disk

__all__ = ["cached_path", "keep"]


def cached_path(cache: Path, sha256: str) -> Path:
    """Where the file with that digest (hex) is, or would be."""
    return cache / "sha256" / sha256[:2] / sha256


def keep(cache: Path, sha256: str, data: bytes) -> Path:
    """Puts `data`, whose digest the caller has checked, into the cache, whole or not at all."""
    path = cached_path(cache, sha256)
    with disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            made = Path(file.name)
            try:
                file.write(data)
                file.flush()
                made.chmod(0o644)
                made.replace(path)
            except BaseException:
                made.unlink(missing_ok=True)
                raise
    return path
