"""Opening the index of an advisory directory: what every report begins with.

It imports as little as it can; `update` is needed only where the index has to be made anew.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ironhull.errors import AdvisoryError
from ironhull.store.advisories import AdvisoryIndex

__all__ = ["SNAPSHOT", "current_index", "index_path", "open_index", "snapshot_digest"]

SNAPSHOT = Path(__file__).parent / "data" / "debian-fixed.txt.gz"
"""What is known without any download (`snapshot`); a part of every index."""


def index_path(directory: Path) -> Path:
    """Where the index of an advisory directory is."""
    return directory / "index.sqlite"


def open_index(directory: Path, *, now: Callable[[], str]) -> AdvisoryIndex:
    """As `update.open_index`; the time (RFC 3339) is asked for only where it makes a new one."""
    try:
        return current_index(directory)
    except AdvisoryError:
        from ironhull.advisories import update

        return update.open_index(directory, now=now())


def current_index(directory: Path) -> AdvisoryIndex:
    """The index that is there; AdvisoryError for none, a damaged one, or one of another version."""
    index = AdvisoryIndex.open(index_path(directory))
    made_with = {source.state for source in index.sources if source.name == "snapshot"}
    if made_with == ({snapshot_digest()} if SNAPSHOT.exists() else set()):
        return index
    index.close()
    raise AdvisoryError("the index was made with another snapshot")


def snapshot_digest() -> str:
    """The fingerprint of the bundled snapshot."""
    import hashlib

    return hashlib.sha256(SNAPSHOT.read_bytes()).hexdigest()
