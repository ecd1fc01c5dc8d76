"""The layer of the app itself: its files, its commands, directories it may write to."""

from __future__ import annotations

import base64
import hashlib
import re

from ironhull.builders.python_app.context import Shipped
from ironhull.builders.python_app.entrypoint import Start
from ironhull.builders.python_app.settings import Project
from ironhull.builders.python_app.target import Target
from ironhull.builders.python_app.wheels import console_script
from ironhull.errors import BuildError
from ironhull.oci.pack import Member

__all__ = ["app_members", "python_path"]


def app_members(
    project: Project,
    target: Target,
    shipped: Shipped,
    start: Start,
    *,
    owner: tuple[int, int],
    epoch: int,
) -> tuple[Member, ...]:
    """Members below /app, console scripts of `[project.scripts]`, writable directories.

    Everything belongs to root but the writable directories, which belong to `owner` (uid, gid).
    A project that is a package also gets its metadata, so that importlib.metadata finds it.
    """
    members = [Member("app", "dir", 0o755, mtime=epoch), *shipped.members]
    for name, reference in sorted(start.scripts.items()):
        if not re.fullmatch(r"[A-Za-z0-9_.-]*[A-Za-z0-9_-][A-Za-z0-9_.-]*", name):
            raise BuildError(f"project.scripts: {name!r} is no name of a command", "rename it")
        try:
            script = console_script(reference, target.interpreter)
        except ValueError as trouble:
            raise BuildError(f"project.scripts.{name}: {trouble}", "correct it") from None
        members.append(
            Member(f"{target.scripts}/{name}", "file", 0o755, mtime=epoch, content=script)
        )
    members += _metadata(project, shipped, start, epoch)
    for path in project.settings.writable:
        uid, gid = owner
        members.append(Member(path.strip("/"), "dir", 0o755, uid, gid, epoch))
    return tuple(members)


def python_path(project: Project, target: Target, shipped: Shipped, start: Start) -> str:
    """What the interpreter must be told to search: the app's packages, perhaps site-packages."""
    found = []
    if _root(shipped) == "app/src":
        found.append("/app/src")
    elif start.scripts or project.is_package:
        found.append("/app")
    if not target.on_path:
        found.append(f"/{target.site}")
    return ":".join(found)


def _root(shipped: Shipped) -> str:
    return "app/src" if any(path.startswith("src/") for path in shipped.paths) else "app"


def _metadata(project: Project, shipped: Shipped, start: Start, epoch: int) -> list[Member]:
    """A .dist-info (PEP 376, core metadata 2.1) for a project with a build backend."""
    if not (project.is_package and project.name and project.version):
        return []
    stem = re.sub(r"[-_.]+", "_", project.name)
    folder = f"{stem}-{project.version}.dist-info"
    scripts = "".join(f"{name} = {value}\n" for name, value in sorted(start.scripts.items()))
    files = {
        "INSTALLER": "ironhull\n",
        "METADATA": f"Metadata-Version: 2.1\nName: {project.name}\nVersion: {project.version}\n",
        "entry_points.txt": f"[console_scripts]\n{scripts}" if scripts else "",
    }
    record = "".join(
        f"{folder}/{name},sha256={_digest(text)},{len(text.encode())}\n"
        for name, text in files.items()
        if text
    )
    files["RECORD"] = f"{record}{folder}/RECORD,,\n"
    return [
        Member(
            f"{_root(shipped)}/{folder}/{name}", "file", 0o644, mtime=epoch, content=text.encode()
        )
        for name, text in files.items()
        if text
    ]


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
