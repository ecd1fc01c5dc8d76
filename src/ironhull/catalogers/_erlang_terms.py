"""Erlang terms as files hold them (`file:consult/1`): application files, Hex metadata.

Source: erlang.org, "Erlang Reference Manual", Data Types. Read: atoms, strings, binaries, numbers,
lists, tuples, maps (as lists of pairs); comments are skipped. Atoms and strings become `str`,
numbers stay text, tuples and lists become tuples and lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ironhull.lazy import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["consult", "pairs"]

_TOKEN = regex(
    r"\s+|%[^\n]*"
    r'|(?P<string>"(?:[^"\\]|\\.)*")'
    r"|(?P<quoted>'(?:[^'\\]|\\.)*')"
    r"|(?P<word>[A-Za-z_][\w@]*)"
    r"|(?P<number>[+-]?\d[\w.#]*\w|[+-]?\d)"
    r"|(?P<mark><<|>>|#\{|=>|/[a-z0-9]+|[\[\]{}(),.|:$])",
    re.DOTALL,
)
_ESCAPE = regex(r"\\(x\{[0-9a-fA-F]{1,6}\}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_CONTROLS = {"n": "\n", "t": "\t", "s": " ", "r": "\r"}
_CLOSERS = {"[": "]", "{": "}", "#{": "}", "<<": ">>"}
_DEPTH = 60


def consult(text: str) -> list[Any]:
    """The terms of a file, each ended by a dot. Raises ValueError where it cannot be read."""
    found: list[Any] = []
    stack: list[tuple[str, list[Any]]] = [("", found)]
    for kind, token in _tokens(text):
        if kind != "mark":
            stack[-1][1].append(_value(kind, token))
        elif token in _CLOSERS:
            if len(stack) > _DEPTH:
                raise ValueError("too deeply nested")
            stack.append((token, []))
        elif token in ("]", "}", ">>"):
            opener, items = stack.pop()
            if _CLOSERS.get(opener) != token:
                raise ValueError(f"a {token} that closes nothing")
            stack[-1][1].append(_closed(opener, items))
    if len(stack) > 1:
        raise ValueError(f"a {stack[-1][0]} that is not closed")
    return found


def pairs(term: Any) -> Iterator[tuple[str, Any]]:
    """The {Key, Value} tuples of a property list whose keys are atoms or strings."""
    for item in term if isinstance(term, list) else ():
        if isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str):
            yield item[0], item[1]


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"{text[position]!r} is no Erlang term")
        position = match.end()
        if match.lastgroup:
            yield match.lastgroup, match[0]


def _value(kind: str, token: str) -> str:
    return _ESCAPE.sub(_unescaped, token[1:-1]) if kind in ("string", "quoted") else token


def _closed(opener: str, items: list[Any]) -> Any:
    if opener == "<<":  # a binary: <<"text">> or <<"text"/utf8>>, or bytes that are no text
        return "".join(item for item in items if isinstance(item, str))
    if opener == "#{":
        return list(zip(items[::2], items[1::2], strict=False))
    return items if opener == "[" else tuple(items)


def _unescaped(match: re.Match[str]) -> str:
    escape = match[1]
    if len(escape) == 1:
        return _CONTROLS.get(escape, escape)
    number = int(escape.strip("x{}"), 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
