"""The files a Dockerfile copies from, as far as a rewrite looks at them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from ironhull.dockerfiles import IgnoreRules
from ironhull.limits import LIMITS
from ironhull.values import dataclass

__all__ = ["Context", "Directory", "Memory", "directory"]


class Context(Protocol):
    """A build context: paths relative to it, what a .dockerignore leaves out is not there."""

    @property
    def ignored(self) -> bool:
        """Whether there is a .dockerignore."""
        ...

    def files(self) -> tuple[str, ...]:
        """Every file, sorted."""
        ...

    def read(self, path: str) -> bytes | None:
        """A file's bytes; None where there is none, or it exceeds `harden_file_bytes`."""
        ...


@dataclass(frozen=True, slots=True)
class Memory:
    """A context of files in memory."""

    content: Mapping[str, bytes]
    ignored: bool = False

    def files(self) -> tuple[str, ...]:
        """See `Context`."""
        return tuple(sorted(self.content))

    def read(self, path: str) -> bytes | None:
        """See `Context`."""
        return self.content.get(path)


@dataclass(frozen=True, slots=True)
class Directory:
    """A context that is a folder; `paths` are the files of it that count. See `directory`."""

    root: Path
    paths: Mapping[str, None]
    ignored: bool

    def files(self) -> tuple[str, ...]:
        """See `Context`."""
        return tuple(self.paths)

    def read(self, path: str) -> bytes | None:
        """See `Context`."""
        if path not in self.paths:
            return None
        file = self.root / path
        try:
            if file.stat().st_size > LIMITS.harden_file_bytes or not file.is_file():
                return None
            return file.read_bytes()
        except OSError:
            return None


def directory(root: Path, dockerfile: str = "Dockerfile") -> Directory:
    """The context `root`, without what its .dockerignore (or `dockerfile`.dockerignore) excludes.

    At most `harden_files` files are looked at; links out of the folder are not followed.
    DockerfileError for a bad ignore pattern.
    """
    rules, ignored = _rules(root, dockerfile)
    found: list[str] = []
    waiting = [""]
    while waiting and len(found) < LIMITS.harden_files:
        folder = waiting.pop()
        try:
            entries = sorted((root / folder).iterdir())
        except OSError:
            continue
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            left_out = rules is not None and rules.matches(path)
            if entry.is_dir() and not entry.is_symlink():
                if entry.name != ".git" and (not left_out or (rules and rules.takes_back)):
                    waiting.append(path)
            elif not left_out:
                found.append(path)
    return Directory(root, dict.fromkeys(sorted(found[: LIMITS.harden_files])), ignored)


def _rules(root: Path, dockerfile: str) -> tuple[IgnoreRules | None, bool]:
    for name in (f"{dockerfile}.dockerignore", ".dockerignore"):
        try:
            text = (root / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        return IgnoreRules.of(text.splitlines(), name), True
    return None, False
