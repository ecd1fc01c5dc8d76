"""Python projects as images: no daemon, no Dockerfile, none of the project's code is run."""

from ironhull.builders.python_app.build import BUILDER, build_app
from ironhull.builders.python_app.recipe import DEFAULT_BASE, AppRecipe
from ironhull.builders.python_app.settings import AppSettings, Project, read_project

__all__ = [
    "BUILDER",
    "DEFAULT_BASE",
    "AppRecipe",
    "AppSettings",
    "Project",
    "build_app",
    "read_project",
]
