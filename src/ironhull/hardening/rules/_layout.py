"""Rules about the context, the order of steps and what cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from ironhull.dockerfiles import Instruction, ShellCommand
from ironhull.hardening.rules._row import Case, Rule, Said

__all__ = ["LAYOUT_RULES"]

_WHOLE = (".", "./", "*", "./*", "/")
_INSTALLERS: dict[str, tuple[str, ...]] = {
    "pip": ("install",),
    "pip3": ("install",),
    "uv": ("sync", "pip"),
    "poetry": ("install",),
    "pdm": ("install", "sync"),
    "pipenv": ("install", "sync"),
    "npm": ("ci", "install", "i"),
    "yarn": ("install", ""),
    "pnpm": ("install", "i"),
    "bundle": ("install",),
    "composer": ("install",),
    "go": ("mod",),
    "cargo": ("fetch",),
}


def _whole(case: Case, instruction: Instruction) -> bool:
    if instruction.flag("from"):
        return False
    return any(source in _WHOLE for source in case.scope.words(instruction)[:-1])


def _no_ignore(case: Case) -> Iterator[Said]:
    if case.context is None or case.context.ignored:
        return
    for instruction in case.steps("COPY", "ADD"):
        if _whole(case, instruction):
            yield None, f"line {instruction.start} copies everything, and there is no .dockerignore"
            return


def _copied_first(case: Case) -> Iterator[Said]:
    for stage in case.stages:
        copied: Instruction | None = None
        for instruction in stage.instructions:
            if instruction.name in ("COPY", "ADD") and _whole(case, instruction):
                copied = copied or instruction
            elif instruction.name == "RUN":
                tool = next((_installs(c) for c in case.commands(instruction) if _installs(c)), "")
                if tool and copied is not None:
                    yield (
                        copied,
                        f"any change of any file repeats {tool} on line {instruction.start}",
                    )
                if tool:
                    break  # what is installed first has the cache that matters


def _installs(command: ShellCommand) -> str:
    """How a command that installs an app's dependencies is called, "" of others."""
    words = command.arguments
    program = command.program
    if program.startswith("python") and words[:2] == ("-m", "pip"):
        program, words = "pip", words[2:]
    verb = words[0] if words else ""
    return f"{program} {verb}".strip() if verb in _INSTALLERS.get(program, ("-",)) else ""


def _unclear(case: Case) -> Iterator[Said]:
    for instruction in case.steps("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"):
        for command in case.split(instruction):
            if command.unclear:
                yield instruction, f"this cannot be checked: {command.unclear}"
                break


def _folders(case: Case) -> Iterator[Said]:
    for stage in case.stages:
        known = case.scope.parent(stage) is not None
        for instruction in stage.all("WORKDIR", "RUN"):
            if instruction.name == "WORKDIR":
                path = case.scope.expand(instruction, instruction.argument)
                if not path.startswith(("/", "$")) and not known and path[1:2] != ":":
                    yield instruction, f"{path} is relative to a folder that only the base knows"
                known = True
                continue
            commands = case.commands(instruction)
            if len(commands) == 1 and commands[0].program == "cd":
                yield instruction, "cd lasts to the end of its RUN: this one does nothing"


def _maintainer(case: Case) -> Iterator[Said]:
    for instruction in case.steps("MAINTAINER"):
        yield instruction, "MAINTAINER is deprecated"


def _triggers(case: Case) -> Iterator[Said]:
    for instruction in case.steps("ONBUILD"):
        what = instruction.inner.name if instruction.inner else "something"
        yield instruction, f"who builds on this image runs {what} without seeing it"


LAYOUT_RULES = (
    Rule(
        "IH-D010",
        "warning",
        "No .dockerignore",
        "`COPY .` then takes the history of Git, local settings, keys and caches into the image.",
        "Write one that leaves out everything but what the app needs; `ironhull harden` makes a "
        "first one.",
        _no_ignore,
        "FROM debian:13\nCOPY . /app\n",
        "FROM debian:13\nCOPY app.py /app/\n",
    ),
    Rule(
        "IH-D011",
        "note",
        "The whole context is copied before dependencies are installed",
        "The cache of the build is of no use: each change of the app installs everything again.",
        "Copy the files that name the dependencies, install them, then copy the rest.",
        _copied_first,
        "FROM debian:13\nCOPY . .\nRUN pip install --no-cache-dir -r requirements.txt\n",
        "FROM debian:13\nCOPY requirements.txt .\n"
        "RUN pip install --no-cache-dir -r requirements.txt\nCOPY . .\n",
    ),
    Rule(
        "IH-D020",
        "note",
        "A step that cannot be read",
        "No rule knows what it does.",
        "Close its quotes and brackets; steps for other shells than sh and bash are not read.",
        _unclear,
        'FROM debian:13\nRUN echo "a\n',
        'FROM debian:13\nRUN echo "a"\n',
    ),
    Rule(
        "IH-D025",
        "warning",
        "A folder that is not where it seems",
        "What follows lands, or runs, somewhere else.",
        "WORKDIR with an absolute path instead of `RUN cd`.",
        _folders,
        "FROM debian:13\nRUN cd /app\n",
        "FROM debian:13\nWORKDIR /app\n",
    ),
    Rule(
        "IH-D028",
        "note",
        "MAINTAINER",
        "It is deprecated, and no tool reads it.",
        "LABEL org.opencontainers.image.authors=…",
        _maintainer,
        "FROM debian:13\nMAINTAINER somebody\n",
        "FROM debian:13\nLABEL org.opencontainers.image.authors=somebody\n",
    ),
    Rule(
        "IH-D029",
        "note",
        "ONBUILD",
        "It runs in the builds of others, who do not see it in their Dockerfile.",
        "Write the step where it happens.",
        _triggers,
        "FROM debian:13\nONBUILD COPY . /app\n",
        "FROM debian:13\nCOPY app.py /app/\n",
    ),
)
