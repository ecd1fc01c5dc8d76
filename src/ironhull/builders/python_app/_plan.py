"""What a build needs to know before it writes anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from ironhull.builders.python_app._git import Revision, read_revision
from ironhull.builders.python_app._rootfs import Ground
from ironhull.builders.python_app.recipe import DEFAULT_BASE, AppRecipe
from ironhull.builders.python_app.requirements import Demand, read_demand
from ironhull.builders.python_app.settings import Project
from ironhull.builders.python_app.target import PATTERNS, Target, find_target, parse_platform
from ironhull.errors import BuildError
from ironhull.model import Image, Platform
from ironhull.oci.images import host_platform
from ironhull.oci.tree import read_tree

__all__ = ["Plan", "make_plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything known before a layer is written."""

    recipe: AppRecipe
    project: Project
    base: Image
    base_name: str
    target: Target
    ground: Ground
    demand: Demand
    revision: Revision | None
    epoch: int


def make_plan(
    recipe: AppRecipe,
    project: Project,
    find_base: Callable[[str, Platform], Image],
    notes: list[str],
) -> Plan:
    """Read the project and find the base; what was guessed is added to `notes`.

    Raises DefinitionError, BuildError, and what `find_base` raises.
    """
    base_name = recipe.base or project.settings.base
    if not base_name:
        base_name = DEFAULT_BASE
        notes.append(f"base {base_name} (no base was named)")
    wanted = parse_platform(recipe.platform or project.settings.platform or str(host_platform()))
    base = find_base(base_name, wanted)
    if base.platform.architecture != wanted.architecture:
        raise BuildError(
            f"base image {base_name} is for {base.platform}, not {wanted}",
            "build the base for that platform, or change --platform",
        )
    tree, _ = read_tree(base, PATTERNS)
    target = find_target(base, tree)
    _check_python(project, target)
    demand = read_demand(project)
    if demand.source == "none":
        notes.append("no dependencies: neither requirements.txt nor [project] is there")
    else:
        notes.append(f"dependencies from {demand.source}")
    revision = read_revision(project.context)
    return Plan(
        recipe=recipe,
        project=project,
        base=base,
        base_name=base.name or base_name,
        target=target,
        ground=Ground.of(tree),
        demand=demand,
        revision=revision,
        epoch=_epoch(recipe, base, revision),
    )


def _check_python(project: Project, target: Target) -> None:
    if not project.requires_python:
        return
    try:
        fits = SpecifierSet(project.requires_python).contains(target.full_version)
    except InvalidSpecifier:
        raise BuildError(
            f"pyproject.toml: requires-python {project.requires_python!r} is not a specifier",
            "write it like >=3.11",
        ) from None
    if not fits:
        raise BuildError(
            f"the project requires Python {project.requires_python}, "
            f"the base has {target.full_version}",
            "take another base with --base",
        )


def _epoch(recipe: AppRecipe, base: Image, revision: Revision | None) -> int:
    if recipe.epoch is not None:
        return recipe.epoch
    created = str(base.config.get("created") or "")
    try:
        below = int(datetime.fromisoformat(created).timestamp())
    except ValueError:
        below = 0
    return max(below, (revision.time if revision else None) or 0, 0)
