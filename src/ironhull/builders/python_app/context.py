"""The files of the project that go into the image.

What is left out: .git, virtual environments and byte code in any case; caches, secrets in `.env`
and the files that describe the build unless .dockerignore takes them back with `!`; what
.dockerignore and the setting `exclude` name. With the setting `include` only what it names goes in.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ironhull.builders.python_app.settings import AppSettings
from ironhull.dockerfiles import IgnoreRules
from ironhull.errors import BuildError
from ironhull.limits import LIMITS
from ironhull.oci.pack import Member

__all__ = ["Shipped", "collect"]

_NEVER = frozenset({".git", ".hg", ".svn", "__pycache__", ".venv"})
_BYTE_CODE = (".pyc", ".pyo")
_DEFAULTS = (
    "**/.env",
    "**/.DS_Store",
    "**/.pytest_cache",
    "**/.mypy_cache",
    "**/.ruff_cache",
    "**/.hypothesis",
    "**/*.egg-info",
    ".tox",
    ".nox",
    ".coverage",
    ".dockerignore",
    "Dockerfile",
    "Dockerfile.*",
    "compose.yaml",
    "compose.yml",
    "docker-compose.yaml",
    "docker-compose.yml",
    "ironhull.lock",
)


@dataclass(frozen=True, slots=True)
class Shipped:
    """What goes in: members below /app, their paths relative to the context, remarks."""

    members: tuple[Member, ...]
    paths: frozenset[str]
    notes: tuple[str, ...] = ()


def collect(context: Path, settings: AppSettings, *, epoch: int) -> Shipped:
    """Choose the files of `context`; every member gets the time `epoch` and root as owner.

    Raises BuildError for a link out of the context, a bad pattern, too many files.
    """
    lines = [*_DEFAULTS, *_ignore_lines(context), *settings.exclude]
    walk = _Walk(
        root=context.resolve(),
        ignored=IgnoreRules.of(lines),
        included=IgnoreRules.of(settings.include, "tool.ironhull.build.include"),
    )
    members: list[Member] = []
    notes: list[str] = []
    for path, rel in _files(walk):
        kind = stat.S_IFMT(path.lstat().st_mode)
        if kind == stat.S_IFLNK:
            members.append(_link(path, rel, walk, epoch))
        elif kind == stat.S_IFREG:
            mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            members.append(Member(f"app/{rel}", "file", mode, mtime=epoch, content=path))
        else:
            notes.append(f"left out {rel}: neither a file, a directory nor a link")
        if len(members) > LIMITS.archive_members:
            raise BuildError(
                f"{context} holds more than {LIMITS.archive_members} files",
                "leave some out with .dockerignore",
            )
    if (context / ".env").is_file() and "app/.env" not in {m.path for m in members}:
        notes.append("left out .env: secrets belong into the environment of the container")
    members.sort(key=lambda m: m.path)
    paths = frozenset(member.path.removeprefix("app/") for member in members)
    return Shipped(tuple(members), paths, tuple(notes))


@dataclass(frozen=True, slots=True)
class _Walk:
    root: Path
    ignored: IgnoreRules
    included: IgnoreRules

    def wants(self, rel: str) -> bool:
        return not self.ignored.matches(rel) and (
            not self.included.patterns or self.included.matches(rel)
        )


def _ignore_lines(context: Path) -> list[str]:
    path = context / ".dockerignore"
    if not path.is_file():
        return []
    if path.stat().st_size > LIMITS.definition_bytes:
        raise BuildError(f"{path}: larger than {LIMITS.definition_bytes} bytes", "shorten it")
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise BuildError(f"{path}: not UTF-8", "save it as UTF-8") from None


def _files(walk: _Walk, below: str = "") -> Iterator[tuple[Path, str]]:
    """Everything wanted that is not a directory, sorted; links are never followed."""
    folder = walk.root / below
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        rel = f"{below}/{entry.name}" if below else entry.name
        if entry.name in _NEVER or entry.name.endswith(_BYTE_CODE):
            continue
        if entry.is_dir(follow_symlinks=False):
            skipped = walk.ignored.matches(rel) and not walk.ignored.takes_back
            if not skipped and not (folder / entry.name / "pyvenv.cfg").exists():
                yield from _files(walk, rel)
        elif walk.wants(rel):
            yield folder / entry.name, rel


def _link(path: Path, rel: str, walk: _Walk, epoch: int) -> Member:
    target = str(path.readlink())
    written = os.path.normpath(f"{os.path.dirname(rel)}/{target}" if "/" in rel else target)  # noqa: PTH120 - text, not a file
    real = Path(os.path.realpath(path))
    inside = real == walk.root or walk.root in real.parents
    if target.startswith("/") or written.split("/")[0] == ".." or not inside:
        raise BuildError(
            f"{rel} is a symbolic link out of the context, to {target}",
            "copy what it leads to, or name the link in .dockerignore",
        )
    return Member(f"app/{rel}", "symlink", 0o777, mtime=epoch, link=target)
