"""Several downloads at once, shown as one: how many, which, how far."""

from __future__ import annotations

import threading
import time

from ironhull.model import Progress

__all__ = ["Downloads"]

_OFTEN = 0.1  # seconds between two lines
_NAMED = 3


class Downloads:
    """A `Progress` that sums those of downloads under way; threads share it."""

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self._lock = threading.Lock()
        self._parts: dict[str, tuple[int, int]] = {}
        self._last = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Note that `done` of `total` bytes (0: not known) of `what` have arrived."""
        with self._lock:
            self._parts[what] = (done, total)
            if time.monotonic() - self._last < _OFTEN:
                return
            self._last = time.monotonic()
            running = [name for name, (so_far, all_) in self._parts.items() if so_far != all_]
            more = f" and {len(running) - _NAMED} more" if len(running) > _NAMED else ""
            known = all(all_ for _, all_ in self._parts.values())
            self._shown(
                f"advisories: {', '.join(running[:_NAMED])}{more}",
                sum(so_far for so_far, _ in self._parts.values()),
                sum(all_ for _, all_ in self._parts.values()) if known else 0,
            )
