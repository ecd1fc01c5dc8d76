"""The image of BuildKit's SBOM generator: the Ironhull that runs, as a Python app.

Its code is copied as it is installed and its requirements are resolved like those of every app, so
that the generator lists just what `ironhull sbom` of the same version lists.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

import ironhull
from ironhull.builders.python_app.recipe import AppRecipe
from ironhull.errors import BuildError

__all__ = ["scanner_recipe"]

_ENTRYPOINT = ("python3", "-m", "ironhull", "scanner", "run")
_ENVIRONMENT = {"HOME": "/tmp", "IRONHULL_HOME": "/tmp/ironhull"}  # noqa: S108 - in the image, where BuildKit mounts a tmpfs
_EXTRA = re.compile(r";.*\bextra\b")


@contextmanager
def scanner_recipe(
    *,
    base: str = "",
    platform: str = "",
    lock: Path | None = None,
    locked: bool = False,
    epoch: int | None = None,
) -> Iterator[AppRecipe]:
    """The recipe of the image; its context is gone after the block. Arguments as `AppRecipe`.

    Raises BuildError where this Ironhull is not installed as a distribution: its requirements are
    not known then.
    """
    try:
        requirements = metadata.requires("ironhull") or []
    except metadata.PackageNotFoundError:
        raise BuildError(
            "what Ironhull needs is not known: it runs without being installed",
            "install it (pip install ironhull) and run that",
        ) from None
    with tempfile.TemporaryDirectory(prefix="ironhull-scanner-") as place:
        context = Path(place)
        shutil.copytree(
            Path(ironhull.__file__).parent,
            context / "ironhull",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        project = _project([r for r in requirements if not _EXTRA.search(r)])
        (context / "pyproject.toml").write_text(project, encoding="utf-8")
        yield AppRecipe(
            context=context,
            base=base,
            platform=platform,
            lock=lock,
            locked=locked,
            epoch=epoch,
        )


def _project(requirements: list[str]) -> str:
    """The pyproject.toml; JSON strings and lists of them are TOML's too."""
    environment = ", ".join(f"{name} = {json.dumps(v)}" for name, v in _ENVIRONMENT.items())
    return (
        '[project]\nname = "ironhull-scanner"\n'
        f"version = {json.dumps(ironhull.__version__)}\n"
        f"dependencies = {json.dumps(sorted(requirements))}\n"
        "[tool.ironhull.build]\n"
        f"entrypoint = {json.dumps(_ENTRYPOINT)}\n"
        f"env = {{ {environment} }}\n"
    )
