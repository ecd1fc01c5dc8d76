"""YAML as a tree that remembers where each value stood, so that an error can say so.

YAML 1.1 by PyYAML's composer. Scalars keep their text ("3.10" stays "3.10"); aliases and merge
keys are refused (a definition of a few lines could otherwise expand to gigabytes), and so are keys
given twice. Variables, `${NAME}`, are filled in as values are read.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn, TypeVar

import yaml

from ironhull.errors import DefinitionError

__all__ = ["Node", "parse"]

_T = TypeVar("_T")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off")
_DEPTH = 50  # levels of nesting; definitions have six


@dataclass(frozen=True, slots=True)
class Node:
    """A value at `path` ("contents.packages[2]") and `line` of the document named `origin`.

    Exactly one of `text`, `items`, `entries` is not None; an empty value has none of them.
    """

    origin: str
    path: str
    line: int
    text: str | None = None
    items: tuple[Node, ...] | None = None
    entries: Mapping[str, Node] | None = None
    vars: Mapping[str, str] | None = None

    def fail(self, message: str, hint: str = "") -> NoReturn:
        """Raises DefinitionError about this value."""
        raise DefinitionError(f"{self.origin}:{self.line}: {self.path}: {message}", hint)

    @property
    def empty(self) -> bool:
        """Whether nothing was written after the key."""
        return self.text is None and self.items is None and self.entries is None

    def keys(self, known: Iterable[str]) -> Mapping[str, Node]:
        """The entries of a mapping whose keys must be among `known`."""
        entries = self.mapping()
        names = list(known)
        for name, value in entries.items():
            if name not in names:
                near = difflib.get_close_matches(name, names, 1)
                hint = f'did you mean "{near[0]}"?' if near else f"known: {', '.join(names)}"
                raise DefinitionError(
                    f"{self.origin}:{value.line}: {value.path} is not a key of a definition", hint
                )
        return entries

    def mapping(self) -> Mapping[str, Node]:
        """The entries of a mapping; an empty value has none."""
        if self.entries is None and not self.empty:
            self.fail("must be a mapping of keys to values")
        return {k: v for k, v in (self.entries or {}).items() if not v.empty}

    def sequence(self, read: Callable[[Node], _T]) -> tuple[_T, ...]:
        """The values of a list; an empty value has none."""
        if self.items is None and not self.empty:
            self.fail("must be a list", 'write each value on a line of its own behind "- "')
        return tuple(read(item) for item in self.items or ())

    def table(self) -> dict[str, str]:
        """A mapping of names to texts, in the order given."""
        return {name: value.string() for name, value in self.mapping().items()}

    def raw(self) -> str:
        """The text as written."""
        if self.text is None:
            self.fail("must be a text")
        return self.text

    def string(self) -> str:
        """The text with its variables filled in; one that is not defined is an error."""
        return self._filled(strict=True)

    def script(self) -> str:
        """The text with the variables we know filled in; others are left to a shell."""
        return self._filled(strict=False)

    def strings(self) -> tuple[str, ...]:
        """A list of texts."""
        return self.sequence(Node.string)

    def one_of(self, choices: Iterable[str]) -> str:
        """A text that is one of `choices`."""
        text = self.string()
        allowed = list(choices)
        if text not in allowed:
            near = difflib.get_close_matches(text, allowed, 1)
            self.fail(
                f"{text!r} is none of {', '.join(allowed)}",
                f'did you mean "{near[0]}"?' if near else "",
            )
        return text

    def boolean(self) -> bool:
        """true or false."""
        text = self.string().lower()
        if text not in _TRUE + _FALSE:
            self.fail(f"must be true or false, not {text!r}")
        return text in _TRUE

    def integer(self, highest: int = 2**31 - 1) -> int:
        """A number from 0 to `highest`."""
        text = self.string()
        if not (text.isascii() and text.isdigit() and len(text) < 12 and int(text) <= highest):
            self.fail(f"must be a number from 0 to {highest}, not {text!r}")
        return int(text)

    def mode(self) -> int:
        """Permission bits in octal ("0755")."""
        text = self.string().removeprefix("0o")
        if not re.fullmatch("[0-7]{3,5}", text) or int(text, 8) > 0o7777:
            self.fail(f"must be permission bits in octal, not {text!r}", 'such as "0755"')
        return int(text, 8)

    def _filled(self, *, strict: bool) -> str:
        known = self.vars or {}

        def fill(match: re.Match[str]) -> str:
            name = match[1]
            if name in known:
                return known[name]
            if not strict:
                return match[0]
            near = difflib.get_close_matches(name, list(known), 1)
            return self.fail(
                f"the variable ${{{name}}} is not defined",
                f"did you mean ${{{near[0]}}}?" if near else "define it under vars",
            )

        return _VARIABLE.sub(fill, self.raw())


def parse(data: bytes, origin: str) -> Node:
    """The document in `data`, `vars` of its top level filled in everywhere below.

    Raises DefinitionError for what is not one YAML mapping.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = yaml.compose(data.decode("utf-8"), loader)
    except UnicodeDecodeError as trouble:
        raise DefinitionError(f"{origin}: not UTF-8 text at byte {trouble.start}") from trouble
    except (yaml.YAMLError, RecursionError, ValueError) as trouble:
        raise DefinitionError(f"{origin}: not YAML: {_reason(trouble)}") from trouble
    if not isinstance(root, yaml.MappingNode):
        raise DefinitionError(f"{origin}: not a mapping of keys to values")
    plain = _Builder(origin, {}).node(root, "", 0)
    return _Builder(origin, _variables(plain)).node(root, "", 0)


