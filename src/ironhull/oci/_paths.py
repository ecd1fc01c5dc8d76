"""Many patterns against the same paths, one after the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ironhull.oci.patterns import Wanted, is_literal

__all__ = ["Paths"]

_MAGIC = re.compile(r"\*+|[?\[]")


class Paths:
    """Paths by their names: a pattern is tried on those alone whose name fits it.

    Nearly every pattern says little of the directories and needs no regular expression.
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
        directory, _, name = pattern.rpartition("/")
        among, exactly = self._named(name)
        if not among:
            return []
        inside = _directory(directory) if exactly else None
        if inside is None:
            matches = Wanted.of([pattern]).matches
            return sorted(path for path in among if matches(path))
        return sorted(path for path in among if inside(path.rpartition("/")[0]))

    def _named(self, pattern: str) -> tuple[list[str], bool]:
        """The paths whose names fit the last segment of a pattern, and whether that is sure."""
        if is_literal(pattern):
            return self._by_name.get(pattern, []), True
        first, *more = _MAGIC.split(pattern)
        one_star = len(more) == 1 and "*" in pattern and pattern != "**"
        last = more[0] if one_star else ""
        size = len(first) + len(last)
        found = [
            path
            for name, paths in self._by_name.items()
            if name.startswith(first) and name.endswith(last) and len(name) >= size
            for path in paths
        ]
        return found, one_star


def _directory(pattern: str) -> Callable[[str], bool] | None:
    """What tells whether a directory matches all of a pattern but its last segment; or None."""
    if pattern == "**":
        return lambda _: True
    if is_literal(pattern):
        return lambda directory: directory == pattern
    for start, edge in (("**/*", ""), ("**/", "/")):
        end = pattern.removeprefix(start)
        if pattern != end and is_literal(end) and end and not end.startswith("/"):
            return lambda directory: f"/{directory}".endswith(edge + end)
    above = pattern.removesuffix("**")
    if above.endswith("/") and is_literal(above):
        return lambda directory: f"{directory}/".startswith(above)
    return None
