"""Images from a Dockerfile: BuildKit or buildah builds, the result is taken from an archive."""

from ironhull.builders.dockerfile.engines import ENGINES, Engine, choose_engine
from ironhull.builders.dockerfile.provenance import made_by
from ironhull.builders.dockerfile.recipe import DockerRecipe, Made

__all__ = ["ENGINES", "DockerRecipe", "Engine", "Made", "choose_engine", "made_by"]
