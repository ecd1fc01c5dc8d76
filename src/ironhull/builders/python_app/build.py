"""A Python project onto a base image: dependencies in one layer, the app in another.

No code of the project runs: requirements are resolved to wheels, wheels are unpacked, source is
copied. Equal lock, project, base and epoch give an equal image.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from packaging.utils import canonicalize_name

from ironhull.base_image import consumed
from ironhull.builders.python_app import resolve as engine
from ironhull.builders.python_app._git import Revision
from ironhull.builders.python_app._plan import Plan, make_plan
from ironhull.builders.python_app.context import Shipped, collect
from ironhull.builders.python_app.entrypoint import Start, find_start
from ironhull.builders.python_app.lock import LockedTarget, Wheel, read_lock, write_lock
from ironhull.builders.python_app.project_layer import app_members, python_path
from ironhull.builders.python_app.recipe import AppRecipe
from ironhull.builders.python_app.requirements import applies
from ironhull.builders.python_app.settings import read_project
from ironhull.builders.python_app.wheels import Installed, unpack_wheel
from ironhull.errors import BuildError
from ironhull.model import Build, Image, Material, Platform
from ironhull.oci.edit import ImageConfig
from ironhull.oci.names import Reference
from ironhull.oci.pack import Member, PackedLayer, pack_layer
from ironhull.oci.purl import image_purl
from ironhull.store.files import atomic_write
from ironhull.store.images import ImageStore

__all__ = ["BUILDER", "build_app"]

BUILDER = "https://github.com/ironhull/ironhull/python-app@v1"
_OCI = "org.opencontainers.image."
_ALWAYS = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}


def build_app(
    recipe: AppRecipe,
    *,
    find_base: Callable[[str, Platform], Image],
    store: ImageStore,
    cache: Path,
    environment: Mapping[str, str],
) -> Build:
    """Build the image `recipe` asks for and keep its blobs in `store`; it has no name yet.

    `find_base` gives the base image for a name and platform, `cache` is a directory for wheels,
    `environment` that of the pip process. Raises DefinitionError (settings, lock file), BuildError,
    ResolveError, StoreError, and what `find_base` raises.
    """
    project = read_project(recipe.context)
    notes: list[str] = []
    plan = make_plan(recipe, project, find_base, notes)
    path = recipe.lock or project.context / "ironhull.lock"
    targets = read_lock(path)
    wheels = _wheels(plan, path, targets, cache / "wheels", environment)
    with tempfile.TemporaryDirectory(prefix="ironhull-build-") as folder:
        work = Path(folder)
        installed = _unpack(plan, wheels, cache / "wheels", work)
        shipped = collect(project.context, project.settings, epoch=plan.epoch)
        start = find_start(
            project,
            plan.target,
            shipped=shipped.paths,
            packages={canonicalize_name(i.name) for i in installed},
            commands={command for i in installed for command in i.commands},
        )
        notes += [*_overlaps(installed), *shipped.notes, *start.notes]
        image = _write(plan, installed, shipped, start, (store, work))
    notes += _remarks(plan, wheels, image)
    if not recipe.locked:
        _write_lock(plan, path, targets, wheels)
    return Build(
        image=image,
        materials=tuple(_materials(plan, wheels)),
        parameters=_parameters(plan, start, image),
        builder=BUILDER,
        notes=tuple(notes),
    )


# ── dependencies ─────────────────────────────────────────────────────────────────────────────────


def _wheels(
    plan: Plan,
    path: Path,
    targets: tuple[LockedTarget, ...],
    cache: Path,
    environment: Mapping[str, str],
) -> tuple[Wheel, ...]:
    """What the lock file at `path` says where that is demanded, else what pip resolves."""
    if plan.recipe.locked:
        locked = _locked(plan, path, next((t for t in targets if t.key == _key(plan)), None))
        engine.fetch(locked.wheels, plan.demand, plan.target, cache=cache, environment=environment)
        return locked.wheels
    return engine.resolve(
        plan.demand,
        plan.target,
        cache=cache,
        context=plan.project.context,
        environment=environment,
    )


def _key(plan: Plan) -> tuple[str, str]:
    return plan.target.python, str(plan.target.platform)


def _write_lock(
    plan: Plan, path: Path, targets: tuple[LockedTarget, ...], wheels: tuple[Wheel, ...]
) -> None:
    """Note what this build took; the entries of other targets stay."""
    glibc = f"{plan.target.glibc[0]}.{plan.target.glibc[1]}"
    fresh = LockedTarget(*_key(plan), glibc, plan.demand.digest, plan.base.digest, wheels)
    data = write_lock([fresh, *(t for t in targets if t.key != fresh.key)])
    if not path.exists() or path.read_bytes() != data:
        atomic_write(path, data)


def _locked(plan: Plan, path: Path, found: LockedTarget | None) -> LockedTarget:
    advice = "build once without --locked and keep the new lock file"
    if found is None:
        what = "no entry" if path.exists() else "no lock file"
        raise BuildError(
            f"{path}: {what} for Python {plan.target.python} on {plan.target.platform}", advice
        )
    if found.demand != plan.demand.digest:
        raise BuildError(f"{path}: the requirements changed since it was written", advice)
    if found.base != plan.base.digest:
        raise BuildError(
            f"{path}: it was written for base {found.base[:19]}…, "
            f"{plan.base_name} is now {plan.base.digest[:19]}…",
            advice,
        )
    return found


def _unpack(
    plan: Plan, wheels: tuple[Wheel, ...], cache: Path, work: Path
) -> tuple[Installed, ...]:
    asked = {
        canonicalize_name(r.name)
        for r in plan.demand.requirements
        if applies(r, plan.target.markers)
    }
    found = []
    for number, wheel in enumerate(wheels):
        folder = work / f"wheel-{number}"
        folder.mkdir()
        path = engine.wheel_path(wheel, cache)
        found.append(
            unpack_wheel(
                path, plan.target, folder, requested=canonicalize_name(wheel.name) in asked
            )
        )
    return tuple(found)


def _dependency_members(installed: tuple[Installed, ...], epoch: int) -> tuple[Member, ...]:
    """All files; where two wheels have the same path the later name wins, as with pip."""
    found = {
        file.path: Member(file.path, "file", file.mode, mtime=epoch, content=file.content)
        for wheel in installed
        for file in wheel.files
    }
    return tuple(found.values())


def _overlaps(installed: tuple[Installed, ...]) -> list[str]:
    seen: dict[str, tuple[str, str]] = {}
    notes = []
    for wheel in installed:
        for file in wheel.files:
            other = seen.get(file.path)
            if other and other[1] != file.sha256:
                notes.append(f"{wheel.name} replaces /{file.path} of {other[0]}")
            seen[file.path] = (wheel.name, file.sha256)
    return notes


# ── the image ────────────────────────────────────────────────────────────────────────────────────


def _write(
    plan: Plan,
    installed: tuple[Installed, ...],
    shipped: Shipped,
    start: Start,
    places: tuple[ImageStore, Path],
) -> Image:
    store, work = places
    user = plan.project.settings.user or ImageConfig.of(plan.base).user
    layers: list[PackedLayer] = []
    history: list[str] = []
    if installed:
        members = _dependency_members(installed, plan.epoch)
        members += plan.ground.parents(members)
        layers.append(pack_layer(members, work, epoch=plan.epoch))
        history.append(f"ironhull build: {len(installed)} wheels into /{plan.target.site}")
    members = app_members(
        plan.project, plan.target, shipped, start, owner=plan.ground.owner(user), epoch=plan.epoch
    )
    members = tuple(
        replace(m, path=plan.ground.real(m.path)) if m.kind == "dir" else m for m in members
    )
    members += plan.ground.parents(members)
    layers.append(pack_layer(members, work, epoch=plan.epoch))
    history.append("ironhull build: the app into /app")
    said = _annotations(plan)
    return store.write_image(
        base=plan.base,
        layers=layers,
        config=_config(plan, start, user, shipped, said),
        platform=plan.base.platform,
        created=_time(plan.epoch),
        history=history,
        annotations=said,
    )


def _config(
    plan: Plan, start: Start, user: str, shipped: Shipped, said: Mapping[str, str]
) -> ImageConfig:
    below = ImageConfig.of(plan.base)
    settings = plan.project.settings
    env = dict(item.partition("=")[::2] for item in below.env)
    env |= _ALWAYS
    if path := python_path(plan.project, plan.target, shipped, start):
        env["PYTHONPATH"] = ":".join(filter(None, (path, env.get("PYTHONPATH", ""))))
    env |= settings.env
    ports = settings.ports or ((f"{start.port}/tcp",) if start.port else below.exposed_ports)
    labels = {k: v for k, v in below.labels.items() if not k.startswith(_OCI)}
    return replace(
        below,
        user=user,
        env=tuple(f"{name}={value}" for name, value in env.items()),
        entrypoint=start.entrypoint,
        cmd=start.cmd,
        working_dir="/app",
        exposed_ports=ports,
        labels={**labels, **said, **settings.labels},
    )


def _annotations(plan: Plan) -> dict[str, str]:
    """Pre-defined keys of the OCI image-spec (annotations.md)."""
    project, revision = plan.project, plan.revision
    urls = {key.lower(): value for key, value in project.urls.items()}
    source = next((urls[k] for k in ("source", "repository", "homepage") if k in urls), "")
    said = {
        "base.digest": plan.base.digest,
        "base.name": Reference.parse(plan.base_name).canonical,
        "created": _time(plan.epoch),
        "revision": _commit(revision),
        "source": (revision.remote if revision else "") or source,
        "title": project.name or project.context.resolve().name,
        "version": project.version,
    }
    return {_OCI + key: value for key, value in said.items() if value}


def _commit(revision: Revision | None) -> str:
    """The commit as BuildKit notes it: with "-dirty" where the tree differs from it."""
    if revision is None:
        return ""
    return revision.commit + ("-dirty" if revision.dirty else "")


def _time(epoch: int) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# ── after ────────────────────────────────────────────────────────────────────────────────────────


def _materials(plan: Plan, wheels: tuple[Wheel, ...]) -> list[Material]:
    base = image_purl(Reference.parse(plan.base_name), plan.base.platform)
    found = [Material(base, _digests(plan.base.digest), "base")]
    found += [material for material in consumed(plan.base) if material.kind == "deb"]
    for wheel in wheels:
        uri = f"pkg:pypi/{wheel.name}@{quote(wheel.version)}?file_name={quote(wheel.file)}"
        found.append(Material(uri, {"sha256": wheel.sha256}, "wheel"))
    if plan.revision:
        uri = f"git+{plan.revision.remote}" if plan.revision.remote else "git"
        found.append(
            Material(f"{uri}@{plan.revision.commit}", {"gitCommit": plan.revision.commit}, "source")
        )
    return found


def _digests(digest: str) -> dict[str, str]:
    algorithm, _, value = digest.partition(":")
    return {algorithm: value} if value else {}


def _parameters(plan: Plan, start: Start, image: Image) -> dict[str, Any]:
    settings = asdict(plan.project.settings)
    return {
        "base": plan.base_name,
        "platform": str(image.platform),
        "python": plan.target.full_version,
        "requirements": plan.demand.source,
        "demand": plan.demand.digest,
        "locked": plan.recipe.locked,
        "entrypoint": list(start.entrypoint),
        "cmd": list(start.cmd),
        "epoch": plan.epoch,
        "dirty": plan.revision.dirty if plan.revision else None,
        "settings": {key: _plain(value) for key, value in settings.items() if value},
    }


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _remarks(plan: Plan, wheels: tuple[Wheel, ...], image: Image) -> list[str]:
    config = ImageConfig.of(image)
    target = plan.target
    notes = [f"{len(wheels)} wheels for CPython {target.full_version} on {target.platform}"]
    if config.user.partition(":")[0] in ("", "0", "root"):
        notes.append("runs as root: set user in [tool.ironhull.build] or take a runtime base")
    if plan.revision and plan.revision.dirty:
        notes.append(f"the tree differs from commit {plan.revision.commit[:12]}")
    return notes
