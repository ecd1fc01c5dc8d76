"""RUN in the builder: packages, caches and the language's first lines in their places."""

from __future__ import annotations

import re

from ironhull.dockerfiles import Instruction
from ironhull.hardening import _ids
from ironhull.hardening._draft import Draft
from ironhull.hardening._env import is_secret
from ironhull.hardening._packages import (
    Install,
    installed_by,
    needed_when_running,
    renamed,
    translated,
)
from ironhull.hardening._row import Effect
from ironhull.hardening._steps import GONE, Step, Unit, render, step_of
from ironhull.hardening._tracing import image_version
from ironhull.values import replace

__all__ = ["SURVIVING", "analysed", "run_lines", "secret_arguments"]

SURVIVING = frozenset({"installs", "tool", "keeps", "system", "writes", "modes"})
"""Kinds of commands for whose sake a RUN stays in the builder."""

_TRACE = "it leaves nothing that the image which ships has a use for"
_GONE = {
    "owns": "files belong to root, who alone may change them, but for what the app writes",
    "folders": "WORKDIR and COPY make folders; those that the app writes come from the builder",
    "modes": "COPY sets the permissions, or the file is not needed any more",
    "cleans": "the builder does not ship: its clean-up saves nothing",
}
"""Why commands that go are not needed, by kind."""

_UNASKED = frozenset(
    {"curl", "git", "wget", "make", "gcc", "g++", "unzip", "patch", "autoconf", "automake", "file"}
)
"""Programs of the image that official images stand on, by the names of their packages."""

_INTERPRETER = re.compile(r"python3(\.\d+)?(-(pip|venv|minimal|full|distutils))?|python-is-python3")

_COMPILERS = frozenset({"gcc", "g++", "build-essential", "clang", "gfortran", "cargo", "rustc"})
_NO_CACHE = {"/root/.cache/pip": "PIP_NO_CACHE_DIR", "/root/.cache/uv": "UV_NO_CACHE"}


def analysed(instruction: Instruction, draft: Draft) -> Step:
    """A RUN taken apart, its installed packages in the words of the builder's Debian."""
    draft.at = instruction
    step = step_of(instruction, draft)
    units = []
    for unit in step.units:
        found = unit
        for number, command in enumerate(unit.commands):
            install = installed_by(command)
            if install is not None and unit.effects[number].kind == "system":
                found = _installed(found, number, install, draft)
            elif command.program == "apk" and unit.effects[number].kind in ("system", "cleans"):
                found = _with(found, number, Effect("drops", reason="the builder is Debian"))
        units.append(found)
    if _idle(units):
        reason = "nothing is left to install"
        units = [_with(u, 0, Effect("drops", reason=reason)) if _refreshes(u) else u for u in units]
    return replace(step, units=tuple(units))


def _refreshes(unit: Unit) -> bool:
    return unit.kind == "system" and "update" in unit.commands[0].arguments


def _idle(units: list[Unit]) -> bool:
    """Whether all that a step installed is dropped, so that it needs no list of packages."""
    installs = [u for u in units if any(installed_by(c) is not None for c in u.commands)]
    return bool(installs) and all(unit.kind == "drops" for unit in installs)


def _with(unit: Unit, number: int, effect: Effect) -> Unit:
    effects = (*unit.effects[:number], effect, *unit.effects[number + 1 :])
    text = ""
    for command, said in zip(unit.commands, effects, strict=True):
        joint = f" {command.connector} " if text else ""
        text += joint + (said.text or command.raw.strip())
    return Unit(unit.commands, effects, text)


def _installed(unit: Unit, number: int, install: Install, draft: Draft) -> Unit:
    command = unit.commands[number]
    line = command.line
    if install.manager == "rpm" or not draft.debian:
        reason = (
            "these are packages of another distribution than the base's: find their names there"
        )
        draft.hand(_ids.TOOLS, line, command.raw, reason)
        draft.notes["stays"] = "packages of another distribution"
        return unit
    raw = unit.effects[number].text or command.raw
    names, text = _names(install, raw, draft, line)
    text = text or unit.effects[number].text
    programs = draft.language.programs(draft.subject)
    for name in names:
        if needed_when_running(name, programs) and name not in draft.packages:
            draft.packages.append(name)
        if name.endswith("-dev") or name in _COMPILERS or name.startswith("lib"):
            draft.closure = True
    added = tuple(n for n in draft.language.system(names, draft) if n not in names)
    if added:
        before = text or command.raw.strip()
        packages, joint, after = before.partition(" && rm ")
        text = f"{packages} {' '.join(added)}{joint}{after}"
        reason = (
            "the image before had the headers of its own Python; the base has them as a package"
        )
        draft.change(_ids.BASE, line, command.raw, text, reason)
    if not names and not added:
        return _with(unit, number, Effect("drops", reason="the base has all of it"))
    return _with(unit, number, Effect("system", text=text))


