"""An entrypoint script line by line: conditions and waiting loops, as people write them."""

from __future__ import annotations

import re
from collections.abc import Callable

from ironhull.dockerfiles import ShellCommand, script_commands

__all__ = ["Line", "condition", "translated"]

Line = Callable[[ShellCommand, bool], "list[str] | None"]
"""A simple command, and whether it is the script's last: its Python lines, None if unknown."""

Word = Callable[[str], "str | None"]

_TEST = re.compile(r"(!\s*)?(?:\[\[?|test)\s+(.*?)\s*(?:\]\]?)?")
_COMPARED = re.compile(r"(\S+|\"[^\"]*\")\s+(==?|!=)\s+(\S+|\"[^\"]*\")")
_ASKED = re.compile(r"(!\s*)?-([nzfdexs])\s+(\S+|\"[^\"]*\")")
_WAIT = re.compile(r"nc\s+(?:-\w+\s+)*(\S+)\s+(\S+?)(?:\s*(?:>|2>|&>).*)?")
_FILES = {"f": "isfile", "d": "isdir", "e": "exists"}
_PROBE = (
    "def reachable(host, port):",
    "    try:",
    "        socket.create_connection((host, int(port)), 3).close()",
    "    except OSError:",
    "        return False",
    "    return True",
    "",
)


def translated(script: str, line: Line, word: Word) -> list[str] | None:
    """The lines of a Python program; None where anything is beyond the few forms known here."""
    making = _Making(line, word)
    text = re.sub(r"\\\n\s*", " ", script)
    rows = [row for raw in text.splitlines() if (row := _bare(raw))]
    for number, row in enumerate(rows):
        if not making.row(row, number == len(rows) - 1):
            return None
    return making.finished()


def _bare(raw: str) -> str:
    row = raw.strip()
    return "" if row.startswith("#") else re.sub(r"\s+#\s.*$", "", row)


class _Making:
    def __init__(self, line: Line, word: Word) -> None:
        self.line = line
        self.word = word
        self.lines: list[str] = []
        self.open: list[str] = []
        self.probes = False

    def finished(self) -> list[str] | None:
        """All lines, where every construct is closed."""
        if self.open:
            return None
        return [*(_PROBE if self.probes else ()), *self.lines]

    def row(self, row: str, last: bool) -> bool:
        """One line of the script; whether it was understood."""
        for pattern, made in _FORMS:
            if found := re.fullmatch(pattern, row):
                return made(self, found)
        return self._simple(row, last)

    def _simple(self, row: str, last: bool) -> bool:
        if found := re.fullmatch(r"if (.*?);\s*then (.*?);?\s*fi", row):
            return self._if(found) and self._simple(found[2], False) and self._end("if")
        for command in script_commands(row):
            if command.within or command.unclear or command.connector not in ("", ";", "&&"):
                return False
            said = self.line(command, last and not self.open)
            if said is None:
                return False
            self._add(*said)
        return True

    def _add(self, *lines: str) -> None:
        self.lines += ["    " * len(self.open) + line for line in lines]

    def _if(self, found: re.Match[str]) -> bool:
        said = self._condition(found[1])
        if said is None:
            return False
        self._add(f"if {said}:")
        self.open.append("if")
        return True

    def _elif(self, found: re.Match[str]) -> bool:
        said = self._condition(found[1])
        if said is None or not self.open:
            return False
        self.open.pop()
        self._add(f"elif {said}:")
        self.open.append("if")
        return True

    def _else(self, _: re.Match[str]) -> bool:
        if not self.open or self.open.pop() != "if":
            return False
        self._add("else:")
        self.open.append("if")
        return True

    def _loop(self, found: re.Match[str]) -> bool:
        until = found[1] == "until"
        said = self._condition(found[2])
        if said is None:
            return False
        negated = (
            f"not {said}" if " " not in said or said.startswith("reachable") else f"not ({said})"
        )
        self._add(f"while {negated if until else said}:")
        self.open.append("while")
        return True

    def _end(self, kind: str) -> bool:
        if not self.open or self.open.pop() != kind:
            return False
        if self.lines[-1].endswith(":"):
            self.lines.append("    " * (len(self.open) + 1) + "pass")
        return True

    def _condition(self, text: str) -> str | None:
        negated = text.startswith("!")
        if found := _WAIT.fullmatch(text.lstrip("! ")):
            host, port = self.word(found[1].strip('"')), self.word(found[2].strip('"'))
            if host is None or port is None:
                return None
            self.probes = True
            return f"{'not ' if negated else ''}reachable({host}, {port})"
        return condition(text, self.word)


def condition(text: str, word: Word) -> str | None:
    """`[ … ]` in Python's words."""
    found = _TEST.fullmatch(text.strip())
    if not found:
        return None
    negation, inside = "not " if found[1] else "", found[2]
    if asked := _ASKED.fullmatch(inside):
        value = word(asked[3].strip('"'))
        if value is None or asked[2] in "xs":
            return None
        if asked[1]:
            negation = "" if negation else "not "
        if asked[2] in _FILES:
            return f"{negation}os.path.{_FILES[asked[2]]}({value})"
        plain = (asked[2] == "n") == (negation == "")
        return value if plain else f"not {value}"
    if compared := _COMPARED.fullmatch(inside):
        left, right = word(compared[1].strip("\"'")), word(compared[3].strip("\"'"))
        if left is None or right is None:
            return None
        same = (compared[2] != "!=") == (negation == "")
        return f"{left} {'==' if same else '!='} {right}"
    return None


def _done(making: _Making, _: re.Match[str]) -> bool:
    return making._end("while")


def _fi(making: _Making, _: re.Match[str]) -> bool:
    return making._end("if")


def _sleep(making: _Making, found: re.Match[str]) -> bool:
    making._add(f"time.sleep({found[1]})")
    return True


def _then(making: _Making, _: re.Match[str]) -> bool:
    return bool(making.open)


_FORMS: tuple[tuple[str, Callable[[_Making, re.Match[str]], bool]], ...] = (
    (r"if (.*?)(?:\s*;\s*then)?(?<!fi)", _Making._if),
    (r"elif (.*?)(?:\s*;\s*then)?", _Making._elif),
    (r"else", _Making._else),
    (r"(while|until) (.*?)(?:\s*;\s*do)?", _Making._loop),
    (r"then|do", _then),
    (r"fi", _fi),
    (r"done", _done),
    (r"sleep ([0-9.]+)s?", _sleep),
)
