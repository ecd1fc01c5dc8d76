"""buildah, and Podman, which has it inside: `build` into their storage, `push` into an archive.

(containers/buildah, docs/buildah-build.1.md, docs/buildah-push.1.md.) They attach nothing; the
names stay ours, so that nothing in their storage loses its own.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from ironhull.builders.dockerfile._options import build_options, image_id, reads_stdin
from ironhull.builders.dockerfile._process import Say, ask, follow
from ironhull.builders.dockerfile.recipe import DockerRecipe, Made
from ironhull.errors import BuildError
from ironhull.values import replace

__all__ = ["options", "program"]

_Check = Callable[[str, Mapping[str, str]], str]
_Build = Callable[[DockerRecipe, Path, Mapping[str, str], Say], Made]


def program(name: str) -> tuple[_Check, _Build]:
    """The check and the build of "buildah" or "podman", as a row of ENGINES wants them."""
    return partial(_check, name), partial(_build, name)


def _check(name: str, builder: str, environment: Mapping[str, str]) -> str:
    if builder:
        return "builders are BuildKit's"
    if shutil.which(name, path=environment.get("PATH")) is None:
        return "not installed"
    found = ask([name, "--version"], environment)
    return found.trouble if found.status else ""


def _build(
    name: str, recipe: DockerRecipe, work: Path, environment: Mapping[str, str], say: Say
) -> Made:
    """Build `recipe` into an archive in `work`; raises BuildError with the program's own reason."""
    if recipe.generator:
        raise BuildError(
            f"--sbom={recipe.generator}: {name} runs no SBOM generators",
            "use --sbom=true, or --engine buildx",
        )
    command = [shutil.which(name, path=environment.get("PATH")) or name]
    version = ask([*command, "--version"], environment).output.split()
    made = Made(work / "image.tar", " ".join([name, *version[2:3]]))
    archive = f"oci-archive:{made.archive}"
    stdin = reads_stdin(recipe)
    words = [*command, "build", *options(recipe)]
    if len(recipe.platforms) > 1:
        listed = f"localhost/ironhull-{uuid.uuid4().hex}"
        try:
            manifest = f"--manifest={listed}"
            follow([*words, manifest, "--", recipe.context], environment, say, stdin=stdin)
            follow([*command, "manifest", "push", "--all", listed, archive], environment, say)
        finally:
            ask([*command, "manifest", "rm", listed], environment)
        return made
    said_id = work / "image.id"
    identity = f"--iidfile={said_id}"
    follow([*words, identity, "--", recipe.context], environment, say, stdin=stdin)
    follow([*command, "push", image_id(said_id, name), archive], environment, say)
    return made


def options(recipe: DockerRecipe) -> list[str]:
    """The options of `recipe`, without its names; the context is not among them."""
    # its cache of steps takes one platform's FROM scratch for another's
    found = [f"--layers={'false' if recipe.platforms else 'true'}"]
    network = "private" if recipe.network == "default" else recipe.network
    found += build_options(replace(recipe, network=network))
    found += ["--pull=always"] if recipe.pull else []
    found += [f"--timestamp={recipe.epoch}"] if recipe.epoch is not None else []
    return found
