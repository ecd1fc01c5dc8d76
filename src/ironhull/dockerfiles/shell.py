"""The simple commands of the scripts in a Dockerfile, flattened, in the order they are written.

The grammar is that of IEEE 1003.1, Shell Command Language, 2.9 and 2.10, with what bash adds to
it and Dockerfiles use. What cannot be split is one command with a reason in `unclear`: never lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ironhull.dockerfiles._nouns import Instruction
from ironhull.dockerfiles._shell_grammar import Script
from ironhull.dockerfiles._shell_nouns import SHELLS, Redirection, ShellCommand

__all__ = ["Redirection", "ShellCommand", "commands_of", "script_commands"]

_SHEBANG = re.compile(r"#!\s*(\S+)[ \t]*([^\n]*)")


def commands_of(
    instruction: Instruction, shell: Sequence[str] = ("/bin/sh", "-c")
) -> tuple[ShellCommand, ...]:
    """The commands of RUN, CMD, ENTRYPOINT, HEALTHCHECK CMD or of one of these after ONBUILD.

    `shell` is the SHELL in force (Scope.shell). Other instructions have none.
    """
    if instruction.name == "ONBUILD" and instruction.inner is not None:
        return commands_of(instruction.inner, shell)
    words = instruction.words
    if instruction.name == "HEALTHCHECK":
        words = words[1:]
    elif instruction.name not in ("RUN", "CMD", "ENTRYPOINT"):
        return ()
    if not words:
        return ()
    if instruction.exec_form:
        return _executed(words, instruction.line, instruction.start)
    return _by_shell(instruction, words[0], shell)


def script_commands(script: str, line: int = 1) -> tuple[ShellCommand, ...]:
    """The commands of the text of a script that begins on `line`."""
    return Script(script, _lines(script, line), ()).commands()


def _by_shell(
    instruction: Instruction, script: str, shell: Sequence[str]
) -> tuple[ShellCommand, ...]:
    name = shell[0].replace("\\", "/").rpartition("/")[2].removesuffix(".exe") if shell else ""
    if name not in SHELLS:
        return (_unclear(script, instruction.start, f"the shell is {name or 'empty'}"),)
    if instruction.heredocs and _is_heredoc(script):
        return _from_heredoc(instruction)
    offset = max(len(instruction.line.rstrip()) - len(script), 0)
    places = [(max(at - offset, 0), line) for at, line in instruction.places]
    return Script(script, places or [(0, instruction.start)], instruction.heredocs).commands()


def _is_heredoc(script: str) -> bool:
    """Whether the whole script is one here-document, whose body is the script then (BuildKit)."""
    from e2b_dockerfile_utils import parse_heredoc

    try:
        return parse_heredoc(script) is not None
    except ValueError:
        return False


def _from_heredoc(instruction: Instruction) -> tuple[ShellCommand, ...]:
    heredoc = instruction.heredocs[0]
    line = (instruction.places[-1][1] if instruction.places else instruction.start) + 1
    found = _SHEBANG.match(heredoc.body)
    if not found:
        return script_commands(heredoc.body, line)
    words = (found[1], *found[2].split())
    body = Redirection(0, "<<", heredoc.name, heredoc.body)
    command = ShellCommand(words, (True,) * len(words), found[0], line, redirections=(body,))
    if command.program in SHELLS:
        return script_commands(heredoc.body, line)
    return (command,)


def _executed(words: tuple[str, ...], raw: str, line: int) -> tuple[ShellCommand, ...]:
    """The exec form; the script of `sh -c` in it is read as well."""
    command = ShellCommand(words, (True,) * len(words), raw, line)
    return (command, *Script("", [(0, line)], ()).nested(command))


def _lines(script: str, line: int) -> list[tuple[int, int]]:
    return [(0, line), *_after_newlines(script, line)]


def _after_newlines(script: str, line: int) -> Iterator[tuple[int, int]]:
    for number, found in enumerate(re.finditer("\n", script), line + 1):
        yield found.end(), number


def _unclear(script: str, line: int, why: str) -> ShellCommand:
    return ShellCommand((), (), script, line, unclear=why)
