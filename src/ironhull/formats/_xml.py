"""XML 1.0 as text: attributes and character data that are well-formed whatever they hold."""

from __future__ import annotations

from ironhull.formats.text_table import safe
from ironhull.lazy import regex

__all__ = ["attributes", "text_of"]

_ESCAPES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\n": "&#10;",
    "\r": "&#13;",
    "\t": "&#9;",
}
_SPECIAL = regex('[&<>"\n\r\t]')
_FORBIDDEN = regex("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold (section 2.2), not even as a reference."""


def attributes(**values: object) -> str:
    """` name="value"` for each of `values`."""
    return "".join(f' {name}="{text_of(str(value))}"' for name, value in values.items())


def text_of(text: str) -> str:
    """`text` as character data: well-formed and visible whatever it holds."""
    if not text.isprintable():
        text = _FORBIDDEN.sub(lambda m: m[0].encode("unicode_escape").decode("ascii"), text)
        text = "\n".join(safe(line) for line in text.split("\n"))
    return _SPECIAL.sub(lambda m: _ESCAPES[m[0]], text)
