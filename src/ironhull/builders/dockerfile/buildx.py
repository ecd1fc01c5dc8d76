"""BuildKit through `docker buildx` (docs.docker.com/reference/cli/docker/buildx/build).

The image is asked for as an OCI archive with BuildKit's attestations. The docker driver with the
classic image store writes neither: there the image is loaded and saved.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from ironhull.builders.dockerfile._options import build_options, image_id, reads_stdin
from ironhull.builders.dockerfile._process import Asked, Say, ask, follow
from ironhull.builders.dockerfile.recipe import DockerRecipe, Made
from ironhull.errors import BuildError

__all__ = ["build", "check", "options", "reads_layouts"]

_DRIVER = re.compile(r"^Driver:[ \t]*(\S+)", re.MULTILINE)
_ERROR = re.compile(r"^Error:[ \t]*(.+)", re.MULTILINE)
_VERSION = re.compile(r"\bv?(\d+\.\d+\.\d+\S*)")
_CONTAINERD = "io.containerd.snapshotter"


def check(builder: str, environment: Mapping[str, str]) -> str:
    """Why buildx cannot be used with `builder` ("" for the current one); "" where it can."""
    command = _command(environment)
    if command is None:
        return "there is no docker command"
    version = ask([*command, "version"], environment)
    if version.status:
        return f"docker has no buildx ({version.trouble})"
    found = _inspect(command, builder, environment)
    driver, trouble = _DRIVER.search(found.output), _ERROR.search(found.output)
    if found.status or driver is None or trouble:
        return trouble[1] if trouble else found.trouble
    if driver[1] != "docker":
        return ""
    engine = ask([command[0], "version", "--format", "{{.Server.Version}}"], environment)
    return engine.trouble if engine.status else ""


def build(recipe: DockerRecipe, work: Path, environment: Mapping[str, str], say: Say) -> Made:
    """Build `recipe` into an archive in `work`; raises BuildError with buildx's own reason."""
    command = _command(environment)
    if command is None:
        raise BuildError("there is no docker command", "install Docker with buildx, or buildah")
    environment = {**environment, **_epoch(recipe)}
    archive = work / "image.tar"
    said = ask([*command, "version"], environment)
    version = _VERSION.search(said.output)
    program = f"buildx {version[1]}" if version else "buildx"
    stdin = reads_stdin(recipe)
    if _exports(command, recipe.builder, environment):
        output = f"type=oci,dest={archive}"
        if recipe.epoch is not None:
            output += ",rewrite-timestamp=true"
        words = [*_attestations(recipe), "--output", output]
        words = [*options(recipe), *words, "--", recipe.context]
        follow([*command, "build", *words], environment, say, stdin=stdin)
        return Made(archive, program)
    _refuse_classic(recipe)
    said_id = work / "image.id"
    words = ["--provenance=false", "--load", "--iidfile", str(said_id), "--", recipe.context]
    words = [*options(recipe, named=False), *words]
    follow([*command, "build", *words], environment, say, stdin=stdin)
    follow(
        [command[0], "image", "save", "--output", str(archive), image_id(said_id, "buildx")],
        environment,
        say,
    )
    return Made(archive, program)


def reads_layouts(builder: str, environment: Mapping[str, str]) -> bool:
    """Whether a --build-context may be an OCI layout: not with Docker's classic image store."""
    command = _command(environment)
    return command is not None and _exports(command, builder, environment)


def options(recipe: DockerRecipe, *, named: bool = True) -> list[str]:
    """The options of `recipe`, without what is exported and attached; the context is no option."""
    found = ["--progress=plain"]
    found += [f"--builder={recipe.builder}"] if recipe.builder else []
    found += [f"--tag={name}" for name in recipe.names] if named else []
    found += build_options(recipe)
    found += ["--pull"] if recipe.pull else []
    return found


def _attestations(recipe: DockerRecipe) -> list[str]:
    mode = recipe.provenance
    found = [f"--attest=type=provenance,mode={mode}" if mode else "--provenance=false"]
    return [*found, f"--sbom={recipe.generator}" if recipe.generator else "--sbom=false"]


def _epoch(recipe: DockerRecipe) -> dict[str, str]:
    return {} if recipe.epoch is None else {"SOURCE_DATE_EPOCH": str(recipe.epoch)}


def _command(environment: Mapping[str, str]) -> list[str] | None:
    docker = shutil.which("docker", path=environment.get("PATH"))
    return [docker, "buildx"] if docker else None


def _inspect(command: list[str], builder: str, environment: Mapping[str, str]) -> Asked:
    return ask([*command, "inspect", *([builder] if builder else [])], environment)


def _exports(command: list[str], builder: str, environment: Mapping[str, str]) -> bool:
    """Whether the builder writes archives and attestations; the classic image store cannot."""
    driver = _DRIVER.search(_inspect(command, builder, environment).output)
    if driver is None or driver[1] != "docker":
        return True
    status = ask([command[0], "info", "--format", "{{json .DriverStatus}}"], environment)
    return _CONTAINERD in status.output


def _refuse_classic(recipe: DockerRecipe) -> None:
    """What Docker's classic image store cannot do is said before anything is built."""
    wanted = ""
    if len(recipe.platforms) > 1:
        wanted = "several platforms"
    elif recipe.generator:
        wanted = f"--sbom={recipe.generator}"
    if wanted:
        raise BuildError(
            f"{wanted}: Docker's classic image store cannot do that",
            "turn on the containerd image store, or use another builder "
            "(docker buildx create --use)",
        )
