"""Expressions of names, AND, OR, WITH and parentheses, written as `license_expression` does.

That package takes longer to import than an image of a few hundred packages to be catalogued, so it
is left to what is said in no usual way.
"""

from __future__ import annotations

__all__ = ["tidied"]

_WORDS = frozenset({"AND", "OR", "WITH", "(", ")"})
_KNOWN = frozenset({"and", "or", "with", "not", "true", "false", "0", "1"})
_MOST = 200  # words


def tidied(text: str) -> str | None:
    """`text` with the parentheses it needs; None for what is not well formed or very long."""
    words = text.replace("(", " ( ").replace(")", " ) ").split()
    if len(words) > _MOST or any(w not in _WORDS and w.lower() in _KNOWN for w in words):
        return None
    words.reverse()
    found = _joined(words, "OR")
    return None if words or not found else found.text


class _Part:
    """An expression; `single` where it holds no operator at its top."""

    __slots__ = ("single", "text")

    def __init__(self, text: str, *, single: bool) -> None:
        self.text = text
        self.single = single


def _joined(words: list[str], operator: str) -> _Part | None:
    """What is joined by an operator, taken from the end of `words`; AND binds tighter than OR."""
    parts = []
    while True:
        part = _joined(words, "AND") if operator == "OR" else _operand(words)
        if part is None:
            return None
        parts.append(part)
        if not words or words[-1] != operator:
            break
        words.pop()
    if len(parts) == 1:
        return parts[0]
    shown = (part.text if part.single else f"({part.text})" for part in parts)
    return _Part(f" {operator} ".join(shown), single=False)


def _operand(words: list[str]) -> _Part | None:
    word = words.pop() if words else ")"
    if word == "(":
        part = _joined(words, "OR")
        return part if words and words.pop() == ")" else None
    if word in _WORDS:
        return None
    if words and words[-1] == "WITH":
        words.pop()
        exception = words.pop() if words else ")"
        if exception in _WORDS:
            return None
        word = f"{word} WITH {exception}"
    return _Part(word, single=True)
