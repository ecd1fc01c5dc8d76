"""A Debian archive, verified from the signature of InRelease down to every .deb."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ironhull.model import Upstream

__all__ = ["Deb"]


@dataclass(frozen=True, slots=True)
class Deb:
    """A binary package an archive offers.

    `url` is absolute, `size` in bytes, `sha256` hex, `fields` the stanza of Packages by field name
    (deb-control(5)), `origin` the InRelease it hangs from ("http://… trixie").
    """

    name: str
    version: str
    architecture: str
    source: Upstream
    url: str
    size: int
    sha256: str
    fields: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    origin: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.version} {self.architecture}"
