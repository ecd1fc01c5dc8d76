"""The rules of .dockerignore, as Docker has them (moby/patternmatcher; docs.docker.com/build/
concepts/context, "Syntax"): anchored at the context, `**` for any depth, `!` takes back, the last
match wins, and what matches a directory matches everything in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from ironhull.errors import BuildError
from ironhull.values import dataclass

if TYPE_CHECKING:
    from e2b_dockerfile_utils import PatternMatcher

__all__ = ["IgnoreRules"]


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """Compiled rules; `patterns` are the cleaned ones, with "!" before what takes back."""

    patterns: tuple[str, ...]
    _matcher: PatternMatcher

    @classmethod
    def of(cls, lines: Iterable[str], where: str = ".dockerignore") -> Self:
        """Compile lines; BuildError with the line for a pattern Docker would refuse too."""
        from e2b_dockerfile_utils import PatternMatcher

        lines = list(lines)
        for line in lines:
            try:
                PatternMatcher([line])
            except ValueError as trouble:
                said = str(trouble).rpartition(": ")[2]
                raise BuildError(
                    f"{where}: bad pattern {line[:80]!r}: {said}", "correct or remove the line"
                ) from None
        matcher = PatternMatcher(lines)
        return cls(tuple(matcher.patterns), matcher)

    @property
    def takes_back(self) -> bool:
        """Whether a rule may bring back something inside a directory that is left out."""
        return any(pattern.startswith("!") for pattern in self.patterns)

    def matches(self, path: str) -> bool:
        """Whether the rules match `path`, relative to the context, or a directory above it."""
        return self._matcher.matches(path)
