"""What Go, Rust and C have in common: one program, made by a compiler, is what the image runs."""

from __future__ import annotations

import posixpath

from ironhull.dockerfiles import ShellCommand, commands_of
from ironhull.hardening import _ids
from ironhull.hardening._draft import Draft
from ironhull.hardening._linkage import Linkage, linkage_of
from ironhull.hardening._row import Carried, Subject
from ironhull.hardening._tracing import (
    Origin,
    builders,
    image_version,
    only_arguments,
    origin_of,
    placed,
    program,
    stage_root,
)
from ironhull.values import dataclass

__all__ = ["Compiled", "carried_program", "compiled", "program_path"]

_COMPILERS: tuple[str, ...] = (
    "go",
    "cargo",
    "rustc",
    "make",
    "cmake",
    "ninja",
    "gcc",
    "g++",
    "cc",
    "c++",
)
_COMPILERS += ("clang", "clang++", "meson", "just", "task", "mage", "goreleaser", "gmake")
_OF_PACKAGES = ("/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/lib", "/lib")

_INSTALLED = {"go": "/go/bin", "cargo": "/usr/local/cargo/bin"}
"""Where `go install` and `cargo install` put programs in the official images."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """The program that an image starts: as `path` in it; who made it, with what linked."""

    path: str
    origin: Origin
    version: str
    linkage: Linkage


def compiled(subject: Subject, images: tuple[str, ...] = ()) -> Compiled | None:
    """The program that starts, where a stage on one of `images` makes it; all images with ().

    A program of the context counts where `images` is (). None where nothing tells.
    """
    name = program(subject)
    path = _path(subject, name) if name and "$" not in name else ""
    origin = origin_of(subject, path) if path else None
    if origin is None:
        return None
    version: str | None = ""
    if images:
        version = image_version(stage_root(subject, origin.stage), images) if origin.stage else None
    if version is None or not _made_there(subject, origin):
        return None
    return Compiled(path, origin, version, linkage_of(subject, origin))


def _made_there(subject: Subject, origin: Origin) -> bool:
    """Whether a step of its stage compiles, and the program is none of a package's own."""
    if origin.stage is None:
        return not origin.image
    commands = [c for _, i in builders(subject, origin.stage) for c in commands_of(i)]
    if not any(command.program in _COMPILERS for command in commands):
        return False
    if posixpath.dirname(origin.path) not in _OF_PACKAGES:
        return True
    name = posixpath.basename(origin.path)
    return any(_made(command, name) == origin.path for command in commands)


def _path(subject: Subject, name: str) -> str:
    """The program's absolute path; as it is where it may be anywhere in the search path."""
    if "/" in name:
        return posixpath.normpath(posixpath.join("/", subject.scope.workdir(subject.stage), name))
    for _, instruction in builders(subject, subject.stage):
        for command in commands_of(instruction):
            if found := _made(command, name):
                return found
    return placed(subject, name) or name


def _made(command: ShellCommand, name: str) -> str:
    """Where a build puts a program of that name, as far as its words say it."""
    words = command.arguments
    for at, word in enumerate(words[:-1]):
        if word == "-o" and posixpath.basename(words[at + 1]) == name and "/" in words[at + 1]:
            return words[at + 1] if words[at + 1].startswith("/") else ""
    if "install" in words[:1] and command.program in _INSTALLED:
        return posixpath.join(_INSTALLED[command.program], name)
    return ""


def carried_program(draft: Draft) -> tuple[Carried, ...]:
    """The program, where the final stage makes it itself; a COPY brings it else."""
    found = compiled(draft.subject)
    if found is None or found.origin.stage is None or not found.path.startswith("/"):
        return ()
    if found.origin.stage not in draft.subject.chain:
        return ()
    return (Carried(found.origin.path, found.path),)


def program_path(words: tuple[str, ...], draft: Draft) -> tuple[str, ...] | None:
    """The words with the program's whole path, for the search path of the base is another one."""
    if only_arguments(draft.subject, words):
        return words
    from ironhull.hardening._node_start import without_init

    steps: list[str] = []
    left = without_init(words, steps)
    found = compiled(draft.subject)
    if not left or found is None:
        draft.hand(_ids.SHELL_FORM, 0, " ".join(words), "which program it starts is not known")
        return None
    if steps:
        draft.notes["start"] = "; ".join(steps)
    name = left[0]
    if "/" not in name and found.path.endswith(f"/{name}") and not found.path.startswith("/usr/"):
        return (found.path, *left[1:])
    return left
