"""The base image as a Dockerfile names it that somebody says the image was built from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ironhull.errors import ReferenceFault, StoreError, UsageError
from ironhull.limits import LIMITS
from ironhull.model import BaseImage, Platform
from ironhull.oci.names import Reference

__all__ = ["base_in_dockerfile"]


def base_in_dockerfile(
    path: Path, target: str, arguments: Mapping[str, str], platform: Platform
) -> BaseImage | None:
    """What stands under the stage `target` ("": the last), stages followed; None for scratch.

    `arguments` are the build's. Raises DockerfileError, StoreError, UsageError where the name
    depends on an argument nobody gives.
    """
    from ironhull.dockerfiles import read_dockerfile, scope_of

    dockerfile = read_dockerfile(_read(path), str(path))
    scope = scope_of(dockerfile, arguments, str(platform))
    name = scope.image(scope.root(dockerfile.target(target)))
    if name == "scratch":
        return None
    if "$" in name:
        raise UsageError(
            f"{path}: the base image is {name}: nothing gives that a value", "use --build-arg"
        )
    try:
        found = Reference.parse(name)
    except ReferenceFault as trouble:
        raise UsageError(f"{path}: {trouble.message}", "FROM has to name an image") from None
    plain = Reference(found.registry, found.repository, found.tag)
    return BaseImage(plain.familiar, found.digest, "dockerfile")


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LIMITS.dockerfile_bytes + 1)
    except OSError as trouble:
        raise StoreError(f"cannot read {path}: {trouble.strerror}", "check the path") from None
