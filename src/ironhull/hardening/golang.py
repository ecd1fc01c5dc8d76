"""Go: a program that is provably static runs on the static base; see `native` for the others."""

from __future__ import annotations

import re

from ironhull.dockerfiles import ShellCommand
from ironhull.hardening._assets import assets_of
from ironhull.hardening._compiled import carried_program, compiled, program_path
from ironhull.hardening._draft import Draft
from ironhull.hardening._linkage import GO_IMAGES
from ironhull.hardening._row import Carried, Effect, Language, Subject
from ironhull.hardening._started import packages_of_a_static_program

__all__ = ["GO"]

_SOURCE = re.compile(
    r"(?:\.(?:go|mod|sum|work|c|h|s|proto)|(?:^|/)\.golangci[^/]*)$|(?:^|/)vendor/"
)


def _recognise(subject: Subject) -> str | None:
    found = compiled(subject, GO_IMAGES)
    return found.version if found and found.linkage.kind == "static" else None


def is_go_source(path: str) -> bool:
    """Whether only the compiler reads a file of the context."""
    return bool(_SOURCE.search(path))


def _effect(command: ShellCommand, draft: Draft) -> Effect | None:
    if command.program in ("go", "gofmt", "upx"):
        return Effect("installs")
    return packages_of_a_static_program(command, draft, GO_IMAGES)


def _carry(draft: Draft) -> tuple[Carried, ...]:
    program = carried_program(draft)
    if not program:
        return ()
    draft.only_carried = True
    return (*program, *assets_of(draft.subject, is_go_source))


def _start(words: tuple[str, ...], draft: Draft) -> tuple[str, ...] | None:
    return program_path(words, draft)


def build_env(name: str) -> bool:
    """Variables of the Go tool chain."""
    return name.startswith(("CGO_", "GOPROXY", "GOPRIVATE", "GONOSUM", "GOSUMDB")) or name in (
        *("GO111MODULE", "GOOS", "GOARCH", "GOARM", "GOFLAGS", "GOPATH", "GOBIN", "GOCACHE"),
        *("GOMODCACHE", "GOTOOLCHAIN", "GOROOT", "GOLANG_VERSION"),
    )


GO = Language(
    name="go",
    images=GO_IMAGES,
    recognise=_recognise,
    effect=_effect,
    begin=lambda _: (),
    carry=_carry,
    build_env=build_env,
    start=_start,
)
"""Go programs without a C library."""
