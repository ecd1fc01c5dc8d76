"""The words of a POSIX shell (IEEE 1003.1, Shell Command Language, 2.2 Quoting, 2.3 Token
Recognition, 2.6 Word Expansions), with bash's `$'…'`, `<(…)` and `<<<`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence

from ironhull.errors import Error
from ironhull.limits import LIMITS

__all__ = ["Cursor", "Unclear", "Word", "read_process", "read_word"]

_PLAIN = re.compile(r"[^\s;&|<>()\\'\"$`*?\[{~#]+")
_QUOTED = re.compile(r'[^"\\$`]+')
_BRACED = re.compile(r"[^}\\'\"$`]+")
_NAME = re.compile(r"[A-Za-z_]\w*|[0-9@*#?$!-]")
_ENDS = " \t\n\r;&|<>()"
_ARITHMETIC = 4_096  # characters of one $((…))
_ANSI = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "e": "\x1b", "a": "\a"}


class Unclear(Error):  # noqa: N818  # never seen outside: it ends up in ShellCommand.unclear
    """Why a script cannot be split further."""


Word = tuple[str, bool]
"""Its text without quotes, and whether that is what it says."""


class Cursor:
    """A place in a script. `inner` reads the commands of `$(…)` up to its parenthesis."""

    def __init__(
        self,
        text: str,
        places: Sequence[tuple[int, int]],
        inner: Callable[[Cursor], None],
        depth: int = 0,
    ) -> None:
        self.text = text
        self.at = 0
        self.depth = depth
        self.inner = inner
        self._offsets = [offset for offset, _ in places]
        self._lines = [line for _, line in places]

    @property
    def char(self) -> str:
        """The next character, "" at the end."""
        return self.text[self.at : self.at + 1]

    def line(self, at: int) -> int:
        """The line of the file that `at` is on."""
        return self._lines[max(bisect_right(self._offsets, at) - 1, 0)]

    def starts(self, text: str) -> bool:
        """Whether `text` comes next."""
        return self.text.startswith(text, self.at)

    def deeper(self) -> None:
        """Count one more construct around what follows."""
        self.depth += 1
        if self.depth > LIMITS.shell_depth:
            raise Unclear(f"nested more than {LIMITS.shell_depth} deep")


def read_word(cursor: Cursor) -> Word:
    """The word that begins here; the cursor is behind it."""
    parts: list[str] = []
    plain = True
    while (char := cursor.char) and char not in _ENDS:
        if found := _PLAIN.match(cursor.text, cursor.at):
            parts.append(found[0])
            cursor.at = found.end()
        else:
            text, literal = _special(cursor, char)
            parts.append(text)
            plain = plain and literal
    return "".join(parts), plain


def _special(cursor: Cursor, char: str) -> Word:
    if char == "\\":
        return _escaped(cursor), True
    if char == "'":
        return _single(cursor), True
    if char == '"':
        return _double(cursor)
    if char in "$`":
        return _dollar(cursor) if char == "$" else _backticks(cursor)
    cursor.at += 1
    return char, char == "#" or (char == "{" and cursor.char in ("}", ""))


def _escaped(cursor: Cursor) -> str:
    cursor.at += 2
    char = cursor.text[cursor.at - 1 : cursor.at]
    return "" if char == "\n" else char


def _single(cursor: Cursor) -> str:
    end = cursor.text.find("'", cursor.at + 1)
    if end < 0:
        raise Unclear("a single quote is not closed")
    text = cursor.text[cursor.at + 1 : end]
    cursor.at = end + 1
    return text


def _double(cursor: Cursor) -> Word:
    cursor.at += 1
    parts: list[str] = []
    plain = True
    while (char := cursor.char) != '"':
        if not char:
            raise Unclear("a double quote is not closed")
        if found := _QUOTED.match(cursor.text, cursor.at):
            parts.append(found[0])
            cursor.at = found.end()
        elif char == "\\":
            after = cursor.text[cursor.at + 1 : cursor.at + 2]
            parts.append({"\n": ""}.get(after, after if after in '$`"\\' else char + after))
            cursor.at += 2
        else:
            text, literal = _dollar(cursor) if char == "$" else _backticks(cursor)
            parts.append(text)
            plain = plain and literal
    cursor.at += 1
    return "".join(parts), plain


def _dollar(cursor: Cursor) -> Word:
    start = cursor.at
    cursor.at += 1
    if cursor.starts("(("):
        if _arithmetic(cursor):
            return cursor.text[start : cursor.at], False
        cursor.at += 1
        _substitution(cursor)
    elif cursor.starts("("):
        cursor.at += 1
        _substitution(cursor)
    elif cursor.starts("{"):
        cursor.at += 1
        _braces(cursor)
    elif cursor.starts("'"):
        return _ansi(cursor), True
    elif found := _NAME.match(cursor.text, cursor.at):
        cursor.at = found.end()
    else:
        return "$", True
    return cursor.text[start : cursor.at], False


def _substitution(cursor: Cursor) -> None:
    """What stands in `$(…)` or `<(…)`, its opening parenthesis already behind."""
    cursor.deeper()
    cursor.inner(cursor)
    if cursor.char != ")":
        raise Unclear("a command substitution is not closed")
    cursor.at += 1
    cursor.depth -= 1


def _arithmetic(cursor: Cursor) -> bool:
    """Step over `((…))` if it is one."""
    depth = 0
    for at in range(cursor.at, min(cursor.at + _ARITHMETIC, len(cursor.text))):
        char = cursor.text[at]
        depth += (char == "(") - (char == ")")
        if depth == 1 and char == ")":
            if cursor.text[at + 1 : at + 2] != ")":
                return False
            cursor.at = at + 2
            return True
    return False


def _braces(cursor: Cursor) -> None:
    """Step over the rest of `${…}`."""
    cursor.deeper()
    while (char := cursor.char) != "}":
        if not char:
            raise Unclear("a ${ is not closed")
        if found := _BRACED.match(cursor.text, cursor.at):
            cursor.at = found.end()
        elif char == "'" and cursor.text.find("'", cursor.at + 1) < 0:
            cursor.at += 1
        else:
            _special(cursor, char)
    cursor.at += 1
    cursor.depth -= 1


def _backticks(cursor: Cursor) -> Word:
    """A substitution in backquotes; what is in it is read as a script of its own."""
    start = cursor.at
    inner: list[str] = []
    cursor.at += 1
    while (char := cursor.char) != "`":
        if not char:
            raise Unclear("a backquote is not closed")
        if char == "\\" and cursor.text[cursor.at + 1 : cursor.at + 2] in ("`", "\\", "$"):
            cursor.at += 1
            char = cursor.char
        inner.append(char)
        cursor.at += 1
    cursor.at += 1
    within = Cursor("".join(inner), ((0, cursor.line(start)),), cursor.inner, cursor.depth)
    within.deeper()
    cursor.inner(within)
    if within.char:
        raise Unclear("what is in backquotes is not a script")
    return cursor.text[start : cursor.at], False


def _ansi(cursor: Cursor) -> str:
    """`$'…'` of bash; numbers are kept as they are written."""
    cursor.at += 1
    parts: list[str] = []
    while (char := cursor.char) != "'":
        if not char:
            raise Unclear("a $' is not closed")
        if char == "\\":
            cursor.at += 1
            char = _ANSI.get(cursor.char, "\\" + cursor.char)
        parts.append(char)
        cursor.at += 1
    cursor.at += 1
    return "".join(parts)


def read_process(cursor: Cursor) -> Word:
    """`<(…)` or `>(…)` of bash, as a word."""
    start = cursor.at
    cursor.at += 2
    _substitution(cursor)
    return cursor.text[start : cursor.at], False
