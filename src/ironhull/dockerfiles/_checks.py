"""What BuildKit refuses after parsing, with line, column and what was expected."""

from __future__ import annotations

import re

from ironhull.dockerfiles._nouns import Instruction
from ironhull.errors import DockerfileError

__all__ = ["before_from", "check", "no_stage", "syntax"]

NAMES = (
    *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK"),
    *("LABEL", "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME"),
    "WORKDIR",
)
"""Every instruction there is."""

_STAGE = re.compile(r"[a-z][a-z0-9\-_.]*")
_UNKNOWN = re.compile(r"unknown instruction: (.*)", re.DOTALL)

_ONE = {
    "WORKDIR": "a directory",
    "USER": "a user",
    "STOPSIGNAL": "a signal",
    "MAINTAINER": "a name",
}
_SOME = {
    "ENV": "NAME=value",
    "LABEL": "name=value",
    "ARG": "NAME or NAME=default",
    "EXPOSE": "a port",
    "VOLUME": "a directory",
}


def syntax(message: str, lines: list[str], line: int, name: str) -> DockerfileError:
    """What the grammar refuses on `line`."""
    found = _UNKNOWN.match(message)
    if not found:
        hint = "see the Dockerfile reference: docs.docker.com/reference/dockerfile"
        if "heredoc" in message:
            hint = "end the here-document with its word alone on a line"
        return _error(name, lines, line, "", message, hint)
    word = found[1]
    hint = f"expected one of {', '.join(NAMES)}"
    if near := _near(word):
        hint = f"expected an instruction; did you mean {near}?"
    return _error(name, lines, line, word, f"unknown instruction {word[:80]!r}", hint)


def no_stage(read: list[Instruction], lines: list[str], name: str) -> DockerfileError:
    """There is no FROM at all."""
    if read and read[0].name != "ARG":
        return before_from(read[0], lines, name)
    line = read[-1].end if read else 1
    what = "no FROM" if read else "the file has no instructions"
    return _error(name, lines, line, "", what, "expected FROM IMAGE")


def before_from(instruction: Instruction, lines: list[str], name: str) -> DockerfileError:
    """An instruction that stands before the first FROM."""
    message = f"{instruction.name} before the first FROM"
    return _error(
        name, lines, instruction.start, instruction.name, message, "expected FROM IMAGE or ARG"
    )


def check(instruction: Instruction, lines: list[str], name: str) -> None:
    """Refuse arguments of an instruction as BuildKit does (its instructions/parse.go)."""
    wrong = _wrong(instruction)
    if wrong:
        word, message, hint = wrong
        raise _error(name, lines, instruction.start, word, message, hint)


def _wrong(instruction: Instruction) -> tuple[str, str, str] | None:
    """(the word it is about, message, what was expected)."""
    kind, words = instruction.name, instruction.words
    if kind in _ONE and len(words) != 1:
        return kind, f"{kind} without an argument", f"expected {kind} and {_ONE[kind]}"
    if kind in _SOME:
        return _some(instruction)
    if kind in _OTHERS:
        return _OTHERS[kind](instruction)
    return None


def _some(instruction: Instruction) -> tuple[str, str, str] | None:
    kind = instruction.name
    if not instruction.words:
        return kind, f"{kind} without an argument", f"expected {kind} {_SOME[kind]}"
    if any(not key for key, _ in instruction.pairs):
        return "=", f"{kind}: a name is empty", f"expected {kind} {_SOME[kind]}"
    return None


def _from(instruction: Instruction) -> tuple[str, str, str] | None:
    words = instruction.words
    usage = "expected FROM [--platform=PLATFORM] IMAGE [AS NAME]"
    if len(words) not in (1, 3):
        return (
            words[-1] if words else "FROM",
            f"FROM takes one or three arguments, not {len(words)}",
            usage,
        )
    if len(words) == 3 and words[1].upper() != "AS":
        return words[1], f"FROM: {words[1]!r} where AS belongs", usage
    if len(words) == 3 and not _STAGE.fullmatch(words[2].lower()):
        hint = "expected a letter, then letters, digits and -_."
        return words[2], f"FROM: {words[2]!r} cannot name a stage", hint
    return None


def _copy(instruction: Instruction) -> tuple[str, str, str] | None:
    kind, words = instruction.name, instruction.words
    if len(words) < 2:
        said = "no target" if words else "no arguments"
        return (words[0] if words else kind), f"{kind}: {said}", f"expected {kind} SOURCE… TARGET"
    return None


def _healthcheck(instruction: Instruction) -> tuple[str, str, str] | None:
    words = instruction.words
    usage = "expected HEALTHCHECK [OPTIONS] CMD COMMAND, or HEALTHCHECK NONE"
    if not words:
        return "HEALTHCHECK", "HEALTHCHECK without an argument", usage
    kind = words[0].upper()
    if kind not in ("CMD", "NONE"):
        return words[0], f"HEALTHCHECK: {words[0]!r} where CMD or NONE belongs", usage
    if kind == "CMD" and (len(words) < 2 or not words[1].strip()):
        return words[0], "HEALTHCHECK CMD without a command", usage
    return None


def _shell(instruction: Instruction) -> tuple[str, str, str] | None:
    if instruction.exec_form and instruction.words:
        return None
    usage = 'expected SHELL ["/bin/sh", "-c"] or the like'
    return "SHELL", "SHELL takes its arguments in JSON form", usage


def _onbuild(instruction: Instruction) -> tuple[str, str, str] | None:
    usage = "expected ONBUILD and any instruction but FROM, MAINTAINER and ONBUILD"
    if instruction.inner is None:
        return "ONBUILD", "ONBUILD: nothing it may trigger", usage
    if instruction.inner.name in ("FROM", "MAINTAINER"):
        return instruction.inner.name, f"ONBUILD cannot trigger {instruction.inner.name}", usage
    return _wrong(instruction.inner)


_OTHERS = {
    "FROM": _from,
    "COPY": _copy,
    "ADD": _copy,
    "HEALTHCHECK": _healthcheck,
    "SHELL": _shell,
    "ONBUILD": _onbuild,
}


def _near(word: str) -> str:
    import difflib

    found = difflib.get_close_matches(word.upper()[:40], NAMES, 1, 0.6)
    return found[0] if found else ""


def _error(
    name: str, lines: list[str], line: int, word: str, message: str, hint: str
) -> DockerfileError:
    """Found from `line` on: the first place of `word` in the lines of its instruction."""
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    column = len(text) - len(text.lstrip()) + 1
    if word:
        for number in range(line, min(line + 200, len(lines) + 1)):
            at = lines[number - 1].upper().find(word.upper())
            if at >= 0:
                line, column = number, at + 1
                break
    return DockerfileError(f"{name}:{line}:{column}: {message}", hint, line, column)
