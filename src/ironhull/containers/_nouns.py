"""What runs containers, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from ironhull.model import Image
from ironhull.values import dataclass

__all__ = ["NOT_FOUND", "TIMED_OUT", "Answer", "Ended", "Place", "Runtime", "Save", "Service"]

Save = Callable[[Path, str], None]
"""Writes the image as a Docker archive to a path, under a name."""

NOT_FOUND = 127
"""The exit status of a program that is not in the image (POSIX, 2.8.2)."""
TIMED_OUT = 124
"""The exit status of one that was stopped after its time, as timeout(1) has it."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that ended: its exit status, and what it wrote to stdout and stderr."""

    status: int
    output: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What an HTTP server said; `status` 0: nothing, `body` is then the reason."""

    status: int
    body: str


class Service(Protocol):
    """A container that runs the image's own command."""

    def execute(self, args: Sequence[str], seconds: float, directory: str = "") -> Ended:
        """Run a program in it, to its end or for `seconds`."""

    def fetch(self, port: int, path: str, seconds: float) -> Answer:
        """GET `path` from its `port`."""

    def running(self) -> bool:
        """Whether its own command still runs."""

    def log(self) -> str:
        """What it wrote so far."""

    def stop(self, seconds: float) -> Ended:
        """Ask it to end with the image's stop signal; its status and all it wrote."""


class Place(Protocol):
    """An image made ready to be run."""

    def given(self, variables: tuple[str, ...]) -> Place:
        """The same with more environment variables ("NAME=value") for what runs."""

    def run(self, args: Sequence[str], seconds: float, directory: str = "") -> Ended:
        """Run a program in a container of its own; without `args` the image's own command."""

    def serving(self) -> AbstractContextManager[Service]:
        """Start the image's own command in a container, which ends with the context."""


class Runtime(Protocol):
    """A program that runs containers."""

    @property
    def name(self) -> str:
        """What it is called."""

    def opened(self, image: Image, save: Save) -> AbstractContextManager[Place]:
        """Make `image` ready; raises EngineError, ImageError, and what `save` raises."""

    def trouble(self) -> str:
        """Why it cannot be used here; "" where it can."""
