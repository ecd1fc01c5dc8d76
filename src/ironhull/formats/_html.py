"""Pieces of HTML: escaped text, lists, tables, and a frame that lets nothing in from outside."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from ironhull.formats.text_table import safe

__all__ = ["anchor", "definitions", "frame", "table", "text"]

_SPECIAL = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "`": "&#96;"}
)


def text(value: str) -> str:
    """`value` as text or the value of a quoted attribute; control and format characters, which
    could reorder a line, as the text of their escapes."""
    return safe(value).translate(_SPECIAL)


def anchor(name: str, url: str) -> str:
    """A link; `url` is one that the program made and percent-encoded."""
    return f'<a href="{text(url)}" rel="noreferrer">{text(name)}</a>'


def definitions(pairs: Iterable[tuple[str, str]]) -> str:
    """A list of (term, HTML); what has no value is left out."""
    rows = "".join(f"<dt>{text(name)}</dt><dd>{value}</dd>" for name, value in pairs if value)
    return f"<dl>{rows}</dl>"


def table(caption: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML; the first of each row names it."""
    head = "".join(f'<th scope="col">{text(name)}</th>' for name in header)
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>\n'
        for first, *rest in rows
    )
    return (
        f'<div class="scroll"><table class="plain"><caption class="away">{text(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>\n"
    )


def frame(title: str, body: Iterable[str]) -> bytes:
    """The document: one file, no other is asked for, no script runs but its own.

    The policy (Content Security Policy level 3) names style and script by their digests.
    """
    style, script = (_beside(f"html_report.{kind}") for kind in ("css", "js"))
    policy = (
        f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)};"
        " base-uri 'none'; form-action 'none'"
    )
    head = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{text(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    )
    tail = f"<script>{script}</script>\n</body>\n</html>\n"
    return b"".join(part.encode() for part in (head, *body, tail))


def _beside(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _digest(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"
