"""How well something a statement names is something an image has, and why not where it is not."""

from __future__ import annotations

from ironhull.values import dataclass

__all__ = ["EXACT", "NAMED", "OTHER", "VERSIONED", "Fit", "Misfit", "Miss", "best"]

NAMED, VERSIONED, EXACT = 1, 2, 3
"""By name alone; by version or tag; by version and qualifiers, or by digest."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a name does not fit: the higher `near`, the closer it came."""

    near: int
    why: str


@dataclass(frozen=True, slots=True)
class Miss:
    """What disagrees: the identifier as written and why."""

    misfit: Misfit
    what: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.misfit.why}" if self.what else self.misfit.why


Fit = int | Misfit
"""One of NAMED, VERSIONED and EXACT, or why it does not fit."""

OTHER = Misfit(0, "names something else")


def best(fits: list[Fit]) -> Fit:
    """The best fit, else the misfit that came closest; OTHER of none."""
    found: Fit = OTHER
    for fit in fits:
        if isinstance(fit, int):
            found = fit if not isinstance(found, int) else max(fit, found)
        elif not isinstance(found, int) and fit.near > found.near:
            found = fit
    return found
