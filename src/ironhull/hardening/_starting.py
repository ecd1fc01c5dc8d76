"""ENTRYPOINT and CMD without a shell: words stay words, the rest becomes a small program."""

from __future__ import annotations

import json
import posixpath
import re

from ironhull.dockerfiles import Instruction, ShellCommand, Stage, script_commands
from ironhull.hardening import _ids
from ironhull.hardening._copies import context_path
from ironhull.hardening._draft import Draft
from ironhull.values import dataclass

__all__ = ["Start", "start_of"]

_SHELLS = ("sh", "bash", "dash", "ash")
_INITS = ("tini", "dumb-init", "tini-static")
_LONGEST = 150  # characters of a program that still fits on the line of ENTRYPOINT


@dataclass(frozen=True, slots=True)
class Start:
    """How the hardened image starts: lines of it, `files` (path, content) that they need.

    `words` are all that is run, as far as they are plain. `scripts` are absolute paths of the
    scripts that nobody needs any more. None of it where `understood` is false.
    """

    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    files: tuple[tuple[str, str], ...] = ()
    scripts: tuple[str, ...] = ()
    understood: bool = True


def _exec(name: str, words: tuple[str, ...]) -> str:
    return f"{name} {json.dumps(list(words), ensure_ascii=False)}"


def start_of(draft: Draft) -> Start:
    """How to start without a shell; what cannot be understood is noted by hand."""
    entrypoint, command = _last(draft, "ENTRYPOINT"), _last(draft, "CMD")
    if entrypoint is not None and not entrypoint.exec_form:
        command = None
    first = _one(entrypoint, draft, "entrypoint") if entrypoint else Start()
    if not first.understood:
        return first
    second = _one(command, draft, "start") if command else Start()
    if not second.understood:
        return second
    return Start(
        first.entrypoint,
        second.entrypoint,
        first.files + second.files,
        first.scripts + second.scripts,
    )


def _last(draft: Draft, name: str) -> Instruction | None:
    for stage in reversed(draft.subject.chain):
        if found := stage.last(name):
            return found
    return None


def _one(instruction: Instruction, draft: Draft, name: str) -> Start:
    """ENTRYPOINT or CMD alone; its words come back as `entrypoint`."""
    words = instruction.words
    if not words:
        return Start(())
    if instruction.exec_form:
        prefix, rest = _past_init(words)
        if rest and posixpath.basename(rest[0]) in _SHELLS:
            return _shell(instruction, prefix, rest, draft, name)
        return _named(instruction, prefix, rest, draft)
    commands = draft.commands(instruction)
    return _commanded(instruction, commands, (), draft, name)


def _named(
    instruction: Instruction, prefix: tuple[str, ...], words: tuple[str, ...], draft: Draft
) -> Start:
    """A program by its words: one of the image, or a file of the context by its first line."""
    if words:
        script = _script(words[0], draft)
        if script is not None:
            return _scripted(instruction, prefix, words, script, draft)
        if re.search(r"\.(ba)?sh$", words[0]):
            return _by_hand(instruction, draft, f"nothing of the context is {words[0]}")
        if interpreter := _interpreter(words[0], draft):
            words = (interpreter, *words)
    return _worded(instruction, (*prefix, *words), draft)


def _interpreter(word: str, draft: Draft) -> str:
    """The language that the first line of a file of the context asks `env` for."""
    found = _file(word, draft) if "/" in word else None
    asked = re.match(
        r"#!\s*\S*?(?:/env\s+(?:-S\s+)?|/)(python3?|node|ruby|perl)", found[1] if found else ""
    )
    return asked[1] if asked else ""


