"""Which sources of the index came with an import, without what was downloaded of them.

They cannot be read again: an index that holds them is not made anew without saying so.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ironhull.advisories._raw import read_state

__all__ = ["imported", "note_imported"]

_NAME = "imported"


def note_imported(directory: Path, sources: Iterable[str]) -> None:
    """Note which sources the index in use has from an import."""
    with suppress(OSError):
        (directory / _NAME).write_text("".join(f"{name}\n" for name in sorted(sources)))


def imported(directory: Path) -> tuple[str, ...]:
    """The sources that only the import has."""
    try:
        names = (directory / _NAME).read_text(encoding="utf-8").split()
    except (OSError, ValueError):
        return ()
    return tuple(name for name in names if not read_state(directory / "raw" / name).fingerprint)
