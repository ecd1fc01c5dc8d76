"""Programs that need glibc when they run: Go with cgo, Rust, C and C++. They run on the cc base."""

from __future__ import annotations

from ironhull.dockerfiles import ShellCommand
from ironhull.hardening import golang, rust
from ironhull.hardening._assets import assets_of
from ironhull.hardening._compiled import carried_program, compiled, program_path
from ironhull.hardening._draft import Draft
from ironhull.hardening._linkage import CC_IMAGES, GO_IMAGES, RUST_IMAGES
from ironhull.hardening._row import Carried, Effect, Language, Subject

__all__ = ["NATIVE"]

_TOOLS: tuple[str, ...] = (
    "make",
    "cmake",
    "ninja",
    "gcc",
    "g++",
    "cc",
    "c++",
    "clang",
    "clang++",
    "ld",
    "strip",
)
_TOOLS += ("meson", "go", "cargo", "rustc", "rustup", "configure", "autoreconf", "upx")
_SOURCE = (".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".o", ".a", ".cmake", ".ac", ".am")
_BUILD_FILES = ("CMakeLists.txt", "configure", "meson.build", "build.ninja")


def _recognise(subject: Subject) -> str | None:
    found = compiled(subject)
    if found is None or found.linkage.kind not in ("glibc", "static"):
        return None
    return "" if found.linkage.kind == "glibc" or found.origin.stage is None else None


def _effect(command: ShellCommand, _: Draft) -> Effect | None:
    return Effect("installs") if command.program in _TOOLS else None


def _is_source(path: str) -> bool:
    if golang.is_go_source(path) or rust.is_rust_source(path):
        return True
    return path.endswith(_SOURCE) or path.rpartition("/")[2] in _BUILD_FILES


def _carry(draft: Draft) -> tuple[Carried, ...]:
    draft.closure = True
    program = carried_program(draft)
    if not program:
        return ()
    draft.only_carried = True
    return (*program, *assets_of(draft.subject, _is_source))


def _start(words: tuple[str, ...], draft: Draft) -> tuple[str, ...] | None:
    return program_path(words, draft)


def _build_env(name: str) -> bool:
    if golang.build_env(name) or rust.build_env(name):
        return True
    return name in ("CC", "CXX", "CFLAGS", "CXXFLAGS", "LDFLAGS", "MAKEFLAGS", "PKG_CONFIG_PATH")


NATIVE = Language(
    name="cc",
    images=(*GO_IMAGES, *RUST_IMAGES, *CC_IMAGES),
    recognise=_recognise,
    effect=_effect,
    begin=lambda _: (),
    carry=_carry,
    build_env=_build_env,
    start=_start,
)
"""Compiled programs with glibc; the ones of the context too, if they are ELF files."""
