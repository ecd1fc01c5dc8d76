"""Rust: a program with musl or a static C library runs on the static base; see `native`."""

from __future__ import annotations

import re

from ironhull.dockerfiles import ShellCommand
from ironhull.hardening._assets import assets_of
from ironhull.hardening._compiled import carried_program, compiled, program_path
from ironhull.hardening._draft import Draft
from ironhull.hardening._linkage import RUST_IMAGES
from ironhull.hardening._row import Carried, Effect, Language, Subject
from ironhull.hardening._started import packages_of_a_static_program

__all__ = ["RUST"]

_SOURCE = re.compile(
    r"\.(?:rs|proto|c|h)$|(?:^|/)(?:Cargo\.(?:toml|lock)|rust-toolchain(?:\.toml)?|build\.rs|"
    r"rustfmt\.toml|clippy\.toml|deny\.toml)$|(?:^|/)(?:target|vendor|\.cargo)/"
)


def _recognise(subject: Subject) -> str | None:
    found = compiled(subject, RUST_IMAGES)
    return found.version if found and found.linkage.kind == "static" else None


def is_rust_source(path: str) -> bool:
    """Whether only the compiler reads a file of the context."""
    return bool(_SOURCE.search(path))


def _effect(command: ShellCommand, draft: Draft) -> Effect | None:
    if command.program in ("cargo", "rustup", "rustc"):
        return Effect("installs")
    return packages_of_a_static_program(command, draft, RUST_IMAGES)


def _carry(draft: Draft) -> tuple[Carried, ...]:
    program = carried_program(draft)
    if not program:
        return ()
    draft.only_carried = True
    return (*program, *assets_of(draft.subject, is_rust_source))


def _start(words: tuple[str, ...], draft: Draft) -> tuple[str, ...] | None:
    return program_path(words, draft)


def build_env(name: str) -> bool:
    """Variables of Cargo and rustc; RUST_LOG and RUST_BACKTRACE are the program's."""
    return name.startswith("CARGO_") or name in ("RUSTFLAGS", "RUSTUP_HOME", "RUST_VERSION")


RUST = Language(
    name="rust",
    images=RUST_IMAGES,
    recognise=_recognise,
    effect=_effect,
    begin=lambda _: (),
    carry=_carry,
    build_env=build_env,
    start=_start,
)
"""Rust programs without a C library of their own at run time."""
