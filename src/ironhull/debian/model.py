"""What an archive offers and what is asked of it, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ironhull.model import Upstream

__all__ = ["Deb", "PackageRequest", "Repository"]


@dataclass(frozen=True, slots=True)
class Repository:
    """One apt source (sources.list(5)): `suite` at `url`, with its `components`.

    `architectures` empty: the platform's own. `signed_by` is the option's text, recorded but not
    used to find keys (it names a path inside the image). `check_valid_until` False: an expired
    InRelease is accepted, as a snapshot needs. A `suite` ending in "/" is a flat repository.
    """

    url: str
    suite: str
    components: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()
    signed_by: str = ""
    check_valid_until: bool = True

    def __str__(self) -> str:
        return " ".join(("deb", self.url, self.suite, *self.components))


@dataclass(frozen=True, slots=True)
class PackageRequest:
    """A package asked for by name; `version` pins it, `suite` takes it from one suite."""

    name: str
    version: str = ""
    suite: str = ""

    def __str__(self) -> str:
        pin = f"={self.version}" if self.version else ""
        return f"{self.name}{pin}{'/' + self.suite if self.suite else ''}"


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