def _variables(root: Node) -> dict[str, str]:
    """The variables by name; one may use those defined above it."""
    found: dict[str, str] = {}
    given = root.mapping().get("vars")
    for name, value in (given.mapping() if given else {}).items():
        text = value.raw()
        found[name] = _VARIABLE.sub(lambda m: found.get(m[1], m[0]), text)
        if len(found[name]) > 65_536:
            value.fail("is too long")
    return found


def _reason(trouble: Exception) -> str:
    if isinstance(trouble, yaml.MarkedYAMLError) and trouble.problem_mark is not None:
        return f"line {trouble.problem_mark.line + 1}: {trouble.problem}"
    return "nested too deeply" if isinstance(trouble, RecursionError) else str(trouble)[:200]


class _Builder:
    def __init__(self, origin: str, variables: Mapping[str, str]) -> None:
        self._origin = origin
        self._vars = variables
        self._seen: set[int] = set()

    def node(self, node: yaml.Node, path: str, depth: int) -> Node:
        line = node.start_mark.line + 1
        if id(node) in self._seen or depth > _DEPTH:
            what = "aliases (*name)" if depth <= _DEPTH else f"more than {_DEPTH} levels"
            raise DefinitionError(
                f"{self._origin}:{line}: {path}: {what} are not supported", "write the value out"
            )
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            entries = self._entries(node, path, depth)
            return Node(self._origin, path, line, entries=entries, vars=self._vars)
        if isinstance(node, yaml.SequenceNode):
            items = tuple(self.node(n, f"{path}[{i}]", depth + 1) for i, n in enumerate(node.value))
            return Node(self._origin, path, line, items=items, vars=self._vars)
        text = None if node.tag.endswith(":null") else str(node.value)
        return Node(self._origin, path, line, text=text, vars=self._vars)

    def _entries(self, node: yaml.MappingNode, path: str, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise DefinitionError(f"{self._origin}:{line}: {path}: a key must be a word")
            name = str(key.value)
            inner = f"{path}.{name}" if path else name
            if name in entries:
                raise DefinitionError(f"{self._origin}:{line}: {inner} is given twice")
            entries[name] = self.node(value, inner, depth + 1)
        return entries