def _has(name: str, draft: Draft) -> bool:
    """Whether a package is the interpreter that the base brings in its own version."""
    return draft.language.name == "python" and bool(_INTERPRETER.fullmatch(name))


def _names(install: Install, raw: str, draft: Draft, line: int) -> tuple[tuple[str, ...], str]:
    """Names for the builder's Debian, and the command rewritten ("": as it is)."""
    if install.manager == "apk":
        found = []
        for name in install.names:
            said = translated(name)
            if said is None:
                reason = "no Debian package is known for this one of Alpine: find its name"
                draft.hand(_ids.TOOLS, line, name, reason)
                draft.notes["stays"] = "an Alpine package without a known Debian name"
            elif said:
                found.append(said)
        names = tuple(dict.fromkeys(found))
        listed = " ".join(names)
        text = f"apt-get update && apt-get install -y --no-install-recommends {listed}"
        text += " && rm -rf /var/lib/apt/lists/*"
        if names:
            reason = (
                "the base is Debian (glibc, so that wheels fit): the same packages by its names"
            )
            draft.change(_ids.BASE, line, raw, text, reason)
        return names, text
    text = raw.strip()
    found = []
    for name, written in zip(install.names, install.written, strict=True):
        said = "" if _has(name, draft) else renamed(name)
        found += [said] if said else []
        wanted = said if said != name or "=" in written else written
        if wanted != written:
            text = re.sub(rf"(?<=\s){re.escape(written)}(?=\s|$)", wanted, text)
            reason = "a version of the archive before; the base's Debian has its own"
            reason = reason if wanted else "the base has it"
            draft.change(_ids.BASE, line, written, wanted, reason)
    return tuple(found), text if text != raw.strip() else ""


def run_lines(step: Step, draft: Draft, whole: bool) -> list[str]:
    """`_lines`, with secrets that the step reads mounted for it alone."""
    return [_with_secrets(line, draft, step.instruction) for line in _lines(step, draft, whole)]


def secret_arguments(draft: Draft) -> tuple[str, ...]:
    """ARGs of the present stage and of those below it that hold secrets."""
    stages = draft.subject.scope.lineage(draft.stage)
    pairs = [pair for stage in stages for arg in stage.all("ARG") for pair in arg.pairs]
    return tuple(dict.fromkeys(name for name, value in pairs if is_secret(name, value)))


def _with_secrets(line: str, draft: Draft, instruction: Instruction) -> str:
    names = [n for n in secret_arguments(draft) if re.search(rf"\$\{{?{re.escape(n)}\b", line)]
    found = re.match(r"RUN((?:\s+--\S+)*)[\s\\]+", line)
    if not names or not found or instruction.heredocs or instruction.exec_form:
        return line
    mounts = "".join(f" --mount=type=secret,id={name}" for name in names)
    said = "".join(f'export {name}="$(cat /run/secrets/{name})" && \\\n    ' for name in names)
    after = f"RUN{found[1]}{mounts} \\\n    {said}{line[found.end() :]}"
    for name in names:
        reason = "a build argument stays in the history of the image; a secret is mounted for this "
        reason += f"step alone: docker build --secret id={name},env={name}"
        draft.change(_ids.SECRET, instruction.start, f"ARG {name}", after.split("\n", 1)[0], reason)
    return after


