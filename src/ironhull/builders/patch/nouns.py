"""What a patch is made of, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ironhull.debian.model import Deb

__all__ = ["Installed", "PatchRecipe", "Replaced", "Selection"]


@dataclass(frozen=True, slots=True)
class Installed:
    """A package of the image: its stanza, and the file that holds it (dpkg's status, status.d/…).

    `want` and `state` are the first and last word of its Status; status.d has none.
    """

    name: str
    version: str
    architecture: str
    source: str
    fields: Mapping[str, str] = field(repr=False)
    path: str = ""
    want: str = "install"
    state: str = "installed"

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True, slots=True)
class Replaced:
    """A package that takes the place of `old` (None: it is new), and why where nobody asked."""

    deb: Deb
    old: Installed | None
    because: str = ""

    def __str__(self) -> str:
        before = self.old.version if self.old else "(new)"
        return f"{self.deb.name} {before} -> {self.deb.version}"


@dataclass(frozen=True, slots=True)
class Selection:
    """What a patch replaces, sorted by name; `notes` say what stays and why."""

    replaced: tuple[Replaced, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchRecipe:
    """What is asked of a patch.

    `only` are names of binary or source packages (empty: everything that has a newer version),
    `keep` those that stay as they are. `repositories` (apt sources, any form) replace those of the
    image, `keys` (OpenPGP) are trusted besides its own. `epoch` (seconds since 1970) is the time of
    everything in the layer; None: the newest date of the repositories.
    """

    only: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    keys: tuple[bytes, ...] = ()
    epoch: int | None = None
