"""Values of metadata files: JSON as package managers write it, names and one-line texts cleaned.

What a package's author wrote is put into purls, tables and documents, so nothing gets there that
cannot be printed or encoded: control characters, line breaks, lone surrogates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import islice

from ironhull.lazy import regex
from ironhull.licenses.names import expression
from ironhull.limits import LIMITS
from ironhull.model import File, Tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from json import JSONDecoder
    from typing import Any

__all__ = ["either", "line", "load_json", "mapping", "person", "read_text", "texts", "web", "word"]

_WORD_LENGTH = 300
_LINE_LENGTH = 500
_CHOICES = 30
_SPACES = regex(r"\s+")
_ADDRESS = regex(r"\s*\((?:https?:)?//[^()]*\)")


def load_json(data: bytes) -> Any:
    """A JSON document in UTF-8 or UTF-16; a byte order mark and broken characters are let pass.

    Raises ValueError with a text that fits a Problem.
    """
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = data.decode(encoding, "replace")
    try:
        return _decoder().decode(text)
    except RecursionError:
        raise ValueError("too deeply nested") from None
    except ValueError as error:
        raise ValueError(f"not JSON: {error}") from None


@cache
def _decoder() -> JSONDecoder:
    from json import JSONDecoder

    return JSONDecoder(strict=False)


def read_text(file: File, tree: Tree) -> str:
    """A description in UTF-8, broken characters replaced; ValueError where it is far too large."""
    if file.size > LIMITS.description_bytes:
        raise ValueError(f"{file.size} bytes, more than {LIMITS.description_bytes}")
    return tree.read(file.path).decode("utf-8", "replace")


def mapping(value: object) -> Mapping[str, Any]:
    """`value` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def texts(value: object) -> tuple[str, ...]:
    """The strings of a JSON array; a lone string counts as an array of one."""
    if isinstance(value, str):
        return (value,)
    return tuple(item for item in value if isinstance(item, str)) if type(value) is list else ()


def word(value: object) -> str:
    """A name or version: trimmed; "" for what is empty, too long, has spaces or cannot be shown."""
    if not isinstance(value, str):
        return ""
    text = value.strip()
    if len(text) > _WORD_LENGTH or " " in text or not text.isprintable():
        return ""
    return text


def line(value: object) -> str:
    """One line of text: spaces single, what cannot be printed left out, long text cut."""
    if not isinstance(value, str):
        return ""
    text = value[: 4 * _LINE_LENGTH].strip()
    if not text.isprintable() or "  " in text:
        text = "".join(c for c in _SPACES.sub(" ", text) if c.isprintable())
    return text if len(text) <= _LINE_LENGTH else text[: _LINE_LENGTH - 1].rstrip() + "…"


def web(*values: object) -> str:
    """The first of `values` that is an http(s) address."""
    for value in values:
        text = word(value)
        if text.lower().startswith(("http://", "https://")):
            return text
    return ""


def person(name: object, mail: object = "") -> str:
    """`Name <mail>` of an author or publisher; a home page in brackets is left out."""
    said = line(_ADDRESS.sub("", line(name)))
    address = word(mail)
    if said and "@" in address and "<" not in said:
        return f"{said} <{address}>"
    return said or address


def either(names: Iterable[str]) -> tuple[str, ...]:
    """The SPDX expression of a list of licences to choose from; () where none is named."""
    known = [text for name in islice(names, _CHOICES) if (text := expression(line(name)))]
    known = list(dict.fromkeys(known))
    if len(known) < 2:
        return tuple(known)
    return (" OR ".join(f"({text})" if " AND " in text else text for text in known),)
