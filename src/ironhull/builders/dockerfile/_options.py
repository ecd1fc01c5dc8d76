"""What the command lines of all engines have in common."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ironhull.builders.dockerfile.recipe import DockerRecipe
from ironhull.errors import BuildError

__all__ = ["build_options", "image_id", "reads_stdin"]


def build_options(recipe: DockerRecipe) -> Iterator[str]:
    """The options that say what is built; engines call them the same."""
    rows: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("file", (recipe.file,)),
        ("platform", (",".join(recipe.platforms),)),
        ("target", (recipe.target,)),
        ("build-arg", recipe.build_args),
        ("label", recipe.labels),
        ("build-context", recipe.build_contexts),
        ("secret", recipe.secrets),
        ("ssh", recipe.ssh),
        ("add-host", recipe.add_hosts),
        ("network", (recipe.network,)),
    )
    for name, values in rows:
        yield from (f"--{name}={value}" for value in values if value)
    if recipe.no_cache:
        yield "--no-cache"


def reads_stdin(recipe: DockerRecipe) -> bool:
    """Whether Dockerfile or context are standard input."""
    return "-" in (recipe.file, recipe.context)


def image_id(path: Path, program: str) -> str:
    """The ID that `--iidfile` has written; BuildError where there is none."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise BuildError(
            f"{program} wrote no image ID", "what it said tells more; -q hides that"
        ) from None
