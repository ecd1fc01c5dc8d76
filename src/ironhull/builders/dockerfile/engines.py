"""The programs that can build a Dockerfile, and the one that is taken.

Each is a row: what tells whether it can be used here, and what runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ironhull.builders.dockerfile import buildah, buildx
from ironhull.builders.dockerfile._process import Say
from ironhull.builders.dockerfile.recipe import DockerRecipe, Made
from ironhull.errors import BuildError, UsageError
from ironhull.values import dataclass

__all__ = ["ENGINES", "Engine", "choose_engine"]

Check = Callable[[str, Mapping[str, str]], str]
"""Given the builder's name and the environment: "" if the engine can be used, else why not."""

Build = Callable[[DockerRecipe, Path, Mapping[str, str], Say], Made]
"""Builds a recipe into an archive in a directory."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A program that builds Dockerfiles."""

    name: str
    check: Check
    build: Build


ENGINES = (
    Engine("buildx", buildx.check, buildx.build),
    Engine("buildah", *buildah.program("buildah")),
    Engine("podman", *buildah.program("podman")),
)


def choose_engine(
    name: str,
    builder: str,
    environment: Mapping[str, str],
    engines: Sequence[Engine] = ENGINES,
) -> Engine:
    """The engine called `name`, or the first that can be used here for "".

    Raises UsageError for a name there is none of, BuildError, with the reasons, where none can be
    used.
    """
    if name and name not in {engine.name for engine in engines}:
        known = ", ".join(engine.name for engine in engines)
        raise UsageError(f"--engine {name}: there is no such engine", f"there are {known}")
    reasons = []
    for engine in engines:
        if name in ("", engine.name):
            reason = engine.check(builder, environment)
            if not reason:
                return engine
            reasons.append(f"{engine.name}: {reason}")
    raise BuildError(
        f"nothing here can build a Dockerfile: {'; '.join(reasons)}",
        "start Docker (with buildx), or install buildah",
    )
