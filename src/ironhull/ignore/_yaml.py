"""YAML as values that know their line and column.

Text only: "1.10" stays "1.10" and a date the characters of a date. Aliases, merge keys, keys given
twice and deep nesting are refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from ironhull.errors import ConfigError, printable
from ironhull.values import dataclass

if TYPE_CHECKING:
    import yaml

__all__ = ["Value", "read"]

_DEPTH = 20  # levels of nesting; an ignore file has four
_SEE = "see docs/ignore.md"


@dataclass(frozen=True, slots=True)
class Value:
    """A value; `where` is "FILE:LINE:COLUMN", `line` "FILE:LINE".

    Exactly one of `text`, `items` and `entries` is not None; an empty value has none of them.
    """

    where: str
    line: str
    text: str | None = None
    items: tuple[Value, ...] | None = None
    entries: Mapping[str, Value] | None = None

    def fail(self, message: str, hint: str = _SEE) -> NoReturn:
        """Raises ConfigError about this value."""
        raise ConfigError(f"{self.where}: {message}", hint)

    @property
    def empty(self) -> bool:
        """Whether nothing was written."""
        return self.text is None and self.items is None and self.entries is None

    def mapping(self, what: str, known: Iterable[str]) -> Mapping[str, Value]:
        """The entries, whose keys are all among `known`."""
        if self.entries is None:
            self.fail(f"{what} must be a mapping of keys to values")
        names = list(known)
        for name, value in self.entries.items():
            if name not in names:
                _unknown(name, value, names)
        return self.entries

    def sequence(self, what: str) -> tuple[Value, ...]:
        """The values of a list; nothing written is an empty one."""
        if self.items is None and not self.empty:
            self.fail(f"{what} must be a list", 'write each entry on a line of its own behind "- "')
        return self.items or ()

    def string(self, what: str) -> str:
        """A text that is not empty, on one line."""
        if self.text is None or not self.text.strip():
            self.fail(f"{what} must be a text")
        return " ".join(self.text.split())

    def strings(self, what: str, *, single: bool) -> tuple[str, ...]:
        """A list of texts that is not empty; with `single` one text will do."""
        if single and self.text is not None:
            return (self.string(what),)
        found = tuple(value.string(what) for value in self.sequence(what))
        if not found:
            self.fail(f"{what} is empty", "leave the key out, or say what is meant")
        return found


def _unknown(name: str, value: Value, names: list[str]) -> NoReturn:
    import difflib

    near = difflib.get_close_matches(name, names, 1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
    value.fail(f"no key {printable(name)!r} is known here", hint)


def read(text: str, origin: str) -> Value:
    """The one document in `text`; `origin` names it in errors. Raises ConfigError."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _check_depth(yaml.parse(text, loader), origin)
        root = yaml.compose(text, loader)
    except yaml.MarkedYAMLError as trouble:
        mark = trouble.problem_mark or trouble.context_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        said = trouble.problem or trouble.context or "unreadable"
        raise ConfigError(f"{origin}{place}: not YAML: {said}", _SEE) from None
    except (yaml.YAMLError, ValueError) as trouble:
        reason = " ".join(str(trouble).split())[:200]
        raise ConfigError(f"{origin}: not YAML: {reason}", _SEE) from None
    if root is None:
        return Value(f"{origin}:1:1", f"{origin}:1")
    return _value(root, origin, root)


def _check_depth(events: Iterable[Any], origin: str) -> None:
    """Before anything is built: nesting overflows a stack, and an alias stands for anything."""
    import yaml

    depth = 0
    for event in events:
        place = f"{origin}:{event.start_mark.line + 1}:{event.start_mark.column + 1}"
        if isinstance(event, yaml.AliasEvent):
            raise ConfigError(f"{place}: aliases (*name) are not read", "write the value out")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEPTH:
            raise ConfigError(f"{place}: more than {_DEPTH} levels of nesting", _SEE)


def _value(node: yaml.Node, origin: str, at: yaml.Node) -> Value:
    """`at` is the node that stands for its place: a mapping's key rather than its value."""
    import yaml

    line = f"{origin}:{at.start_mark.line + 1}"
    where = f"{line}:{at.start_mark.column + 1}"
    if isinstance(node, yaml.MappingNode):
        return Value(where, line, entries=_entries(node, origin))
    if isinstance(node, yaml.SequenceNode):
        return Value(where, line, items=tuple(_value(item, origin, item) for item in node.value))
    if node.tag.endswith(":null"):
        return Value(where, line)
    return Value(where, line, text=str(node.value))


def _entries(node: yaml.MappingNode, origin: str) -> dict[str, Value]:
    import yaml

    entries: dict[str, Value] = {}
    for key, value in node.value:
        found = _value(value, origin, key)
        if not isinstance(key, yaml.ScalarNode):
            found.fail("a key must be a word")
        if key.value in entries:
            found.fail(f"{printable(key.value)} is given twice")
        entries[str(key.value)] = found
    return entries
