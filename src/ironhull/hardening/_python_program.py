"""A shell line or entrypoint script in Python's words, for images without a shell."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ironhull.dockerfiles import ShellCommand
from ironhull.hardening._draft import Draft
from ironhull.hardening._python_script import translated

__all__ = ["argument", "program", "script"]

_VARIABLE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{(\w+)(?::?-([^{}]*))?\})")
_MODULES = ("os", "socket", "subprocess", "sys", "time")


def program(commands: Sequence[ShellCommand], draft: Draft) -> str | None:
    """The source of a program that does what the commands do; None where that is not certain.

    Understood: a plain sequence of commands (line ends, `;`, `&&`), `set -e`, `export`, `echo`,
    variables with defaults, `exec` of a command or of the arguments ("$@") at the end.
    """
    lines: list[str] = []
    last = [c for c in commands if c.words or c.assignments]
    for number, command in enumerate(last):
        if set(command.within) - {"sh -c"} or command.connector not in ("", "&&", ";", "\n"):
            return None
        written = _line(command, draft, number == len(last) - 1)
        if written is None:
            return None
        lines += written
    return _whole(lines)


def script(text: str, draft: Draft) -> str | None:
    """As `program` for the text of a script, with conditions and loops that wait for a port."""

    def line(command: ShellCommand, last: bool) -> list[str] | None:
        return _line(command, draft, last)

    lines = translated(text, line, argument)
    return None if lines is None else _whole(lines)


def _whole(lines: list[str]) -> str | None:
    modules = [m for m in _MODULES if any(f"{m}." in line for line in lines)]
    imports = [f"import {module}" for module in modules]
    return "\n".join([*imports, "", *lines, ""]) if modules else None


def _line(command: ShellCommand, draft: Draft, final: bool) -> list[str] | None:
    """One command; `final` where nothing comes after it, so that it takes the process over."""
    redirected = [r for r in command.redirections if r.target not in ("/dev/null", "1", "2")]
    if command.unclear or redirected:
        return None
    first = command.words[0] if command.words else ""
    if first in _ROWS:
        return _ROWS[first](command)
    lines = []
    for name, value in command.assignments:
        if (said := argument(value)) is None:
            return None
        lines.append(f'os.environ["{name}"] = {said}')
    if not first:
        return lines
    words = command.words[1:] if first == "exec" else command.words
    final = final or first == "exec"
    if not words or set(command.prefixes) & {"gosu", "su-exec", "sudo"}:
        return None
    run = _run(words, draft, final)
    return None if run is None else [*lines, run]


def _run(words: tuple[str, ...], draft: Draft, final: bool) -> str | None:
    if words in (("$@",), ("$*",)):
        called = "os.execvp(sys.argv[1], sys.argv[1:])"
        return called if final else "subprocess.run(sys.argv[1:], check=True)"
    started = draft.language.start(words, draft)
    said = [argument(word) for word in started or ()]
    if not said or any(word is None for word in said) or "$@" in words:
        return None
    listed = ", ".join(str(word) for word in said)
    return (
        f"os.execvp({said[0]}, [{listed}])" if final else f"subprocess.run([{listed}], check=True)"
    )


def _cd(command: ShellCommand) -> list[str] | None:
    if len(command.words) != 2 or (said := argument(command.words[1])) is None:
        return None
    return [f"os.chdir({said})"]


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


_ROWS: dict[str, Callable[[ShellCommand], list[str] | None]] = {
    **dict.fromkeys(("set", ":", "true"), lambda _: []),
    **dict.fromkeys(("echo", "printf"), _echo),
    "export": _export,
    "cd": _cd,
}


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
