"""All caches together: how much they hold, and what goes when that is too much.

Files go least recently used first; reading one sets its time. Nothing here needs a lock: a file
that another process removed, or wrote in the meantime, is as good as any other.
"""

from __future__ import annotations

import os

from ironhull.store.cache_files import KINDS, SUFFIX
from ironhull.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["CacheUse", "Pruned", "evict", "evict_if_written", "prune", "usage"]

_ABANDONED_SECONDS = 3600.0  # a temporary file this old has no writer any more
_ROOM = 0.9  # of the allowed size is left used when files had to go, so that not each run evicts


@dataclass(frozen=True, slots=True)
class CacheUse:
    """What one kind holds: `files` of `bytes`; `oldest` and `newest` use in seconds since 1970."""

    kind: str
    files: int
    bytes: int
    oldest: float | None = None
    newest: float | None = None


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    kind: str
    used: float
    bytes: int
    whole: bool  # else a temporary file of a writer at work, or of one that was killed


def usage(root: Path | str) -> tuple[CacheUse, ...]:
    """What each kind holds, in the order of `KINDS`."""
    files = list(_files(root))
    found = []
    for kind in KINDS:
        of_kind = [file for file in files if file.kind == kind]
        times = [file.used for file in of_kind]
        found.append(
            CacheUse(
                kind,
                len(of_kind),
                sum(file.bytes for file in of_kind),
                min(times, default=None),
                max(times, default=None),
            )
        )
    return tuple(found)


def evict(root: Path | str, *, limit: int, now: float) -> Pruned:
    """Remove files until at most `limit` bytes are used; `now` in seconds since 1970.

    Nothing happens below the limit but that temporary files of killed writers go.
    """
    files = list(_files(root))
    total = sum(file.bytes for file in files)
    gone = [file for file in files if _is_abandoned(file, now)]
    if total > limit:
        total -= sum(file.bytes for file in gone)
        gone += _least_used(files, total, int(limit * _ROOM))
    return _removed(gone)


def evict_if_written(root: Path | str, *, limit: int, since: float) -> None:
    """`evict` where something was put into a cache after `since` (Unix time): that costs a look."""
    for kind in KINDS:
        try:
            changed = os.stat(f"{root}/{kind}").st_mtime  # noqa: PTH116 - as in cache_files
        except OSError:
            continue
        if changed >= since - 1:
            evict(root, limit=limit, now=since)
            return


def prune(
    root: Path | str, *, now: float, keep_bytes: int | None = None, unused_seconds: float | None
) -> Pruned:
    """Remove what was not used for `unused_seconds`, then down to `keep_bytes`; None: no such rule.

    Without any rule only what killed writers left is removed.
    """
    files = list(_files(root))
    gone = [file for file in files if _is_abandoned(file, now)]
    if unused_seconds is not None:
        gone += [file for file in files if file.whole and now - file.used >= unused_seconds]
    if keep_bytes is not None:
        paths = {file.path for file in gone}
        left = [file for file in files if file.path not in paths]
        gone += _least_used(left, sum(file.bytes for file in left), keep_bytes)
    return _removed(gone)


def _least_used(files: list[_File], total: int, limit: int) -> list[_File]:
    gone = []
    for file in sorted((file for file in files if file.whole), key=lambda file: file.used):
        if total <= limit:
            break
        gone.append(file)
        total -= file.bytes
    return gone


def _is_abandoned(file: _File, now: float) -> bool:
    return not file.whole and now - file.used >= _ABANDONED_SECONDS


def _removed(files: list[_File]) -> Pruned:
    count = size = 0
    for file in files:
        try:
            os.unlink(file.path)  # noqa: PTH108 - the path is os.scandir's own
        except OSError:
            continue
        count += 1
        size += file.bytes
    return Pruned(count, size)


def _files(root: Path | str) -> Iterator[_File]:
    for kind in KINDS:
        try:
            with os.scandir(f"{root}/{kind}") as entries:
                for entry in entries:
                    whole = entry.name.endswith(SUFFIX)
                    if not (whole or entry.name.endswith(".tmp")):
                        continue
                    try:
                        known = entry.stat(follow_symlinks=False)
                    except OSError:  # gone since
                        continue
                    yield _File(entry.path, kind, known.st_mtime, known.st_size, whole)
        except OSError:
            continue
