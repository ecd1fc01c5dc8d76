"""RubyGems: the order of Gem::Version.

Source: RubyGems' `Gem::Version` (docs.ruby-lang.org): a version is runs of digits and of letters;
"-" reads ".pre."; zeros at the end, and at the end of the numbers before the first letters, do not
count; a missing part is zero; letters come before numbers. Lock files, and lists made of them,
write VERSION-PLATFORM (`Gem::Platform`); a version that RubyGems wrote itself has no "-".
"""

from __future__ import annotations

import re

from ironhull.ecosystems._numbers import bounded, number, padded
from ironhull.ecosystems._plain import named, only
from ironhull.ecosystems._row import Ecosystem
from ironhull.lazy import regex
from ironhull.model import Package

__all__ = ["ROW", "pairs", "sort_key"]

_VERSION = regex(
    r"\s*([0-9]+(?:\.[0-9a-zA-Z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)?\s*", re.ASCII
)
_PART = regex(r"[0-9]+|[a-zA-Z]+")
_PLATFORM = regex(
    r"(aarch64|arm|i[0-9]86|loongarch64|mips|powerpc|ppc|riscv|s390|sparc|universal|wasm|x64|x86"
    r"|aix|cygwin|dalvik|darwin|dotnet|freebsd|java|jruby|linux|macruby|mingw|mswin|netbsd|openbsd"
    r"|ruby|solaris|truffleruby|wasi)[0-9a-z_.]*(-.*)?",
    re.ASCII | re.DOTALL,
)
_ZERO = (0, "")


def sort_key(version: str) -> bytes:
    """The key of `version`; raises ValueError where Gem::Version refuses it."""
    bounded(version, "a RubyGems version")
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ValueError(f"not a RubyGems version: {version!r}")
    parts: list[tuple[int, str]] = []
    words = False
    for part in _PART.findall((match[1] or "0").replace("-", ".pre.")):
        if not part.isalpha():
            parts.append((1, number(part)) if part.strip("0") else _ZERO)
            continue
        while not words and parts and parts[-1] is _ZERO:
            parts.pop()
        words = True
        parts.append((-1, f"{part}\x00"))
    return padded(parts).encode("latin-1")


def pairs(package: Package) -> tuple[tuple[str, str], ...]:
    """The name, with the version without its platform."""
    version, _, platform = package.version.partition("-")
    return ((package.name, version if _PLATFORM.fullmatch(platform) else package.version),)


ROW = Ecosystem(
    "gem", ("RubyGems",), only("RubyGems"), sort_key, named(), "RubyGems order", pairs=pairs
)