def _past_init(words: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if posixpath.basename(words[0]) not in _INITS:
        return (), words
    at = 1
    while at < len(words) and words[at].startswith("-"):
        at += 1
    return (posixpath.basename(words[0]), *words[1:at]), words[at:]


def _worded(instruction: Instruction, words: tuple[str, ...], draft: Draft) -> Start:
    prefix, rest = _past_init(words)
    if not rest:
        if prefix != words:
            _note(instruction, prefix, draft, "the program lies elsewhere; PATH finds it")
        return Start(prefix)
    started = draft.language.start(rest, draft)
    if started is None:
        return Start(understood=False)
    after = (*prefix, *started)
    if after != words:
        reason = "the build tool is not in the runtime image; it would start the same program"
        if rest[1:] == started[1:]:
            reason = "the program lies elsewhere; PATH finds it"
        _note(instruction, after, draft, reason)
    return Start(after)


def _note(instruction: Instruction, after: tuple[str, ...], draft: Draft, reason: str) -> None:
    said = _exec(instruction.name, after) if after else ""
    draft.change(_ids.SHELL_FORM, instruction.start, instruction.text, said, reason)


def _shell(
    instruction: Instruction,
    prefix: tuple[str, ...],
    words: tuple[str, ...],
    draft: Draft,
    name: str,
) -> Start:
    """`sh -c SCRIPT`, or `bash script.sh arguments`."""
    if len(words) == 3 and re.fullmatch(r"-\w*c", words[1]):
        return _commanded(instruction, script_commands(words[2]), prefix, draft, name)
    at = 1
    while at < len(words) and words[at].startswith("-"):
        at += 1
    script = _script(words[at], draft, any_text=True) if at < len(words) else None
    if script is None:
        return _by_hand(instruction, draft, "nothing of the context tells what the shell runs")
    return _scripted(instruction, prefix, words[at:], script, draft)


def _commanded(
    instruction: Instruction,
    commands: tuple[ShellCommand, ...],
    prefix: tuple[str, ...],
    draft: Draft,
    name: str,
) -> Start:
    commands = tuple(c for c in commands if not _wraps(c, commands))
    if len(commands) == 1 and _is_plain(commands[0]):
        words = commands[0].words[1:] if commands[0].words[0] == "exec" else commands[0].words
        if _script(words[0], draft) or _interpreter(words[0], draft) or words[0].endswith(".sh"):
            return _named(instruction, prefix, words, draft)
        started = draft.language.start(words, draft)
        if started is None:
            return Start(understood=False)
        reason = "there is no shell; the program is process 1 and gets the signals itself"
        _note(instruction, (*prefix, *started), draft, reason)
        return Start((*prefix, *started))
    said = draft.language.reworded(commands, draft)
    if said is not None:
        _note(instruction, (*prefix, *said), draft, "there is no shell; this is the same without")
        return Start((*prefix, *said))
    program = draft.language.program(commands, draft)
    if program is None:
        return _by_hand(instruction, draft, "only a shell can work out this command line")
    runner = draft.language.runner
    return _programmed(instruction, prefix, program, draft, (name, runner, ()))


def _wraps(command: ShellCommand, commands: tuple[ShellCommand, ...]) -> bool:
    """Whether a command is the `sh -c` around the others."""
    shell = command.program in _SHELLS and "-c" in command.words
    return shell and any("sh -c" in other.within for other in commands)


def _is_plain(command: ShellCommand) -> bool:
    return (
        bool(command.words)
        and all(command.plain)
        and not command.assignments
        and not command.redirections
        and not set(command.within) - {"sh -c"}
        and not command.unclear
    )


def _programmed(
    instruction: Instruction,
    prefix: tuple[str, ...],
    program: str,
    draft: Draft,
    how: tuple[str, tuple[str, ...], tuple[str, ...]],
) -> Start:
    """Run `program`: on the line itself where it is short, from a file where it is not."""
    name, runner, rest = how
    lines = [line for line in program.splitlines() if line]
    reason = "there is no shell; the language of the app does the same"
    if len(lines) == 2 and not rest and _fits(lines):
        option = "-c" if runner == ("python3",) else "-e"
        words = (*prefix, *runner, option, "; ".join(lines).replace('"', "'"))
        _note(instruction, words, draft, reason)
        return Start(words)
    path = f"/opt/{name}.py" if runner == ("python3",) else f"/opt/{name}.js"
    words = (*prefix, *runner, path, *rest)
    _note(instruction, words, draft, f"{reason}, in {path}")
    return Start(words, files=((path, program),))


def _fits(lines: list[str]) -> bool:
    """Whether a program may stand on the line itself: short, and readable in JSON's quotes."""
    return sum(map(len, lines)) <= _LONGEST and not any(c in line for line in lines for c in "'\\")


def _script(word: str, draft: Draft, any_text: bool = False) -> tuple[str, str] | None:
    """(absolute path, text) of a script of the context that a shell would run."""
    found = _file(word, draft)
    shell = r"#!\s*\S*(/env\s+|/)(-\S+\s+)?(ba|da|a|k|z)?sh\b"
    return found if found and (any_text or re.match(shell, found[1])) else None


def _file(word: str, draft: Draft) -> tuple[str, str] | None:
    """(absolute path, text) of a file that a COPY brings, found as the engine would."""
    folders = [""] if "/" in word else ["", "/usr/local/bin", "/usr/bin", "/bin"]
    for folder in folders:
        path = posixpath.normpath(posixpath.join(draft.final_workdir, folder, word))
        for stage in reversed(draft.subject.chain):
            where = context_path(path, draft.subject, stage, None)
            body = draft.subject.context.read(where) if where else None
            if body is not None:
                return path, body.decode("utf-8", "replace").replace("\r\n", "\n")
            for copy in stage.all("COPY", "ADD"):
                if copy.heredocs and _target(copy, stage, draft) == path:
                    return path, copy.heredocs[0].body
    return None


def _target(copy: Instruction, stage: Stage, draft: Draft) -> str:
    """Where a COPY of a here-document puts it."""
    place = posixpath.join("/", draft.subject.scope.workdir(stage, copy), copy.words[-1])
    return posixpath.normpath(place)


def _scripted(
    instruction: Instruction,
    prefix: tuple[str, ...],
    words: tuple[str, ...],
    script: tuple[str, str],
    draft: Draft,
) -> Start:
    path, text = script
    commands = script_commands(text)
    if _passes_on(commands):
        reason = "the script only starts its arguments, which the engine does itself"
        after = (*prefix, *words[1:])
        _note(instruction, after, draft, reason)
        return Start(after, scripts=(path,))
    program = draft.language.program(commands, draft)
    program = program or draft.language.script(text, draft)
    if program is None:
        return _by_hand(instruction, draft, f"{posixpath.basename(path)} needs a shell")
    name = posixpath.basename(path).removesuffix(".sh").removesuffix(".bash")
    how = (name, draft.language.runner, words[1:])
    made = _programmed(instruction, prefix, program, draft, how)
    return Start(made.entrypoint, files=made.files, scripts=(path,))


def _passes_on(commands: tuple[ShellCommand, ...]) -> bool:
    """Whether a script is no more than `set -e` and `exec "$@"`."""
    lasting = [c for c in commands if c.program != "set" and c.words]
    return len(lasting) == 1 and lasting[0].words == ("exec", "$@") and not lasting[0].within


def _by_hand(instruction: Instruction, draft: Draft, why: str) -> Start:
    what = f'{why}: start the program by words ({instruction.name} ["…"]), or rewrite it in the '
    what += "app's own language"
    draft.hand(_ids.SHELL_FORM, instruction.start, instruction.text, what)
    return Start(understood=False)
