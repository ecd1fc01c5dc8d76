"""Control stanzas and METADATA headers: `Name: value` lines, continued by indented ones."""

from __future__ import annotations

from collections.abc import Iterator

from ironhull.limits import LIMITS
from ironhull.values import dataclass, field


@dataclass(slots=True)
class Stanza:
    """One stanza: the line it starts on (from 1), its fields by lower-case name, what is wrong.

    Of lines that are wrong the first `LIMITS.file_problems` are in `faults`.
    A field that comes twice keeps its first value in `fields`; `repeated` has them all.
    """

    line: int
    fields: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    repeated: dict[str, list[str]] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """The first value of a field, or ""."""
        return self.fields.get(name, "")


def stanzas(text: str) -> Iterator[Stanza]:
    """Every stanza of a deb822 document (deb-control(5)); blank lines separate them."""
    lines: list[str] = []
    start = 1
    for number, line in enumerate(text.split("\n"), 1):
        if line and not line.isspace():
            if not lines:
                start = number
            lines.append(line)
        elif lines:
            yield _stanza(lines, start)
            lines = []
    if lines:
        yield _stanza(lines, start)


def headers(text: str) -> Stanza:
    """The headers of an RFC 822 like document (core metadata), up to the first blank line."""
    head = text.replace("\r\n", "\n").lstrip("\n")
    return _stanza(head.split("\n\n", 1)[0].split("\n"), 1)


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
    stanza.fields = {key: values[0] for key, values in stanza.repeated.items()}
    return stanza


def _end(stanza: Stanza, name: str, parts: list[str]) -> str:
    """Keep the field `name`, joined once (a field may have a million lines); gives ""."""
    if name:
        stanza.repeated.setdefault(name, []).append("\n".join(parts))
    return ""


def _fault(stanza: Stanza, text: str) -> None:
    if len(stanza.faults) < LIMITS.file_problems:
        stanza.faults.append(text)
