"""Which files are wanted: glob patterns compiled to look-ups fast enough for every tar entry.

`*` and `?` stay within a path segment, `[...]` is a set of characters, `**/` spans any number of
directories (none too), a trailing `/**` everything below. Paths are relative, without a leading
slash; matching is case-sensitive and dots are ordinary characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from ironhull.values import dataclass, field

__all__ = ["Wanted", "is_literal"]

_MAGIC = re.compile(r"[*?\[]")


def is_literal(pattern: str) -> bool:
    """Whether `pattern` names just one path."""
    return _MAGIC.search(pattern) is None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A set of patterns; `patterns` is sorted and unique, so equal sets are equal values.

    `matches(path)` tells whether any pattern matches the whole of a path.
    """

    patterns: tuple[str, ...]
    matches: Callable[[str], bool] = field(repr=False, compare=False)

    @classmethod
    def of(cls, patterns: Iterable[str]) -> Wanted:
        """Compile `patterns`; a leading "/" or "./" is dropped, "**" alone wants everything."""
        return _compiled(tuple(sorted({_tidy(pattern) for pattern in patterns})))


@lru_cache(maxsize=256)
def _compiled(patterns: tuple[str, ...]) -> Wanted:
    """Kept, for every layer asks for the same sets."""
    keys: dict[str, dict[str, list[str]]] = {kind: {} for kind in _KINDS}
    for pattern in patterns:
        kind, key = _classify(pattern)
        keys[kind].setdefault(key, []).append(pattern)
    return Wanted(patterns, _Matching(keys).matches if patterns else _nothing)


_KINDS = ("exact", "name", "extension", "directory", "prefix", "by_name", "by_extension", "rest")
_Rule = Callable[[str], object]
_MEMO = 4096  # directories


def _nothing(_: str) -> bool:
    return False


class _Matching:
    """The look-ups: by a file's name, its extension and its directory, in this order.

    What a directory decides is remembered: the entries of layers come directory by directory.
    """

    def __init__(self, keys: Mapping[str, Mapping[str, list[str]]]) -> None:
        self._names: dict[str, _Rule] = {
            key: _union(found) for key, found in keys["by_name"].items()
        }
        exact = frozenset(keys["exact"])
        for path in exact:
            name = path.rpartition("/")[2]
            self._names[name] = _either(self._names.get(name, _nothing), exact.__contains__)
        self._names.update(dict.fromkeys(keys["name"], _everything))
        self._extensions: dict[str, _Rule] = {
            key: _union(found) for key, found in keys["by_extension"].items()
        }
        self._extensions.update(dict.fromkeys(keys["extension"], _everything))
        self._directories = frozenset(keys["directory"])
        self._prefixes = tuple(sorted(keys["prefix"]))
        self._rest = tuple(
            (*key.partition("/")[::2], _union(found)) for key, found in sorted(keys["rest"].items())
        )
        self._memo: dict[str, tuple[tuple[str, _Rule], ...] | None] = {}

    def matches(self, path: str) -> bool:
        directory, _, name = path.rpartition("/")
        if name in self._names and self._names[name](path):
            return True
        dot = name.rfind(".")
        if dot >= 0:
            rule = self._extensions.get(name[dot + 1 :])
            if rule is not None and rule(path):
                return True
        try:
            rules = self._memo[directory]
        except KeyError:
            rules = self._of_directory(directory)
        if rules is None:
            return True
        for part, rule in rules:  # noqa: SIM110 - any() costs more than the rule, per entry
            if part in name and rule(path):
                return True
        return False

    def _of_directory(self, directory: str) -> tuple[tuple[str, _Rule], ...] | None:
        """The rules for files of a directory and what the names hold that they can match.

        None where every file of it is wanted.
        """
        rules: tuple[tuple[str, _Rule], ...] | None = tuple(
            (part, rule) for above, part, rule in self._rest if above in directory
        )
        inside = f"{directory}/" if directory else ""
        if directory in self._directories or inside.startswith(self._prefixes):
            rules = None
        if len(self._memo) >= _MEMO:
            self._memo.clear()
        self._memo[directory] = rules
        return rules


def _everything(_: str) -> bool:
    return True


def _either(one: _Rule, other: _Rule) -> _Rule:
    return lambda path: one(path) or other(path)


def _tidy(pattern: str) -> str:
    while pattern.startswith(("/", "./")):
        pattern = pattern[1:] if pattern[0] == "/" else pattern[2:]
    return pattern


def _classify(pattern: str) -> tuple[str, str]:
    """The cheapest look-up that decides `pattern`, and its key in it.

    That of "rest" is the longest text in the directories and, behind a "/", in the name.
    """
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
        above = max(map(_longest_literal, directory.split("/")), key=len)
        return "rest", f"{above}/{_longest_literal(name)}"
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


def _union(patterns: list[str]) -> _Rule:
    """A rule for any of `patterns`, compiled when it is first needed: most images need few."""
    compiled: _Rule | None = None

    def rule(path: str) -> object:
        nonlocal compiled
        if compiled is None:
            compiled = re.compile("|".join(map(_regex, patterns)), re.DOTALL).fullmatch
        return compiled(path)

    return rule


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
