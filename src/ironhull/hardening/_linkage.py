"""How a compiled program is linked, as far as what builds it proves it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from ironhull.dockerfiles import ShellCommand, Stage, commands_of
from ironhull.hardening._row import Subject
from ironhull.hardening._tracing import Origin, builders, image_version, stage_root, tag_of
from ironhull.values import dataclass

__all__ = ["CC_IMAGES", "GO_IMAGES", "RUST_IMAGES", "Linkage", "linkage_of"]

GO_IMAGES = (
    "golang",
    "mcr.microsoft.com/oss/go/microsoft/golang",
    "cgr.dev/chainguard/go",
    "dhi.io/golang",
)
RUST_IMAGES = (
    "rust",
    "cgr.dev/chainguard/rust",
    "dhi.io/rust",
    "clux/muslrust",
    "lukemathwalker/cargo-chef",
)
CC_IMAGES = ("debian", "ubuntu", "buildpack-deps", "ironhull/cc", "ironhull/debian-base")
"""Images whose C library is glibc, from which programs run on the cc base: see `_GLIBC`."""

_ALPINE_C = {"build-base", "gcc", "g++", "clang", "musl-dev", "alpine-sdk"}
_NEWER = {"sid", "unstable", "testing", "forky", "rawhide", "rolling", "25.10", "26.04", "devel"}
"""Tags of distributions whose glibc is newer than Debian 13's 2.41."""

_STATIC_FLAG = re.compile(r"(?:^|[\s\"'=,])-static(?:-pie)?(?=$|[\s\"',])")
_ELF = b"\x7fELF"
_PT_INTERP, _PT_DYNAMIC = 3, 2


@dataclass(frozen=True, slots=True)
class Linkage:
    """`kind`: "static", "glibc" (or static: runs with glibc 2.41), "musl", "" not known; why."""

    kind: str
    reason: str


def linkage_of(subject: Subject, origin: Origin) -> Linkage:
    """How the program at `origin` is linked."""
    if origin.image:
        return Linkage("", f"it comes out of the image {origin.image}")
    if origin.stage is None:
        return _of_bytes(subject.context.read(origin.path), origin.path)
    if _runs_on_nothing(subject):
        return Linkage("static", "it runs in an empty image already")
    image = stage_root(subject, origin.stage)
    if image_version(image, GO_IMAGES) is not None:
        return _of_go(subject, origin.stage, image)
    if image_version(image, RUST_IMAGES) is not None:
        return _of_rust(subject, origin.stage, image, origin.path)
    if image_version(image, CC_IMAGES) is not None:
        return _of_c(subject, origin.stage, image)
    return Linkage("", f"what {image} links programs with is not known")


def _runs_on_nothing(subject: Subject) -> bool:
    """Whether the final stage is empty but for what it copies, and that is no C library."""
    root = subject.scope.image(subject.scope.root(subject.stage))
    if root != "scratch" and "distroless/static" not in root and "/static:" not in root:
        return False
    copies = (c for part in subject.chain for c in part.all("COPY", "ADD"))
    words = [word for copy in copies for word in subject.scope.words(copy)]
    return not any(re.search(r"(^|/)(lib|lib64|usr)/?$|ld-linux|ld-musl|\.so", w) for w in words)


# ── by language ──────────────────────────────────────────────────────────────────────────────────


def _of_go(subject: Subject, stage: Stage, image: str) -> Linkage:
    """cmd/cgo: enabled where CGO_ENABLED is not 0 and a C compiler is found (go.dev/doc/go1.20)."""
    builds = [each for each in _commands(subject, stage) if _builds_go(each[0])]
    values = {_cgo(command, environment) for command, environment in builds}
    if values == {"0"}:
        return Linkage("static", "it is built with CGO_ENABLED=0")
    if builds and all(_STATIC_FLAG.search(" ".join(command.words)) for command, _ in builds):
        return Linkage("static", "it is linked with -static")
    if _is_alpine(image):
        if not _installs_compiler(subject, stage):
            return Linkage("static", "its build image has no C compiler, so cgo is off")
        return Linkage("musl", "it may be linked with musl: its build image has a C compiler")
    return _glibc(image, "it may call C: cgo is on where CGO_ENABLED=0 is not said")


def _builds_go(command: ShellCommand) -> bool:
    return command.program == "go" and command.arguments[:1] in (("build",), ("install",))


def _cgo(command: ShellCommand, environment: Mapping[str, str]) -> str:
    """CGO_ENABLED as a command sees it, by assignment, `env`, or the stage's variables."""
    said = dict(environment)
    for word in command.words:
        name, _, value = word.partition("=")
        said.update({name: value} if name == "CGO_ENABLED" else {})
    said.update(command.assignments)
    return said.get("CGO_ENABLED", "")


