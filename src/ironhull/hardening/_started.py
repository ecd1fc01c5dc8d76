"""Programs that a compiled app starts, as its sources tell: they decide what a base has to have."""

from __future__ import annotations

import posixpath
import re

from ironhull.dockerfiles import ShellCommand
from ironhull.hardening import _ids
from ironhull.hardening._draft import Draft
from ironhull.hardening._packages import installed_by
from ironhull.hardening._row import Effect, Subject
from ironhull.hardening._tracing import image_version

__all__ = ["packages_of_a_static_program", "started_by"]

_GO = re.compile(
    r"""\bexec\.Command(?:Context)?\(\s*(?:[\w.()]+\s*,\s*)?"""
    r"""("[^"\n]*"|`[^`\n]*`|[^",)\s]+)"""
)
_RUST = re.compile(r"""\bCommand::new\(\s*("[^"\n]*"|[^)\s]+)""")
_OF_BASE = {
    *("ca-certificates", "tzdata", "netbase", "libc6-compat", "gcompat", "musl", "libc6", "libgcc"),
    *("libstdc++", "libstdc++6", "libgcc-s1", "alpine-baselayout", "busybox", "musl-utils"),
}


def started_by(subject: Subject) -> frozenset[str] | None:
    """Names of the programs that Go and Rust sources start; None where a name is not written out,
    or where there is no source to read.
    """
    found: set[str] = set()
    seen = False
    for path in subject.context.files():
        pattern = _GO if path.endswith(".go") else _RUST if path.endswith(".rs") else None
        if pattern is None or path.endswith("_test.go"):
            continue
        seen = True
        text = (subject.context.read(path) or b"").decode("utf-8", "replace")
        for match in pattern.finditer(text):
            if match[1][0] not in '"`':
                return None
            found.add(posixpath.basename(match[1].strip('"`')))
    return frozenset(found) if seen else None


def packages_of_a_static_program(
    command: ShellCommand, draft: Draft, compilers: tuple[str, ...]
) -> Effect | None:
    """What an install in the image of a static program is for: data that the static base has, or
    programs that the app would have to start. Libraries it does not load.

    In an image of `compilers` it is for the build, unless the app starts it.
    """
    install = installed_by(command)
    if install is None or draft.stage not in draft.subject.chain:
        return None
    asked = [name for name in install.names if name not in _OF_BASE]
    if not asked:
        return Effect("drops", reason="the base has certificates and time zones")
    started = started_by(draft.subject)
    named = ", ".join(asked)
    if started is not None and not started & set(asked):
        if image_version(draft.subject.root, compilers) is not None:
            return Effect("tool")
        reason = f"the program is static and its sources start none of {named}"
        return Effect("drops", reason=reason)
    reason = f"the app may start {named}, and a static base has no such program: leave it out, or "
    reason += "choose a base that has it"
    draft.hand(_ids.TOOLS, command.line, command.raw, reason)
    return Effect("stays", reason=reason)
