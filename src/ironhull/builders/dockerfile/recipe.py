"""What a build of a Dockerfile is asked to be, and what the engine made."""

from __future__ import annotations

from pathlib import Path

from ironhull.values import dataclass

__all__ = ["DockerRecipe", "Made"]


@dataclass(frozen=True, slots=True)
class DockerRecipe:
    """One build; every field is the option of `docker buildx build` of that name.

    `context` is a directory, a URL or "-" (a tar archive on standard input), `file` the Dockerfile
    ("" for the context's own, "-" for standard input). `platforms` are "linux/arm64" and the like;
    empty: the engine's own. `generator` is what follows `--sbom=` for an SBOM generator of
    BuildKit ("generator=IMAGE"), `provenance` "", "min" or "max". `epoch` is SOURCE_DATE_EPOCH.
    """

    context: str
    file: str = ""
    names: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    target: str = ""
    build_args: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    build_contexts: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    ssh: tuple[str, ...] = ()
    add_hosts: tuple[str, ...] = ()
    network: str = ""
    builder: str = ""
    no_cache: bool = False
    pull: bool = False
    generator: str = ""
    provenance: str = "min"
    epoch: int | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What an engine made: the image in an archive, and by which program ("buildx 0.13.1")."""

    archive: Path
    program: str
