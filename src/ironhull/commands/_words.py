"""Plain command lines, read without argparse: to import and fill it takes a tenth of a start.

A command declares its words here as it does to argparse. A line that is not plain (a mistake, a
call for help, an abbreviation, a command with commands of its own) is not read: argparse is asked,
which says what is wrong. So nothing is accepted here that means anything else to argparse.
"""

from __future__ import annotations

from types import SimpleNamespace

from ironhull.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable
    from typing import Any

__all__ = ["SUPPRESS", "read_plain"]

SUPPRESS = "==SUPPRESS=="
"""As argparse's, which `commands` puts in its place: what is not shown in the help."""

_ACTIONS = ("store", "store_true", "append")
_KNOWN = {
    "action",
    "choices",
    "const",
    "default",
    "dest",
    "help",
    "metavar",
    "nargs",
    "required",
    "type",
}


@dataclass(frozen=True, slots=True)
class _Word:
    """An option, or with an empty `action` the one argument that is none."""

    dest: str
    action: str
    convert: Callable[[str], Any] | None
    choices: Container[Any] | None
    default: Any
    required: bool

    def value(self, text: str) -> Any:
        """What `text` stands for."""
        try:
            found = text if self.convert is None else self.convert(text)
        except Exception:  # noqa: BLE001 - argparse meets it too, and says what it is
            raise ValueError("not plain") from None
        if self.choices is not None and found not in self.choices:
            raise ValueError("not plain")
        return found


class _Words:
    """What a command declares, by the methods it knows of argparse's parsers."""

    def __init__(self) -> None:
        self.options: dict[str, _Word] = {}
        self.declared: dict[str, _Word] = {}
        self.defaults: dict[str, Any] = {}

    def add_argument(self, *names: str, **said: Any) -> None:
        action = said.get("action", "store")
        if action not in _ACTIONS or said.get("default") == SUPPRESS:
            raise ValueError("not plain")
        default = said.get("default", False if action == "store_true" else None)
        if names[0].startswith("-"):
            long = next((name for name in names if name.startswith("--")), names[0])
            dest = said.get("dest", long.lstrip("-").replace("-", "_"))
            required = said.get("required", False)
            if "nargs" in said:
                action = "asked"  # argparse is, where the option is used
        else:
            dest, required, action = names[0], "nargs" not in said, ""
            if said.get("nargs", "?") != "?" or "type" in said or "choices" in said:
                raise ValueError("not plain")
        if dest in self.declared:
            raise ValueError("not plain")
        word = _Word(dest, action, said.get("type"), said.get("choices"), default, required)
        self.declared[dest] = word
        self.options.update(dict.fromkeys(names, word))

    def add_argument_group(self, *_: str) -> _Words:
        return self

    def set_defaults(self, **values: Any) -> None:
        self.defaults.update(values)

    def __getattr__(self, name: str) -> Any:
        raise ValueError(name)


def read_plain(
    declaring: Iterable[Callable[[Any], None]], line: Iterable[str]
) -> SimpleNamespace | None:
    """What argparse makes of the words of `line` after `declaring`; None: it has to be asked."""
    words = _Words()
    try:
        for declare in declaring:
            declare(words)
        return SimpleNamespace(**_read(words, line))
    except ValueError:
        return None


def _read(words: _Words, line: Iterable[str]) -> dict[str, Any]:
    """The words of the line; ValueError for a line that is not plain."""
    found: dict[str, Any] = {}
    free = [word.dest for word in words.declared.values() if not word.action]
    left = iter(line)
    for text in left:
        if not text.startswith("-"):
            if len(free) != 1 or free[0] in found:
                raise ValueError("not plain")
            found[free[0]] = text
            continue
        name, equals, value = text.partition("=") if text.startswith("--") else (text, "", "")
        word = words.options.get(name)
        if word is None:
            raise ValueError("not plain")
        if word.action != "store_true" and not equals:
            value = next(left, "")
        _enter(found, word, value, given=word.action != "store_true" or bool(equals))
    return _completed(words, found)


def _enter(found: dict[str, Any], word: _Word, value: str, *, given: bool) -> None:
    """Put down an option and its `value`, if it is given one."""
    if word.action == "store_true" and not given:
        found[word.dest] = True
    elif word.action in ("store_true", "asked") or not value or value.startswith("-"):
        raise ValueError("not plain")
    elif word.action == "append":
        found.setdefault(word.dest, list(word.default or ())).append(word.value(value))
    else:
        found[word.dest] = word.value(value)


def _completed(words: _Words, found: dict[str, Any]) -> dict[str, Any]:
    """With what was not given, as it is by default."""
    for word in words.declared.values():
        if word.dest in found:
            continue
        if word.required:
            raise ValueError("not plain")
        given = word.default
        found[word.dest] = word.value(given) if isinstance(given, str) and word.convert else given
    if not found.keys().isdisjoint(words.defaults):
        raise ValueError("not plain")
    return {**words.defaults, **found}
