"""RubyGems: the order of Gem::Version.

Source: RubyGems' `Gem::Version` (docs.ruby-lang.org): a version is runs of digits and of letters;
"-" reads ".pre."; zeros at the end, and at the end of the numbers before the first letters, do not
count; a missing part is zero; letters come before numbers. So in a key stands, part by part:

    1  letters, 0            the next part is letters
    2  number                that many zeros, then letters
    3                        nothing but zeros follows
    4  number, downwards     that many zeros, then a greater number
    5  number                the next part is a number above zero
"""

from __future__ import annotations

import re

from ironhull.ecosystems._numbers import bounded, downwards, number
from ironhull.ecosystems._plain import named, only
from ironhull.ecosystems._row import Ecosystem

__all__ = ["ROW", "sort_key"]

_VERSION = re.compile(
    r"\s*([0-9]+(?:\.[0-9a-zA-Z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)?\s*", re.ASCII
)
_PART = re.compile(r"[0-9]+|[a-zA-Z]+")
_ZERO = "0"


def sort_key(version: str) -> bytes:
    """The key of `version`; raises ValueError where Gem::Version refuses it."""
    bounded(version, "a RubyGems version")
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ValueError(f"not a RubyGems version: {version!r}")
    key: list[str] = []
    zeros = 0
    for part in _parts((match[1] or _ZERO).replace("-", ".pre.")):
        if part == _ZERO:
            zeros += 1
            continue
        word = part.isalpha()
        if zeros:
            key.append("\x02" + number(str(zeros)) if word else "\x04" + downwards(str(zeros)))
            zeros = 0
        key.append(f"\x01{part}\x00" if word else f"\x05{number(part)}")
    key.append("\x03")
    return "".join(key).encode("latin-1")


def _parts(text: str) -> list[str]:
    """Runs of letters and of digits; every zero that is left counts and is written "0"."""
    parts: list[str] = []
    before_words = True
    for part in _PART.findall(text):
        if before_words and part.isalpha():
            _drop_zeros(parts)
            before_words = False
        parts.append(part if part.strip(_ZERO) else _ZERO)
    _drop_zeros(parts)
    return parts


def _drop_zeros(parts: list[str]) -> None:
    while parts and parts[-1] == _ZERO:
        parts.pop()


ROW = Ecosystem("gem", ("RubyGems",), only("RubyGems"), sort_key, named(), "RubyGems order")
