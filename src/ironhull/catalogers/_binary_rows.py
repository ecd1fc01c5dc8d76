"""What a row of the tables in `_binary_programs` and `_binary_libraries` says.

A row is for the files the project's own build installs. `texts` are regular expressions whose only
group is the version; the first that matches the read-only data decides. Before it is tried, its
`anchor` (a literal part of it) is looked for, so that most of a file is only skimmed. One without
an anchor is for versions that stand alone, and counts only if all matches are the same. "{v}" is
the version in the file's own name ("python3.12").
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ironhull.values import dataclass

__all__ = ["Row", "Text", "after", "whole"]


@dataclass(frozen=True, slots=True)
class Text:
    """What to look for: a literal part, and the expression around it."""

    anchor: bytes
    pattern: bytes


@dataclass(frozen=True, slots=True)
class Row:
    """Software: its name, licence, file names, and the texts that tell its version.

    `libraries` are names up to ".so" or a "-", `sonames` the file names they have where a copy was
    made by soname. `mend` turns the text found into a version.
    """

    name: str
    licence: str
    programs: tuple[str, ...]
    texts: tuple[Text, ...]
    libraries: tuple[str, ...] = ()
    sonames: tuple[str, ...] = ()
    mend: Callable[[str], str] = str
    decide: Callable[[bytes], str] | None = None  # where no expression can; gets read-only data


V3 = rb"(\d+\.\d+\.\d+)"


def after(prefix: bytes, version: bytes = V3) -> tuple[Text, ...]:
    """The version follows a text."""
    return (Text(prefix, re.escape(prefix) + version),)


def whole(version: bytes) -> tuple[Text, ...]:
    """The version is a string of its own: no text before it, a NUL byte behind it."""
    return (Text(b"", rb"(?<![ -~])(" + version + rb")(?=\0)"),)
