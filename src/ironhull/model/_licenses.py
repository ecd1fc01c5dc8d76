"""Licences of what is in an image, and what the rules of those who ask say of them."""

from __future__ import annotations

from ironhull.model._packages import Package
from ironhull.values import dataclass

__all__ = ["LICENSE_CATEGORIES", "LICENSE_STATES", "LicenseFinding"]

LICENSE_CATEGORIES = (
    "forbidden",
    "restricted",
    "unknown",
    "reciprocal",
    "notice",
    "permissive",
    "unencumbered",
)
"""What a licence asks for, the most first; `unknown` where nobody here can tell."""

LICENSE_STATES = ("denied", "", "allowed")
"""What lists say: `denied` by one or missing in the list of what is allowed, "" nothing."""


@dataclass(frozen=True, slots=True)
class LicenseFinding:
    """A licence of a package, or of a file that no package speaks for.

    `license` is an SPDX expression ("" where a package has none), `category` one of
    LICENSE_CATEGORIES, `severity` one of SEVERITIES, `state` one of LICENSE_STATES with `because`
    saying why. `package` is None for files; `path` and `layer` (diff_id) say where it was read,
    `source` from what ("metadata", "text"). `coverage` is how much of a text is the licence, 0..1.
    """

    license: str
    category: str
    severity: str
    package: Package | None = None
    path: str = ""
    layer: str = ""
    source: str = "metadata"
    coverage: float = 1.0
    state: str = ""
    because: str = ""

    def __post_init__(self) -> None:
        if self.category not in LICENSE_CATEGORIES or self.state not in LICENSE_STATES:
            raise ValueError(f"{self.license}: category {self.category!r} or state {self.state!r}")
