"""Many patterns against the same paths, one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ironhull.oci.patterns import Wanted, is_literal

__all__ = ["Paths"]

_STARS = re.compile(r"\*\*/|\*+|\?")


class Paths:
    """Paths by their names: a pattern is tried on those alone whose name and texts fit it.

    That decides nearly every pattern without compiling it to a regular expression.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._by_name: dict[str, list[str]] = {}
        for path in paths:
            name = path[path.rfind("/") + 1 :]
            try:
                self._by_name[name].append(path)
            except KeyError:
                self._by_name[name] = [path]

    def matching(self, pattern: str) -> list[str]:
        """The paths `pattern` matches, sorted; see `patterns` for the syntax."""
        if pattern.startswith(("/", "./")):
            [pattern] = Wanted.of([pattern]).patterns
        texts = [pattern] if "[" in pattern else _STARS.split(pattern)
        among = self._named(pattern.rpartition("/")[2])
        if len(texts) == 1:
            return self._tried(pattern, among)
        if pattern == f"**/{texts[-1]}":
            end = f"/{texts[-1]}"
            return sorted(path for path in among if f"/{path}".endswith(end))
        first, *inside, last = texts
        among = [path for path in among if path.startswith(first) and path.endswith(last)]
        if pattern == f"**/*{last}":
            return sorted(among)
        for text in inside:
            among = [path for path in among if text in path] if text else among
        return self._tried(pattern, among)

    def _named(self, pattern: str) -> list[str]:
        """The paths whose names may match the last segment of a pattern."""
        if is_literal(pattern):
            return self._by_name.get(pattern, [])
        if "[" in pattern:
            pattern = "*"
        texts = _STARS.split(pattern)
        first, last = texts[0], texts[-1]
        return [
            path
            for name, paths in self._by_name.items()
            if name.startswith(first) and name.endswith(last)
            for path in paths
        ]

    def _tried(self, pattern: str, among: list[str]) -> list[str]:
        if not among:
            return []
        matches = Wanted.of([pattern]).matches
        return sorted(path for path in among if matches(path))
