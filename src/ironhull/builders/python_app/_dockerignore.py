"""The rules of .dockerignore, as Docker has them (moby/patternmatcher; docs.docker.com/build/
concepts/context, "Syntax"): anchored at the context, `**` for any depth, `!` takes back, the last
match wins, and what matches a directory matches everything in it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from ironhull.errors import BuildError

__all__ = ["Rules"]


@dataclass(frozen=True, slots=True)
class Rules:
    """Compiled rules: (takes back, expression) in order."""

    rows: tuple[tuple[bool, re.Pattern[str]], ...]

    @classmethod
    def of(cls, lines: Iterable[str], where: str = ".dockerignore") -> Self:
        """Compile lines; BuildError with the line for a pattern Docker would refuse too."""
        rows = []
        for line in lines:
            pattern = "" if line.startswith("#") else line.strip()
            if not pattern:
                continue
            negated = pattern.startswith("!")
            text = pattern[1:].strip() if negated else pattern
            if not text:
                raise BuildError(f"{where}: a lone '!' excludes nothing", "remove the line")
            try:
                rows.append((negated, re.compile(_expression(_clean(text)), re.DOTALL)))
            except re.error as trouble:
                raise BuildError(
                    f"{where}: bad pattern {line!r}: {trouble}", "correct it"
                ) from None
        return cls(tuple(rows))

    @property
    def takes_back(self) -> bool:
        """Whether a rule may bring back something inside a directory that is left out."""
        return any(negated for negated, _ in self.rows)

    def matches(self, path: str) -> bool:
        """Whether the rules match `path`, relative to the context, or a directory above it."""
        matched = False
        lineage = _lineage(path)
        for negated, expression in self.rows:
            if negated == matched and any(expression.fullmatch(p) for p in lineage):
                matched = not negated
        return matched


def _lineage(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:n]) for n in range(len(parts), 0, -1)]


def _clean(pattern: str) -> str:
    """Go's filepath.Clean, then no leading slash."""
    cleaned = posixpath.normpath(pattern)
    return cleaned.lstrip("/") or "."


def _expression(pattern: str) -> str:
    out: list[str] = []
    at = 0
    while at < len(pattern):
        piece, at = _next(pattern, at)
        out.append(piece)
    return "".join(out)


def _next(pattern: str, at: int) -> tuple[str, int]:
    char = pattern[at]
    if pattern.startswith("**", at):
        at += 2
        if pattern.startswith("/", at):
            at += 1
        return (".*", at) if at >= len(pattern) else ("(?:.*/)?", at)
    if char == "*":
        return "[^/]*", at + 1
    if char == "?":
        return "[^/]", at + 1
    if char == "\\" and at + 1 < len(pattern):
        return re.escape(pattern[at + 1]), at + 2
    if char == "[":
        return _class(pattern, at)
    return re.escape(char), at + 1


def _class(pattern: str, at: int) -> tuple[str, int]:
    """A character class (Go's path/filepath.Match): `[abc]`, `[a-z]`, `[^x]`."""
    end = at + 1
    if pattern.startswith("^", end):
        end += 1
    start = end
    while end < len(pattern) and (pattern[end] != "]" or end == start):
        end += 2 if pattern[end] == "\\" else 1
    if end >= len(pattern):
        raise re.error("character class without end")
    body = pattern[start:end].replace("[", "\\[")
    return f"(?!/)[{'^' if start > at + 1 else ''}{body}]", end + 1
