"""Trying again: how often, and how long to wait before it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeVar

from ironhull.errors import TransportError
from ironhull.limits import LIMITS
from ironhull.transport._wire import CutError

__all__ = ["Patience", "persist"]

_WORTHWHILE = 1024 * 1024  # bytes that must arrive before patience starts anew
_T = TypeVar("_T")


class Patience:
    """Counts failures in a row; `spend` waits before the next try or says that it is enough."""

    __slots__ = ("_failed", "_mark", "_pause")

    def __init__(self, pause: Callable[[float], None], arrived: int = 0) -> None:
        self._pause = pause
        self._failed = 0
        self._mark = arrived

    def spend(self, cut: CutError, arrived: int) -> None:
        """Wait after `cut`, `arrived` bytes so far; raises TransportError after too many."""
        if arrived - self._mark >= _WORTHWHILE:
            self._failed, self._mark = 0, arrived
        self._failed += 1
        if self._failed > cut.tries:
            raise TransportError(
                f"{cut.message} (tried {self._failed} times)",
                "check the network and try again: a download goes on where it stopped",
            ) from cut
        self._pause(_delay(self._failed, cut.after))


def persist(
    work: Callable[[], _T], arrived: Callable[[], int], pause: Callable[[float], None]
) -> _T:
    """What `work` gives, tried again while it raises CutError; raises TransportError.

    `arrived` tells how many bytes there are by now: progress renews the patience.
    """
    patience = Patience(pause, arrived())
    while True:
        try:
            return work()
        except CutError as cut:
            patience.spend(cut, arrived())


def _delay(failed: int, after: float | None) -> float:
    if after is None:
        after = 0.5 * 2 ** (failed - 1) * random.uniform(0.8, 1.2)  # noqa: S311 - spreads retries
    return min(after, LIMITS.http_pause_seconds)
