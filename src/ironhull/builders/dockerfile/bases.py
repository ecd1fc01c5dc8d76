"""Bases of the local store, given to a build that would look for them at a registry.

BuildKit takes them from the store as it is (`--build-context NAME=oci-layout://STORE@DIGEST`).
Docker's classic image store cannot, nor can buildah: there they are loaded under a name that goes
again, which is named instead of theirs.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from ironhull.builders.dockerfile import buildx
from ironhull.builders.dockerfile._process import ask
from ironhull.dockerfiles import Dockerfile, scope_of
from ironhull.errors import BuildError, DockerfileError, ReferenceFault
from ironhull.limits import LIMITS
from ironhull.oci.names import Reference
from ironhull.values import replace

if TYPE_CHECKING:
    from ironhull.builders.dockerfile.recipe import DockerRecipe
    from ironhull.store.images import ImageStore

__all__ = ["base_names", "bases_for", "given_bases", "stored_digest"]


Building = tuple[str, Mapping[str, str]]
"""The engine that builds, and the environment of its program."""

LOADING: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "buildx": (("docker", "load", "-i", "{archive}"), ("docker", "image", "rm", "-f")),
    "podman": (("podman", "load", "-i", "{archive}"), ("podman", "image", "rm", "-f")),
    "buildah": (("buildah", "pull", "docker-archive:{archive}"), ("buildah", "rmi", "-f")),
}
"""How each program takes an image from an archive, and how it loses it again."""


def base_names(dockerfile: Dockerfile, arguments: Mapping[str, str]) -> tuple[str, ...]:
    """The images from elsewhere that a Dockerfile names: after FROM, in --from and from=."""
    scope = scope_of(dockerfile, arguments)
    stages = {stage.name for stage in dockerfile.stages if stage.name}
    stages |= {str(stage.index) for stage in dockerfile.stages}
    found = [scope.image(stage) for stage in dockerfile.stages if scope.parent(stage) is None]
    for instruction in dockerfile.instructions():
        named = [instruction.flag("from") or ""]
        for mount in instruction.flagged("mount"):
            fields = dict(part.partition("=")[::2] for part in mount.split(","))
            named.append(fields.get("from", ""))
        found += [name for name in named if name and name.lower() not in stages]
    names = dict.fromkeys(name for name in found if name and name != "scratch")
    return tuple(name for name in names if "$" not in name)


def stored_digest(name: str, store: ImageStore) -> str:
    """The digest of the image `name` in the store, "" where it is not there."""
    try:
        reference = Reference.parse(name)
        image = store.find(reference.digest or reference.canonical)
    except ReferenceFault:
        return ""
    return image.index_digest or image.digest


def bases_for(recipe: DockerRecipe, store: ImageStore) -> dict[str, str]:
    """Name -> digest of each image of the store that a build of `recipe` stands on.

    Images that are given to the build already are not among them, nor, where newer ones are to be
    asked for, those that are named by a tag. Nothing where the Dockerfile cannot be read here.
    """
    from ironhull.dockerfiles import read_dockerfile

    path = Path(recipe.file or f"{recipe.context}/Dockerfile")
    arguments = dict(word.split("=", 1) for word in recipe.build_args if "=" in word)
    try:
        with path.open("rb") as file:
            data = file.read(LIMITS.dockerfile_bytes + 1)
        names = base_names(read_dockerfile(data, str(path)), arguments)
    except (
        OSError,
        DockerfileError,
    ):  # standard input, or the engine will tell
        return {}
    given = {word.partition("=")[0] for word in recipe.build_contexts}
    wanted = [name for name in names if name not in given and ("@" in name or not recipe.pull)]
    return {name: digest for name in wanted if (digest := stored_digest(name, store))}


@contextmanager
def given_bases(
    there: Mapping[str, str], store: ImageStore, recipe: DockerRecipe, built_by: Building
) -> Iterator[DockerRecipe]:
    """`recipe` with a --build-context for each image of `there`, name -> digest in `store`.

    Raises BuildError, StoreError.
    """
    engine, environment = built_by
    if not there:
        yield recipe
    elif engine == "buildx" and buildx.reads_layouts(recipe.builder, environment):
        root = store.root.resolve()
        layouts = (f"{name}=oci-layout://{root}@{digest}" for name, digest in there.items())
        yield replace(recipe, build_contexts=(*layouts, *recipe.build_contexts))
    else:
        with _loaded(there, store, engine, environment) as contexts:
            yield replace(recipe, build_contexts=(*contexts, *recipe.build_contexts))


@contextmanager
def _loaded(
    there: Mapping[str, str], store: ImageStore, engine: str, environment: Mapping[str, str]
) -> Iterator[list[str]]:
    made: dict[str, str] = {}
    try:
        for name, digest in there.items():
            made[name] = f"localhost/ironhull-base:{uuid4().hex}"
            _load(store, digest, made[name], engine, environment)
        yield [f"{name}=docker-image://{loaded}" for name, loaded in made.items()]
    finally:
        for loaded in made.values():
            ask([*LOADING[engine][1], loaded], environment)


def _load(
    store: ImageStore, digest: str, name: str, engine: str, environment: Mapping[str, str]
) -> None:
    with tempfile.TemporaryDirectory(prefix="ironhull-") as work:
        archive = Path(work) / "base.tar"
        store.export(digest, "docker-archive", archive, name, attestations=False)
        words = [word.format(archive=archive) for word in LOADING[engine][0]]
        done = ask(words, environment, seconds=LIMITS.engine_save_seconds)
    if done.status:
        raise BuildError(f"{engine} does not load the base: {done.trouble}", "look at its log")
