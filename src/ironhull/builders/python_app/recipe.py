"""What an app image is asked to be: the arguments of one `ironhull build`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["DEFAULT_BASE", "AppRecipe"]

DEFAULT_BASE = "python:3.13-debian13"
"""The base where neither the command line nor the project names one."""


@dataclass(frozen=True, slots=True)
class AppRecipe:
    """One build. Empty `base` and `platform`: the project's settings decide, then defaults.

    `lock` is the lock file (None: ironhull.lock in the context), `locked` demands that it is there
    and fits. `epoch` (seconds since 1970) is the time the image carries; None: that of the commit,
    or of the base.
    """

    context: Path
    base: str = ""
    platform: str = ""
    lock: Path | None = None
    locked: bool = False
    epoch: int | None = None
