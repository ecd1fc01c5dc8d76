"""Control stanzas and METADATA headers: `Name: value` lines, continued by indented ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from ironhull.limits import LIMITS
from ironhull.values import dataclass, field


@dataclass(slots=True)
class Stanza:
    """One stanza: the line it starts on (from 1), its fields by lower-case name, what is wrong.

    Of lines that are wrong the first `LIMITS.file_problems` are in `faults`.
    A field that comes twice keeps its first value in `fields`; `repeated` has all of its values.
    """

    line: int
    fields: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    repeated: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, value: str) -> None:
        """One field more."""
        if name not in self.fields:
            self.fields[name] = value
        else:
            self.repeated.setdefault(name, [self.fields[name]]).append(value)

    def get(self, name: str) -> str:
        """The first value of a field, or ""."""
        return self.fields.get(name, "")

    def every(self, name: str) -> Sequence[str]:
        """All values of a field."""
        if name in self.repeated:
            return self.repeated[name]
        return (self.fields[name],) if name in self.fields else ()


def stanzas(text: str) -> Iterator[Stanza]:
    """Every stanza of a deb822 document (deb-control(5)); blank lines separate them."""
    start = 1
    for block in text.rstrip("\n").split("\n\n"):
        stanza = _plain_stanza(block, start)
        if stanza is not None:
            yield stanza
        else:
            yield from _odd_stanzas(block, start)
        start += block.count("\n") + 2


def headers(text: str) -> Stanza:
    """The headers of an RFC 822 like document (core metadata), up to the first blank line."""
    head = text.replace("\r\n", "\n").lstrip("\n").split("\n\n", 1)[0]
    return _plain_stanza(head, 1) or _stanza(head.split("\n"), 1)


def _plain_stanza(block: str, start: int) -> Stanza | None:
    """The stanza of lines that are all fields or continue one, as nearly all are; else None.

    Lines that begin with a space are joined to the field they continue before any is looked at.
    """
    if "\0" in block or block[:1] == " ":
        return None
    stanza = Stanza(start)
    fields = stanza.fields
    for field_ in block.replace("\n ", "\0").split("\n"):
        key, colon, value = field_.partition(":")
        name = _field_name(key)
        if not colon or not name:
            return None
        if "\0" in value:
            value, *more = value.split("\0")
            if "" in more or any(map(str.isspace, more)):
                return None
            value = "\n ".join((value.strip(), *more))
        else:
            value = value.strip()
        if name in fields:
            stanza.add(name, value)
        else:
            fields[name] = value
    return stanza


@lru_cache(maxsize=1024)
def _field_name(key: str) -> str:
    """The name of a field in lower case; "" where a line that begins so is anything else."""
    odd = key.startswith(("#", "\t")) or " " in key or "\t" in key or "\0" in key
    return "" if odd else key.lower()


def _odd_stanzas(block: str, start: int) -> Iterator[Stanza]:
    """The stanzas of lines among which some may be blank."""
    lines: list[str] = []
    first = start
    for number, line in enumerate(block.split("\n"), start):
        if line and not line.isspace():
            if not lines:
                first = number
            lines.append(line)
        elif lines:
            yield _stanza(lines, first)
            lines = []
    if lines:
        yield _stanza(lines, first)


def _stanza(lines: list[str], start: int) -> Stanza:
    stanza = Stanza(start)
    name = ""
    parts: list[str] = []  # the lines of the field `name`
    for number, line in enumerate(lines, start):
        if line[0:1] in (" ", "\t"):
            if name:
                parts.append(line)
            else:
                _fault(stanza, f"line {number} continues nothing")
            continue
        if line.startswith("#") or not line:
            continue
        key, colon, value = line.partition(":")
        if not colon or not key or " " in key or "\t" in key:
            _fault(stanza, f"line {number} is not a field: {line[:40]!r}")
            name = _end(stanza, name, parts)
            continue
        _end(stanza, name, parts)
        name, parts = key.lower(), [value.strip()]
    _end(stanza, name, parts)
    return stanza


def _end(stanza: Stanza, name: str, parts: list[str]) -> str:
    """Keep the field `name`, joined once (a field may have a million lines); gives ""."""
    if name:
        stanza.add(name, "\n".join(parts))
    return ""


def _fault(stanza: Stanza, text: str) -> None:
    if len(stanza.faults) < LIMITS.file_problems:
        stanza.faults.append(text)
