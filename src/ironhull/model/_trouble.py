"""Trouble with one item, and where long work reports to."""

from __future__ import annotations

from ironhull.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object

__all__ = ["Problem", "Progress"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Trouble with one item: `stage` met it `where` (path, package), `message` says what."""

    stage: str
    where: str
    message: str


class Progress(Protocol):
    """Where long work reports to; the edge decides whether anyone sees it."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """`what` is being worked on: `done` of `total` bytes or items (total 0: not known)."""
