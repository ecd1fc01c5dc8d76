"""deb822: stanzas of fields, the format of control files, indexes and sources (deb822(5))."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["read_fields", "stanzas"]

_BLANK = re.compile(r"\n(?:[ \t]*\n)+")


def stanzas(text: str) -> Iterator[str]:
    """The stanzas of `text`: runs of lines without an empty one."""
    for stanza in _BLANK.split(text):
        if stanza.strip():
            yield stanza.strip("\n")


def read_fields(stanza: str) -> dict[str, str]:
    """The fields of one stanza by name; folded lines are joined with newlines, comments dropped.

    Raises ValueError for a line that is no field and for a field given twice.
    """
    found: dict[str, str] = {}
    last = ""
    for line in stanza.split("\n"):
        if line[:1] in (" ", "\t"):
            if not last:
                raise ValueError(f"continues nothing: {line[:80]!r}")
            found[last] += "\n" + line.rstrip()
        elif line.strip() and line[0] != "#":
            name, colon, value = line.partition(":")
            if not colon or not name or name != name.strip():
                raise ValueError(f"not a field: {line[:80]!r}")
            if name in found:
                raise ValueError(f"the field {name} is there twice")
            found[name] = value.strip()
            last = name
    return found
