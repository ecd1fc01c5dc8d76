"""A shell line or entrypoint script in Python's words, for images without a shell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ironhull.dockerfiles import ShellCommand
from ironhull.hardening._draft import Draft

__all__ = ["argument", "program"]

_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::?-([^{}]*))?\})")
_QUIET = ("set", ":", "true", "cd", "umask", "trap")


def program(commands: Sequence[ShellCommand], draft: Draft) -> str | None:
    """The source of a program that does what the commands do; None where that is not certain.

    Understood: a plain sequence of commands (line ends, `;`, `&&`), `set -e`, `export`, `echo`,
    variables with defaults, `exec` of a command or of the arguments ("$@") at the end.
    """
    lines: list[str] = []
    last = [c for c in commands if c.words or c.assignments]
    for number, command in enumerate(last):
        if command.unclear or command.redirections or set(command.within) - {"sh -c"}:
            return None
        if command.connector not in ("", "&&", ";", "\n"):
            return None
        written = _line(command, draft, number == len(last) - 1)
        if written is None:
            return None
        lines += written
    modules = [m for m in ("os", "subprocess", "sys") if any(f"{m}." in line for line in lines)]
    imports = [f"import {module}" for module in modules]
    return "\n".join([*imports, "", *lines, ""]) if modules else None


def _line(command: ShellCommand, draft: Draft, final: bool) -> list[str] | None:
    lines = []
    if not command.words:
        for name, value in command.assignments:
            if (said := argument(value)) is None:
                return None
            lines.append(f'os.environ["{name}"] = {said}')
        return lines
    if command.words[0] == "export":
        return _export(command)
    if command.words[0] in _QUIET:
        return (
            None
            if command.words[0] == "cd" and not command.plain[1:2] == (True,)
            else _quiet(command)
        )
    if command.words[0] in ("echo", "printf"):
        return _echo(command)
    for name, value in command.assignments:
        if (said := argument(value)) is None:
            return None
        lines.append(f'os.environ["{name}"] = {said}')
    words = command.words[1:] if command.words[0] == "exec" else command.words
    if not words or any(prefix in command.prefixes for prefix in ("gosu", "su-exec", "sudo")):
        return None
    if words == ("$@",):
        return [*lines, "os.execvp(sys.argv[1], sys.argv[1:])"] if final else None
    started = draft.language.start(tuple(words), draft)
    if started is None:
        return None
    words = started
    said_words = [argument(word) for word in words]
    if any(word is None for word in said_words):
        return None
    listed = ", ".join(str(word) for word in said_words)
    if final:
        return [*lines, f"os.execvp({said_words[0]}, [{listed}])"]
    return [*lines, f"subprocess.run([{listed}], check=True)"]


def _quiet(command: ShellCommand) -> list[str]:
    return [f"os.chdir({argument(command.words[1])})"] if command.words[0] == "cd" else []


def _export(command: ShellCommand) -> list[str] | None:
    lines = []
    for word in command.words[1:]:
        name, equals, value = word.partition("=")
        if equals:
            if (said := argument(value)) is None:
                return None
            lines.append(f'os.environ["{name}"] = {said}')
    return lines


def _echo(command: ShellCommand) -> list[str] | None:
    if command.words[0] == "printf" or command.words[1:2] == ("-e",):
        return []
    said = argument(" ".join(w for w in command.words[1:] if w != "-n"))
    return None if said is None else [f"print({said}, flush=True)"]


def argument(word: str) -> str | None:
    """A word as a Python expression; None for what only a shell can work out."""
    if "$" not in word and "`" not in word:
        return _quoted(word)
    if "$(" in word or "`" in word:
        return None
    rest = _VARIABLE.sub("", word)
    if "$" in rest:
        return None
    found = list(_VARIABLE.finditer(word))
    if len(found) == 1 and found[0][0] == word:
        return _value(found[0])
    parts = []
    at = 0
    for match in found:
        if match.start() > at:
            parts.append(_quoted(word[at : match.start()]))
        parts.append(_value(match))
        at = match.end()
    if at < len(word):
        parts.append(_quoted(word[at:]))
    return " + ".join(parts)


def _value(match: re.Match[str]) -> str:
    name = match[1] or match[2]
    default = match[3]
    if default is None:
        default = ""
    if "$" in default:
        return f"os.environ.get({_quoted(name)}) or {argument(default)}"
    if ":-" in match[0]:
        return (
            f"(os.environ.get({_quoted(name)}) or {_quoted(default)})"
            if default
            else (f"os.environ.get({_quoted(name)}, {_quoted('')})")
        )
    return f"os.environ.get({_quoted(name)}, {_quoted(default)})"


def _quoted(text: str) -> str:
    body = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{body}"'
