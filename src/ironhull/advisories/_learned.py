"""What was learnt for one image, beside what the index knows."""

from __future__ import annotations

from ironhull.model import Advisory, Problem
from ironhull.values import dataclass

__all__ = ["Learned"]


@dataclass(frozen=True, slots=True)
class Learned:
    """Advisories learnt for one image on the spot (the `apt` source).

    They tell what a newer package of `scope` repairs; `examined` are the source packages that were
    looked at, `date` is that of what they were learnt from.
    """

    scope: str
    advisories: tuple[Advisory, ...] = ()
    examined: frozenset[str] = frozenset()
    date: str = ""
    source: str = "apt"
    problems: tuple[Problem, ...] = ()