def _of_rust(subject: Subject, stage: Stage, image: str, path: str) -> Linkage:
    """doc.rust-lang.org/reference/linkage.html, "Static and dynamic C runtimes"."""
    text = " ".join(
        " ".join(c.words)
        + f" {e.get('RUSTFLAGS', '')}"
        + "".join(f" {key}={value}" for key, value in c.assignments)
        for c, e in _commands(subject, stage)
    )
    text += _cargo_settings(subject)
    if "-crt-static" in text:
        return Linkage("musl" if "musl" in text or _is_alpine(image) else "", "crt-static is off")
    if "+crt-static" in text:
        return Linkage("static", "it is linked with +crt-static")
    if "-musl" in path or "linux-musl" in text or "muslrust" in image:
        return Linkage("static", "its target is musl, whose C library is linked in")
    if _is_alpine(image):
        return Linkage("static", "Rust on Alpine links musl into programs")
    return _glibc(image, "its target is GNU, which links glibc at run time")


def _cargo_settings(subject: Subject) -> str:
    found = (subject.context.read(f".cargo/{name}") for name in ("config.toml", "config"))
    return " ".join(data.decode(errors="replace") for data in found if data)


def _of_c(subject: Subject, stage: Stage, image: str) -> Linkage:
    words = [" ".join(c.words) for c, _ in _commands(subject, stage) if _compiles(c)]
    if words and all(_STATIC_FLAG.search(text) for text in words):
        return Linkage("static", "it is linked with -static")
    return _glibc(image, "it is built on Debian, whose C library is glibc")


def _compiles(command: ShellCommand) -> bool:
    name = command.program
    return name in ("cc", "c++", "clang", "clang++") or bool(
        re.fullmatch(r"g(cc|\+\+)(-\d+)?", name)
    )


def _glibc(image: str, reason: str) -> Linkage:
    """Programs run with the glibc they are linked with or a newer one."""
    tag = tag_of(image)
    if any(part in _NEWER for part in re.split(r"[-_]", tag)) or "-sid" in tag:
        return Linkage("", f"the C library of {image} may be newer than that of the base")
    return Linkage("glibc", reason)


def _is_alpine(image: str) -> bool:
    return "alpine" in tag_of(image) or posixpath.basename(image.partition(":")[0]) == "alpine"


# ── helpers ──────────────────────────────────────────────────────────────────────────────────────


def _commands(subject: Subject, stage: Stage) -> Iterator[tuple[ShellCommand, Mapping[str, str]]]:
    """Every command of the RUNs of a stage's chain with the variables it sees."""
    exported: dict[str, str] = {}
    for _, instruction in builders(subject, stage):
        here = dict(subject.scope.variables(instruction))
        for command in commands_of(instruction):
            if command.program == "export":
                exported = dict(word.split("=", 1) for word in command.arguments if "=" in word)
                here.update(exported)
            yield command, here


def _installs_compiler(subject: Subject, stage: Stage) -> bool:
    for command, _ in _commands(subject, stage):
        if command.unclear and "apk" in command.raw:
            return True
        if command.program == "apk" and set(command.arguments) & _ALPINE_C:
            return True
    return False


def _of_bytes(data: bytes | None, path: str) -> Linkage:
    """By the program headers of an ELF file (System V ABI, "Program Header")."""
    if data is None or not data.startswith(_ELF):
        return Linkage("", f"{path} is not a program that can be looked into")
    kinds = _segments(data)
    if _PT_INTERP in kinds:
        musl = b"/ld-musl-" in data[:65536]
        return Linkage("musl" if musl else "glibc", "it names a dynamic linker")
    return Linkage("static", "it names no dynamic linker")


def _segments(data: bytes) -> set[int]:
    order = "little" if data[5:6] == b"\x01" else "big"
    wide = data[4:5] == b"\x02"
    start, size, count = (32, 54, 56) if wide else (28, 42, 44)
    offset = int.from_bytes(data[start : start + (8 if wide else 4)], order)  # type: ignore[arg-type]  # one of two literals
    length = int.from_bytes(data[size : size + 2], order)  # type: ignore[arg-type]  # as above
    number = int.from_bytes(data[count : count + 2], order)  # type: ignore[arg-type]  # as above
    found = set()
    for index in range(min(number, 256)):
        at = offset + index * length
        found.add(int.from_bytes(data[at : at + 4], order))  # type: ignore[arg-type]  # as above
    return found
