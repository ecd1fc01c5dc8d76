"""Text from images and advisories in Markdown: nothing in it is read as markup."""

from __future__ import annotations

from ironhull.formats.text_table import safe

__all__ = ["bounded", "cell", "html", "markdown_link"]

_SPECIAL = str.maketrans(
    {c: f"\\{c}" for c in "\\`*_{}[]()#+!|~"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
)
_URL = {ord(c): f"%{ord(c):02X}" for c in " ()<>|\\"}


def cell(text: str) -> str:
    """`text` on one line with nothing left that Markdown or HTML reads as markup."""
    return safe(text).translate(_SPECIAL)


def html(text: str) -> str:
    """`text` inside an HTML block, where Markdown reads nothing as markup."""
    return safe(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def markdown_link(text: str, url: str) -> str:
    """A link that `url` cannot break out of."""
    return f"[{cell(text)}]({safe(url).translate(_URL)})"


def bounded(text: str, size: int) -> str:
    """At most `size` characters, the last an ellipsis where some were cut."""
    return text if len(text) <= size else f"{text[: size - 1]}…"
