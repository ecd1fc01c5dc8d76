"""Running what is in an image, confined as a hardened deployment confines it.

The root file system is read-only, all capabilities are gone, no new privileges can be had, /tmp is
memory, there is no network but the container's own. Docker and Podman do it from the image as
they load it; runc and crun (as root) from its layers, with no daemon.
"""

from __future__ import annotations

from ironhull.containers._nouns import (
    NOT_FOUND,
    TIMED_OUT,
    Answer,
    Ended,
    Place,
    Runtime,
    Save,
    Service,
)
from ironhull.containers.choosing import RUNTIMES, choose_runtime

__all__ = [
    "NOT_FOUND",
    "RUNTIMES",
    "TIMED_OUT",
    "Answer",
    "Ended",
    "Place",
    "Runtime",
    "Save",
    "Service",
    "choose_runtime",
]
