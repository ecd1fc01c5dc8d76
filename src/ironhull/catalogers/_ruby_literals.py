"""String literals in Ruby code, as gem specifications are written: "…", '…', %q<…>, %w[…].

Source: docs.ruby-lang.org, "Literals" (doc/syntax/literals.rdoc). Only what a specification holds:
strings with interpolation are computed and count as unknown.
"""

from __future__ import annotations

import re

from ironhull.lazy import regex

__all__ = ["after", "attributes", "strings"]

_ATTRIBUTE = regex(r"^[ \t]*\w+\.(\w+)[ \t]*=[ \t]*(?![=~>])", re.MULTILINE)
_STRING = regex(
    r'"((?:[^"\\]|\\.)*)"'
    r"|'((?:[^'\\]|\\.)*)'"
    r"|%[qQ]?(?:<([^>]*)>|\(([^)]*)\)|\[([^\]]*)\]|\{([^}]*)\})"
    r"|%w(?:<([^>]*)>|\(([^)]*)\)|\[([^\]]*)\]|\{([^}]*)\})",
    re.DOTALL,
)
_ESCAPE = regex(r"\\(u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{1,2}|.)", re.DOTALL)
_COMPUTED = regex(r"(?<!\\)(?:\\\\)*#\{")
_CONTROLS = {"n": "\n", "t": "\t", "s": " ", "r": "", "e": "", "0": "", "\n": ""}
_LITERAL = regex(
    r"(?:\[\s*|Gem::Version\.(?:new|create)\s*\(?\s*|Gem::Platform\.new\s*\(?\s*)?"
    r"(?=[\"'%])"
)
_WHOLE_LENGTH = 20_000  # of one value; longer ones hold lists of files
_NAME_LENGTH = 500
_LAST_GROUP = 6  # groups behind it are lists of words


def attributes(text: str) -> dict[str, str]:
    """The source of each `spec.NAME = literal`, first come first kept; computed values left out."""
    found: dict[str, str] = {}
    starts = list(_ATTRIBUTE.finditer(text))
    for number, match in enumerate(starts):
        end = starts[number + 1].start() if number + 1 < len(starts) else len(text)
        end = min(end, match.end() + _WHOLE_LENGTH)
        if match[1] not in found and _LITERAL.match(text, match.end(), end):
            found[match[1]] = text[match.end() : end]
    return found


def strings(source: str) -> tuple[str, ...]:
    """The strings of the literal that `source` begins with: one, or those of an array."""
    start = _LITERAL.match(source)
    if start is None:
        return ()
    if "[" not in start[0]:
        return _values(_STRING.match(source, start.end()))
    found: list[str] = []
    position = start.end()
    while (match := _STRING.match(source, position)) is not None:
        found += _values(match)
        position = match.end()
        while source[position : position + 1] in (",", " ", "\n", "\t", "\r") or source.startswith(
            ".freeze", position
        ):
            position += 7 if source[position] == "." else 1
    return tuple(found)


def after(text: str, position: int) -> str:
    """The string literal at `position`, behind spaces and an opening bracket; "" without one."""
    while text[position : position + 1] in ("(", " ", "\t"):
        position += 1
    return next(iter(_values(_STRING.match(text, position, position + _NAME_LENGTH))), "")


def _values(match: re.Match[str] | None) -> tuple[str, ...]:
    if match is None or match.lastindex is None:
        return ()
    value = match[match.lastindex]
    if match.lastindex > _LAST_GROUP:
        return tuple(value.split())
    if match.lastindex == 1:
        return () if _COMPUTED.search(value) else (_ESCAPE.sub(_unescaped, value),)
    return (value.replace("\\'", "'").replace("\\\\", "\\") if match.lastindex == 2 else value,)


def _unescaped(match: re.Match[str]) -> str:
    escape = match[1]
    if len(escape) == 1:
        return _CONTROLS.get(escape, escape)
    number = int(escape.strip("ux{}"), 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
