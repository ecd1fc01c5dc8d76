"""Any other app: its base stays, what is safe on every base is done, the rest is said by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from ironhull.dockerfiles import Instruction, Stage, commands_of
from ironhull.hardening import _ids
from ironhull.hardening._draft import Draft
from ironhull.hardening._env import is_secret
from ironhull.hardening._packages import installed_by
from ironhull.hardening._row import Language, Subject
from ironhull.hardening._stages import pinned
from ironhull.hardening._tracing import image_version

__all__ = ["OTHER", "kept_text"]

_NO_ENTRYPOINT = (
    *("debian", "ubuntu", "alpine", "busybox", "fedora", "rockylinux", "almalinux", "archlinux"),
    *("ruby", "perl", "elixir", "erlang", "gcc", "golang", "rust", "python", "buildpack-deps"),
)
"""Official images without an ENTRYPOINT: there, CMD alone is what is run."""

_BUILTIN = {
    *("cd", "exec", "source", ".", ":", "eval", "export", "set", "umask", "ulimit", "wait"),
    *("trap", "read", "exit", "return", "alias", "type", "command", "fg", "bg", "jobs"),
}
_COMPILERS = {"gcc", "g++", "make", "build-essential", "build-base", "clang"}
_INTERPRETERS = ("sh", "bash", "ash", "dash", "python3", "python", "perl", "node", "ruby")
_ARCHIVE = re.compile(r"\.(?:tar|tgz|tbz2?|txz|tzst|gz|bz2|xz|zst)$|[*?\[]")
_LISTS = " && rm -rf /var/lib/apt/lists/*"
_UID = re.compile(r"(?:-u|--uid)[= ](\d+)")

Rewrite = Callable[[Instruction, Stage, Draft], "tuple[str, str, str] | None"]
"""(rule, new text, reason) for an instruction; None: it stays."""


def kept_text(draft: Draft) -> str:
    """The Dockerfile on its own bases, with what is safe on any; by hand what is left."""
    dockerfile = draft.subject.dockerfile
    lines = dockerfile.text.split("\n")
    changed: list[tuple[Instruction, str]] = []
    for stage in dockerfile.stages:
        if after := _pinned_head(stage, draft):
            changed.append((stage.head, after))
        for instruction in stage.instructions:
            rewrite = _REWRITES.get(instruction.name)
            said = rewrite(instruction, stage, draft) if rewrite else None
            if said is not None:
                rule, text, reason = said
                draft.change(rule, instruction.start, instruction.text, text, reason)
                changed.append((instruction, text))
    for instruction, text in reversed(changed):
        lines[instruction.start - 1 : instruction.end] = text.split("\n")
    for left in list(_left(draft)):
        draft.hand(*left)
    return "\n".join(lines)


def _pinned_head(stage: Stage, draft: Draft) -> str:
    image = draft.subject.scope.image(stage)
    if draft.subject.scope.parent(stage) is not None or stage.image != image:
        return ""
    after = pinned(image, draft)
    if after == image:
        return ""
    text = re.sub(rf"(?<=\s){re.escape(image)}(?=\s|$)", after, stage.head.text, count=1)
    reason = "a tag moves; the digest is the image that was looked at"
    draft.change(_ids.PIN, stage.start, stage.head.text, text, reason)
    return text


# ── what is safe ─────────────────────────────────────────────────────────────────────────────────


def _start(instruction: Instruction, stage: Stage, draft: Draft) -> tuple[str, str, str] | None:
    """The shell form of one plain command as words: the same program, as process 1."""
    if instruction.exec_form or draft.subject.scope.shell(stage) != ("/bin/sh", "-c"):
        return None
    if not _alone(instruction, stage, draft):
        return None
    commands = commands_of(instruction)
    if len(commands) != 1:
        return None
    only = commands[0]
    words = only.words[1:] if only.words[:1] == ("exec",) else only.words
    if only.unclear or only.redirections or only.assignments or only.within or not words:
        return None
    if not all(only.plain) or words[0] in _BUILTIN or instruction.argument.rstrip().endswith("&"):
        return None
    text = f"{instruction.name} {json.dumps(list(words), ensure_ascii=False)}"
    return _ids.SHELL_FORM, text, "the program is process 1 itself and gets the signals"


def _alone(instruction: Instruction, stage: Stage, draft: Draft) -> bool:
    """Whether CMD or ENTRYPOINT is all that is run, in either form."""
    lineage = draft.subject.scope.lineage(stage)
    other = "CMD" if instruction.name == "ENTRYPOINT" else "ENTRYPOINT"
    if any(part.last(other) for part in lineage):
        return False
    if instruction.name == "ENTRYPOINT":
        return True
    root = draft.subject.scope.image(lineage[0])
    return image_version(root, _NO_ENTRYPOINT) is not None


def _add(instruction: Instruction, _: Stage, draft: Draft) -> tuple[str, str, str] | None:
    """ADD of files that are neither archives nor addresses."""
    sources = draft.subject.scope.words(instruction)[:-1]
    if instruction.heredocs or not sources:
        return None
    if any("://" in s or _ARCHIVE.search(s) or s.startswith("git@") for s in sources):
        return None
    files = draft.subject.context.files()
    inside = [f for s in sources for f in files if f == s.removeprefix("./") or _below(f, s)]
    if any(_ARCHIVE.search(path) for path in inside if path in sources) or not inside:
        return None
    if instruction.flag("checksum") is not None or instruction.flag("keep-git-dir") is not None:
        return None
    text = re.sub(r"^\s*ADD\b", "COPY", instruction.text, flags=re.IGNORECASE)
    return _ids.ADD_LOCAL, text, "COPY only copies; ADD also unpacks and downloads"


def _below(path: str, source: str) -> bool:
    folder = source.removeprefix("./").strip("/")
    return folder in ("", ".") or path.startswith(f"{folder}/")


def _run(instruction: Instruction, stage: Stage, draft: Draft) -> tuple[str, str, str] | None:
    """Package lists go with the step that fetched them, where no later step needs them."""
    if instruction.exec_form or instruction.heredocs or instruction.flag("mount") is not None:
        return None
    if instruction.text.rstrip().endswith(draft.subject.dockerfile.escape):
        return None
    commands = commands_of(instruction)
    if any(c.unclear or c.within or c.connector not in ("", "&&") for c in commands):
        return None
    if not any(_is_install(c.program, c.arguments) for c in commands):
        return None
    if not any(c.program in ("apt-get", "apt") and "update" in c.arguments for c in commands):
        return None
    if "/var/lib/apt/lists" in instruction.text or _needed_later(instruction, draft):
        return None
    if draft.subject.scope.shell(stage, instruction) != ("/bin/sh", "-c"):
        return None
    text = f"{instruction.text.rstrip()}{_LISTS}"
    return _ids.APT_LISTS, text, "the lists of the archive are of no use in the image"


def _is_install(program: str, arguments: tuple[str, ...]) -> bool:
    return program in ("apt-get", "apt") and "install" in arguments


def _needed_later(instruction: Instruction, draft: Draft) -> bool:
    """Whether a later RUN of any stage installs without an update of its own before."""
    for stage in draft.subject.dockerfile.stages:
        for run in stage.all("RUN"):
            if run.start <= instruction.start:
                continue
            for command in commands_of(run):
                if command.unclear and "apt" in command.raw:
                    return True
                if command.program in ("apt-get", "apt", "aptitude"):
                    if "update" in command.arguments:
                        break
                    return True
    return False


def _user(instruction: Instruction, stage: Stage, draft: Draft) -> tuple[str, str, str] | None:
    """A user by the number that a step of the file gives it."""
    name = draft.subject.scope.expand(instruction, instruction.argument)
    if not re.fullmatch(r"[a-z_][\w-]*", name) or name == "root":
        return None
    for part in draft.subject.scope.lineage(stage):
        for run in part.all("RUN"):
            for command in commands_of(run):
                made = command.program in ("useradd", "adduser") and name in command.arguments
                found = _UID.search(" ".join(command.arguments)) if made else None
                if found:
                    reason = "a number can be checked before the container starts (runAsNonRoot)"
                    return _ids.USER, f"USER {found[1]}", reason
    return None


_REWRITES: dict[str, Rewrite] = {
    "CMD": _start,
    "ENTRYPOINT": _start,
    "ADD": _add,
    "RUN": _run,
    "USER": _user,
}

# ── what is left ─────────────────────────────────────────────────────────────────────────────────


def _left(draft: Draft) -> Iterator[tuple[str, int, str, str]]:
    """(rule, line, text, reason) of what only a person can decide."""
    subject = draft.subject
    stage = subject.stage
    if not draft.by_hand:
        reason = f"{draft.options.family} has no base for {subject.root}, or what runs here needs "
        reason += "a shell: choose a minimal image that has the same program, build in a stage of "
        reason += "its own and copy the result"
        yield _ids.BASE, stage.start, stage.head.text, reason
    user = subject.scope.user(stage)
    if user in ("", "root", "0", "0:0", "root:root") and not subject.root.endswith("nonroot"):
        reason = "nothing says that it does not run as root: make a user with a number of its own, "
        reason += "give it what the app writes, and say USER with the number"
        yield _ids.USER, stage.start, f"USER {user or '(not set)'}", reason
    for part in subject.chain:
        for instruction in part.instructions:
            yield from _of_instruction(instruction, draft)


Found = Iterator[tuple[str, int, str, str]]


def _of_instruction(instruction: Instruction, draft: Draft) -> Found:
    look = _LOOKS.get(instruction.name)
    if look is not None:
        yield from look(instruction, draft)


def _secrets(instruction: Instruction, draft: Draft) -> Found:
    for name, value in draft.subject.scope.pairs(instruction):
        if is_secret(name, value):
            reason = f"who can pull the image can read {name}: give it when the container starts, "
            reason += "or to a step by RUN --mount=type=secret"
            yield _ids.SECRET, instruction.start, f"{instruction.name} {name}", reason


def _address(instruction: Instruction, _: Draft) -> Found:
    named = any("://" in word for word in instruction.words[:-1])
    if named and instruction.flag("checksum") is None:
        reason = "whatever the address serves is built in: add --checksum=sha256:… of the file"
        yield _ids.ADD_URL, instruction.start, instruction.text, reason


def _port(instruction: Instruction, draft: Draft) -> Found:
    for port in draft.subject.scope.words(instruction):
        number = port.partition("/")[0]
        if number.isdecimal() and 0 < int(number) < 1024:
            reason = f"not every engine lets an unprivileged user bind port {number}: listen on a "
            reason += "port above 1023"
            yield _ids.PORT, instruction.start, instruction.text, reason


def _step(instruction: Instruction, _: Draft) -> Found:
    line, text = instruction.start, instruction.text.split("\n")[0]
    commands = commands_of(instruction)
    if any(c.connector == "|" and c.program in _INTERPRETERS for c in commands):
        reason = "what is downloaded is run unseen: download a file, check its digest, run it"
        yield _ids.PIPED, line, text, reason
    if any("sudo" in (c.program, *c.prefixes) for c in commands):
        yield _ids.SUDO, line, text, "steps run as root already: leave sudo out"
    installs = [found for c in commands if (found := installed_by(c))]
    if _COMPILERS & {name for found in installs for name in found.names}:
        reason = "compilers are in the image that runs: build in a stage of its own"
        yield _ids.TOOLS, line, text, reason


_LOOKS: dict[str, Callable[[Instruction, Draft], Found]] = {
    "ENV": _secrets,
    "ARG": _secrets,
    "ADD": _address,
    "EXPOSE": _port,
    "RUN": _step,
}


def _recognise(_: Subject) -> str | None:
    return ""


OTHER = Language(
    name="",
    images=(),
    recognise=_recognise,
    effect=lambda *_: None,
    begin=lambda _: (),
    carry=lambda _: (),
    build_env=lambda _: False,
    start=lambda words, _: words,
)
"""What no other row recognises."""
