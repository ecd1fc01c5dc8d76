"""Images from a Dockerfile: BuildKit or buildah builds, the result is taken from an archive."""

from ironhull.builders.dockerfile._process import ask
from ironhull.builders.dockerfile.engines import ENGINES, Engine, choose_engine
from ironhull.builders.dockerfile.provenance import BUILDER, made_by, revision_of
from ironhull.builders.dockerfile.recipe import DockerRecipe, Made

__all__ = [
    "BUILDER",
    "ENGINES",
    "DockerRecipe",
    "Engine",
    "Made",
    "ask",
    "choose_engine",
    "made_by",
    "revision_of",
]
