"""Programs that need glibc when they run: Go with cgo, Rust, C and C++. They run on the cc base."""

from __future__ import annotations

import posixpath
import re

from ironhull.dockerfiles import Instruction, ShellCommand, commands_of
from ironhull.hardening import _ids, golang, rust
from ironhull.hardening._assets import assets_of
from ironhull.hardening._compiled import Compiled, carried_program, compiled, program_path
from ironhull.hardening._draft import Draft
from ironhull.hardening._linkage import CC_IMAGES, GO_IMAGES, RUST_IMAGES
from ironhull.hardening._packages import installed_by
from ironhull.hardening._row import Carried, Effect, Language, Subject
from ironhull.hardening._tracing import builders, image_version

__all__ = ["IN_PLACE", "NATIVE"]

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
_NO_LIBRARY = ("libc6-dev", "musl-dev", "linux-libc-dev", "libstdc++-dev")
_SYSTEM_CRATES = re.compile(
    rb'^name = "((?:openssl|pq|libsqlite3|mysqlclient|libz|libssh2|libgit2|curl|libxml|bzip2|lzma'
    rb'|ffi|libffi|gdal|hdf5|libpq|rdkafka|krb5|ldap|odbc|sasl2|dbus|libdbus|pcap|alsa|udev)-sys)"$',
    re.MULTILINE,
)
"""Crates that take a library of the system where it is there (docs.rs, their build scripts)."""

_BUILD_FILES = ("CMakeLists.txt", "configure", "meson.build", "build.ninja")


def _recognise(subject: Subject) -> str | None:
    found = compiled(subject)
    if found is None or found.linkage.kind not in ("glibc", "static"):
        return None
    return "" if found.linkage.kind == "glibc" or found.origin.stage is None else None


def _recognise_in_place(subject: Subject) -> str | None:
    """Programs that the image of their compiler makes and runs: the builder is that image."""
    if image_version(subject.root, (*GO_IMAGES, *RUST_IMAGES)) is None:
        return None
    return _recognise(subject)


def _effect(command: ShellCommand, _: Draft) -> Effect | None:
    return Effect("installs") if command.program in _TOOLS else None


def _effect_in_place(command: ShellCommand, draft: Draft) -> Effect | None:
    """A build stays where it is if its program may load libraries that the base lacks."""
    if command.program in _TOOLS and (why := _libraries(draft.subject)):
        reason = f"{why}: build in a stage of its own and install the library in the final one"
        draft.hand(_ids.BASE, command.line, command.raw, reason)
        return Effect("stays", reason=reason)
    return _effect(command, draft)


def _libraries(subject: Subject) -> str:
    """Why a program may load more than glibc and its like; "" where nothing says so."""
    for _, instruction in builders(subject, subject.stage):
        for command in commands_of(instruction):
            install = installed_by(command)
            names = install.names if install else ()
            for name in names:
                if name.endswith("-dev") and name not in _NO_LIBRARY:
                    return f"{name} is installed, whose library the program may load"
    if image_version(subject.root, RUST_IMAGES) is None or "slim" in subject.root:
        return ""
    folders = {path.rpartition("/")[0] for path in subject.context.files()}
    locks = [subject.context.read(f"{folder}/Cargo.lock".lstrip("/")) for folder in folders]
    found = _SYSTEM_CRATES.search(b"\n".join(filter(None, locks)))
    if found:
        return f"{found[1].decode()} links the library that {subject.root} has"
    return "" if any(locks) else "there is no Cargo.lock, so what the program links is not known"


def _is_source(path: str) -> bool:
    if golang.is_go_source(path) or rust.is_rust_source(path):
        return True
    return path.endswith(_SOURCE) or path.rpartition("/")[2] in _BUILD_FILES


def _carry(draft: Draft) -> tuple[Carried, ...]:
    """The program by way of the builder, which looks for the shared libraries that it loads."""
    found = compiled(draft.subject)
    program = carried_program(draft)
    if program:
        draft.only_carried = True
        draft.closure = draft.language.name == "c"
        return (*program, *assets_of(draft.subject, _is_source))
    draft.closure = True
    if found is None or not _brought(draft, found):
        return ()
    return (Carried(found.path, found.path),)


def _brought(draft: Draft, found: Compiled) -> Instruction | None:
    """The COPY of the final stage that brings the program and nothing else."""
    if not found.path.startswith("/") and "/" in found.path:
        return None
    for copy in draft.subject.stage.all("COPY"):
        words = draft.subject.scope.words(copy)
        if len(words) == 2 and not copy.heredocs:
            name = posixpath.basename(found.origin.path)
            if posixpath.basename(words[0]) == name:
                return copy
    return None


def _copied(instruction: Instruction, draft: Draft) -> tuple[Carried, ...] | None:
    found = compiled(draft.subject)
    if found is None or draft.only_carried or _brought(draft, found) is not instruction:
        return None
    return (Carried(found.origin.path, found.path),)


def _finish(draft: Draft) -> tuple[str, ...]:
    """The COPY of a program of the context, in the builder as well; those of stages are there."""
    found = compiled(draft.subject)
    if found is None or draft.only_carried or draft.stage is not draft.subject.stage:
        return ()
    copy = _brought(draft, found)
    if copy is None or copy.flag("from"):
        return ()
    return (re.sub(r"\s--chown=\S+", "", copy.text),)


def _start(words: tuple[str, ...], draft: Draft) -> tuple[str, ...] | None:
    return program_path(words, draft)


def _build_env(name: str) -> bool:
    if golang.build_env(name) or rust.build_env(name):
        return True
    return name in ("CC", "CXX", "CFLAGS", "CXXFLAGS", "LDFLAGS", "MAKEFLAGS", "PKG_CONFIG_PATH")


NATIVE = Language(
    name="c",
    images=CC_IMAGES,
    recognise=_recognise,
    effect=_effect,
    begin=lambda _: (),
    carry=_carry,
    build_env=_build_env,
    start=_start,
    copied=_copied,
    finish=_finish,
)
"""Compiled programs with glibc; the ones of the context too, if they are ELF files."""

IN_PLACE = Language(
    name="cc",
    images=(*GO_IMAGES, *RUST_IMAGES),
    recognise=_recognise_in_place,
    effect=_effect_in_place,
    begin=lambda _: (),
    carry=_carry,
    build_env=_build_env,
    start=_start,
)
"""Go and Rust with glibc in one stage: it stays the builder, for no base has the compiler."""