def _lines(step: Step, draft: Draft, whole: bool) -> list[str]:
    """The RUN as the builder has it, with the language's first lines before the first install.

    `whole` keeps every command that the builder can run: for stages whose results others take.
    """
    units = [unit for unit in step.units if unit.kind not in GONE] if step.flat else [*step.units]
    needed = (whole and bool(units)) or any(unit.kind in SURVIVING for unit in units)
    _say(step, units if needed else [], draft)
    if not needed:
        return []
    index = draft.stage.index
    first = next((n for n, u in enumerate(units) if u.kind == "installs"), None)
    lineage = {str(s.index) for s in draft.subject.scope.lineage(draft.stage)}
    own = draft.notes.get("venv in") in lineage  # a virtual environment that the input makes
    before = _before(units, lineage, draft)
    if first is None or index in draft.begun or own:
        return [*before, render(step, units, _flags(step, units, draft))]
    draft.begun.add(index)
    begin = list(draft.language.begin(draft))
    if not step.flat or not any(u.kind in SURVIVING for u in units[:first]):
        return [*before, *begin, render(step, units, _flags(step, units, draft))]
    tools, rest = units[:first], units[first:]
    return [
        *before,
        render(step, tools, _flags(step, tools, draft)),
        *begin,
        render(step, rest, _flags(step, rest, draft)),
    ]


def _before(units: list[Unit], lineage: set[str], draft: Draft) -> list[str]:
    """Instructions that commands need before their RUN, once in a chain of stages."""
    wanted = dict.fromkeys(e.before for unit in units for e in unit.effects if e.before)
    found = [line for line in wanted if draft.notes.get(line) not in lineage]
    draft.notes.update(dict.fromkeys(found, str(draft.stage.index)))
    return [*_unasked(units, lineage, draft), *found]


def _unasked(units: list[Unit], lineage: set[str], draft: Draft) -> list[str]:
    """Programs that images without "slim" in their tag bring, and the base does not."""
    root = draft.subject.scope.image(draft.subject.scope.root(draft.stage))
    if not draft.pair.build or not draft.debian or re.search(r"slim|alpine|distroless", root):
        return []
    if image_version(root, ("python", "node", "golang", "rust", "buildpack-deps")) is None:
        return []
    if not _UNASKED & {command.program for unit in units for command in unit.commands}:
        return []
    found = [command for run in draft.stage.all("RUN") for command in draft.commands(run)]
    asked = {n for c in found if (install := installed_by(c)) for n in install.names}
    used = sorted(_UNASKED & {command.program for command in found} - asked)
    fresh = [name for name in used if draft.notes.get(f"has {name}") not in lineage]
    if not fresh:
        return []
    draft.notes.update({f"has {name}": str(draft.stage.index) for name in fresh})
    line = "RUN apt-get update && apt-get install -y --no-install-recommends "
    line += f"{' '.join(fresh)} && \\\n    rm -rf /var/lib/apt/lists/*"
    reason = f"the image before had {', '.join(fresh)} unasked; the base has not"
    draft.change(_ids.BASE, draft.stage.start, "", line, reason)
    return [line]


def _say(step: Step, units: list[Unit], draft: Draft) -> None:
    """Note what was dropped or rewritten, and why."""
    line = step.instruction.start
    for unit in step.units:
        for command, effect in zip(unit.commands, unit.effects, strict=True):
            if unit not in units:
                rule = _ids.USER if effect.kind in ("owns", "drops") else _ids.TOOLS
                reason = effect.reason if effect.kind == "drops" else _GONE.get(effect.kind, _TRACE)
                draft.change(rule, line, command.raw, "", reason or _TRACE)
            elif effect.text and effect.reason:
                draft.change(_ids.CACHE, line, command.raw, effect.text, effect.reason)


def _flags(step: Step, units: list[Unit], draft: Draft) -> list[str]:
    """Cache mounts for what caches, where the input has none and does not forbid it."""
    known = draft.subject.scope.variables(step.instruction)
    mounts = step.instruction.flagged("mount")
    if any("type=cache" in mount for mount in mounts):
        return []
    caches = dict.fromkeys(e.cache for u in units for e in u.effects if e.cache)
    flags = []
    for cache in caches:
        if known.get(_NO_CACHE.get(cache, ""), "") not in ("", "0", "off", "false"):
            continue
        flags.append(f"--mount=type=cache,target={cache}")
    if flags:
        reason = "a cache mount: the next build downloads nothing twice, and no layer holds it"
        draft.change(_ids.CACHE, step.instruction.start, "", " ".join(flags), reason)
    return flags
