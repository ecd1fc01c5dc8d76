"""Packages of the distribution that a RUN installs: for the build alone, or for the app too."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ironhull.dockerfiles import ShellCommand
from ironhull.values import dataclass

__all__ = ["Install", "installed_by", "needed_when_running", "renamed", "translated"]

_TOOLS = {"apt-get": "apt", "apt": "apt", "aptitude": "apt", "apk": "apk"}
_TOOLS |= {"dnf": "rpm", "microdnf": "rpm", "yum": "rpm"}
_VALUED = ("-t", "--target-release", "-o", "--option", "--virtual", "--repository", "-X", "-c")


@dataclass(frozen=True, slots=True)
class Install:
    """`manager` is apt, apk or rpm; `names` without versions, `written` as they stand there."""

    manager: str
    names: tuple[str, ...]
    written: tuple[str, ...]


@cache
def _table() -> Mapping[str, Any]:
    import tomllib

    return tomllib.loads(Path(__file__).with_name("packages.toml").read_text(encoding="utf-8"))


def installed_by(command: ShellCommand) -> Install | None:
    """What a command installs; None where it installs nothing (update, clean, remove)."""
    manager = _TOOLS.get(command.program)
    words = list(command.arguments)
    verb = "add" if manager == "apk" else "install"
    if manager is None or verb not in words:
        return None
    names: list[str] = []
    written: list[str] = []
    skip = False
    for word in words[words.index(verb) + 1 :]:
        if skip or word.startswith("-"):
            skip = not skip and word in _VALUED
            continue
        if word.startswith("."):  # apk's name of a virtual package
            continue
        written.append(word)
        names.append(word.split("=")[0].split("/")[0].split("~")[0].split("<")[0].split(":")[0])
    return Install(manager, tuple(names), tuple(written))


def needed_when_running(name: str, programs: frozenset[str]) -> bool:
    """Whether the app may need a Debian package when it runs; `programs` are those it starts."""
    if name in programs:
        return name not in ("bash", "dash", "busybox", "sudo", "zsh")
    if name.endswith(("-dev", "-dbg", "-doc", "-headers")) or name in _table()["build"]:
        return False
    return not name.startswith(("gcc-", "g++-", "clang-", "llvm-", "linux-headers", "python3-"))


def renamed(name: str) -> str:
    """A package's name in the Debian of the bases; "" where there is no such package any more."""
    return str(_table()["renamed"].get(name, name))


def translated(name: str) -> str | None:
    """The Debian name of one of Alpine's packages; None where it is not known."""
    found = _table()["alpine"].get(name)
    return None if found is None else str(found)
