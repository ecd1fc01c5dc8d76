"""What is known of a build that its engine did not attest: for buildah, and Docker's classic store.

BuildKit's own provenance is kept as it is; this is for where there is none.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ironhull.builders.dockerfile.recipe import DockerRecipe, Made
from ironhull.builders.python_app._git import Revision, read_revision
from ironhull.limits import LIMITS
from ironhull.model import Build, Image, Material
from ironhull.oci.names import Reference
from ironhull.oci.purl import image_purl

__all__ = ["BUILDER", "made_by", "revision_of"]

BUILDER = "dockerfile"
_BASE = "org.opencontainers.image.base."


def revision_of(recipe: DockerRecipe) -> Revision | None:
    """The git commit of the context, where that is a checkout."""
    context = Path(recipe.context)
    return read_revision(context) if context.is_dir() else None


def made_by(recipe: DockerRecipe, made: Made, image: Image, revision: Revision | None) -> Build:
    """What went into `image`: the base it names in its annotations, the git commit of the context.

    Secrets and SSH agents are named by their IDs; build arguments are in mode "max" alone, as
    BuildKit has it.
    """
    materials = [*_base(image), *_source(revision)]
    return Build(
        image=image,
        materials=tuple(materials),
        parameters=_parameters(recipe, made, image, revision),
        builder=BUILDER,
    )


def _base(image: Image) -> list[Material]:
    """The base image as buildah writes it down (`base.name`, `base.digest`)."""
    name, digest = (image.annotations.get(f"{_BASE}{key}", "") for key in ("name", "digest"))
    algorithm, colon, value = digest.partition(":")
    if not name or not colon:
        return []
    return [Material(image_purl(Reference.parse(name), image.platform), {algorithm: value}, "base")]


def _source(revision: Revision | None) -> list[Material]:
    if revision is None:
        return []
    uri = f"git+{revision.remote}" if revision.remote else "git"
    return [Material(f"{uri}@{revision.commit}", {"gitCommit": revision.commit}, "source")]


def _parameters(
    recipe: DockerRecipe, made: Made, image: Image, revision: Revision | None
) -> dict[str, Any]:
    said: dict[str, Any] = {
        "file": recipe.file,
        "target": recipe.target,
        "args": dict(word.partition("=")[::2] for word in recipe.build_args),
        "labels": dict(word.partition("=")[::2] for word in recipe.labels),
        "secrets": _ids(recipe.secrets),
        "ssh": [word.partition("=")[0] for word in recipe.ssh],
        "network": recipe.network,
        "epoch": recipe.epoch,
        "dirty": revision.dirty if revision else None,
    }
    parameters = {key: value for key, value in said.items() if value not in (None, "", {}, [])}
    parameters |= {"platform": str(image.platform), "internal": {"engine": made.program}}
    if text := _dockerfile(recipe):
        parameters["documents"] = {Path(recipe.file).name: text}
    return parameters


def _ids(secrets: tuple[str, ...]) -> list[str]:
    """`id=NAME` of each secret; neither its file nor its variable."""
    found = []
    for secret in secrets:
        keys = dict(part.partition("=")[::2] for part in secret.split(","))
        found.append(keys.get("id", ""))
    return found


def _dockerfile(recipe: DockerRecipe) -> bytes:
    """The Dockerfile where it is a file of a bearable size."""
    path = Path(recipe.file)
    try:
        if not recipe.file or path.stat().st_size > LIMITS.definition_bytes:
            return b""
        return path.read_bytes()
    except OSError:
        return b""
