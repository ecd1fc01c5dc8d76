"""Which files are wanted: glob patterns compiled to look-ups fast enough for every tar entry.

`*` and `?` stay within a path segment, `[...]` is a set of characters, `**/` spans any number of
directories (none too), a trailing `/**` everything below. Paths are relative, without a leading
slash; matching is case-sensitive and dots are ordinary characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ironhull.values import dataclass, field

__all__ = ["Paths", "Wanted", "is_literal"]

_MAGIC = re.compile(r"[*?\[]")
_Rules = dict[str, "re.Pattern[str]"]


def is_literal(pattern: str) -> bool:
    """Whether `pattern` names just one path."""
    return _MAGIC.search(pattern) is None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A set of patterns; `patterns` is sorted and unique, so equal sets are equal values."""

    patterns: tuple[str, ...]
    _exact: frozenset[str] = field(repr=False, compare=False)
    _names: frozenset[str] = field(repr=False, compare=False)
    _extensions: frozenset[str] = field(repr=False, compare=False)
    _directories: frozenset[str] = field(repr=False, compare=False)
    _prefixes: tuple[str, ...] = field(repr=False, compare=False)
    _by_name: _Rules = field(repr=False, compare=False)
    _by_extension: _Rules = field(repr=False, compare=False)
    _rest: tuple[tuple[str, re.Pattern[str]], ...] = field(repr=False, compare=False)

    @classmethod
    def of(cls, patterns: Iterable[str]) -> Wanted:
        """Compile `patterns`; a leading "/" or "./" is dropped, "**" alone wants everything."""
        given = tuple(sorted({_tidy(pattern) for pattern in patterns}))
        sets: dict[str, set[str]] = {
            kind: set() for kind in ("exact", "name", "extension", "directory", "prefix")
        }
        rules: dict[str, dict[str, list[str]]] = {"by_name": {}, "by_extension": {}, "rest": {}}
        for pattern in given:
            kind, key = _classify(pattern)
            if kind in sets:
                sets[kind].add(key)
            else:
                rules[kind].setdefault(key, []).append(_regex(pattern))
        return cls(
            given,
            frozenset(sets["exact"]),
            frozenset(sets["name"]),
            frozenset(sets["extension"]),
            frozenset(sets["directory"]),
            tuple(sorted(sets["prefix"])),
            {key: _union(found) for key, found in rules["by_name"].items()},
            {key: _union(found) for key, found in rules["by_extension"].items()},
            tuple((key, _union(found)) for key, found in sorted(rules["rest"].items())),
        )

    def matches(self, path: str) -> bool:
        """Whether any pattern matches the whole of `path`."""
        if path in self._exact:
            return True
        directory, _, name = path.rpartition("/")
        if name in self._names or directory in self._directories:
            return True
        extension = name.rpartition(".")[2]
        if extension in self._extensions and "." in name:
            return True
        if path.startswith(self._prefixes):
            return True
        return self._matches_rules(path, name, extension)

    def _matches_rules(self, path: str, name: str, extension: str) -> bool:
        rule = self._by_name.get(name)
        if rule is not None and rule.fullmatch(path):
            return True
        rule = self._by_extension.get(extension)
        if rule is not None and rule.fullmatch(path):
            return True
        for part, rest in self._rest:  # noqa: SIM110 - any() costs more than the rule, per entry
            if part in path and rest.fullmatch(path):
                return True
        return False


class Paths:
    """Paths to match patterns against, one after the other, without trying each path each time."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = sorted(paths)
        self._known = frozenset(self._paths)
        self._by_name: dict[str, list[str]] = {}
        self._by_extension: dict[str, list[str]] = {}
        for path in self._paths:
            name = path.rpartition("/")[2]
            self._by_name.setdefault(name, []).append(path)
            if "." in name:
                self._by_extension.setdefault(name.rpartition(".")[2], []).append(path)

    def matching(self, pattern: str) -> list[str]:
        """The paths `pattern` matches, sorted."""
        pattern = _tidy(pattern)
        kind, key = _classify(pattern)
        if kind == "exact":
            return [key] if key in self._known else []
        if kind == "name":
            return self._by_name.get(key, [])
        if kind == "extension":
            return self._by_extension.get(key, [])
        among = self._paths
        if kind == "by_name":
            among = self._by_name.get(key, [])
        elif kind == "by_extension":
            among = self._by_extension.get(key, [])
        if not among:
            return []
        matches = Wanted.of([pattern]).matches
        return [path for path in among if matches(path)]


def _tidy(pattern: str) -> str:
    while pattern.startswith(("/", "./")):
        pattern = pattern[1:] if pattern[0] == "/" else pattern[2:]
    return pattern


def _classify(pattern: str) -> tuple[str, str]:
    """The cheapest look-up that decides `pattern`, and its key in it."""
    if is_literal(pattern):
        return "exact", pattern
    directory, _, name = pattern.rpartition("/")
    if name == "**" and is_literal(directory):
        return "prefix", f"{directory}/" if directory else ""
    if is_literal(name):
        return ("name", name) if directory == "**" else ("by_name", name)
    tail = name.rpartition("*")[2]
    extension = tail.rpartition(".")[2]
    if "." not in tail or not is_literal(extension) or "]" in extension or not extension:
        if name == "*" and directory and is_literal(directory):
            return "directory", directory
        return "rest", max(map(_longest_literal, pattern.split("/")), key=len)
    if directory == "**" and name == f"*.{extension}":
        return "extension", extension
    return "by_extension", extension


def _longest_literal(segment: str) -> str:
    """The longest text that every match of `segment` holds."""
    runs = [""]
    for part in _PART.findall(segment):
        if part[0] in "*?" or (part[0] == "[" and len(part) > 2):
            runs.append("")
        else:
            runs[-1] += part
    return max(runs, key=len)


def _union(sources: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(sources), re.DOTALL)


def _regex(pattern: str) -> str:
    parts = []
    segments = pattern.split("/")
    for position, segment in enumerate(segments):
        last = position == len(segments) - 1
        if segment == "**":
            parts.append(".+" if last else "(?:[^/]+/)*")
        else:
            parts.append(_segment(segment) + ("" if last else "/"))
    return "(?:" + "".join(parts) + ")"


_PART = re.compile(r"\*+|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)


def _segment(segment: str) -> str:
    found = []
    for part in _PART.findall(segment):
        if part[0] == "*":
            found.append("[^/]*")
        elif part == "?":
            found.append("[^/]")
        elif part[0] == "[" and len(part) > 2:
            inside = part[1:-1].replace("\\", "\\\\").replace("[", "\\[")
            negated = inside.startswith("!")
            body = inside[1:] if negated else inside.replace("^", "\\^", 1)
            found.append(f"(?!/)[{'^' if negated else ''}{body}]")
        else:
            found.append(re.escape(part))
    return "".join(found)
