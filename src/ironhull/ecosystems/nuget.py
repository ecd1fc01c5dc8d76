"""NuGet: up to four numbers and a pre-release whose case does not count.

Sources: learn.microsoft.com, "Package versioning"; NuGet.Versioning (NuGetVersion.TryParse,
VersionComparer): a missing or fourth number is zero, leading zeros and build metadata do not
count, a label that is a 32-bit integer comes before other labels, which are compared in upper case.

Advisories on .NET's shared frameworks name the packages of their content by platform, of Linux
NAME.Runtime.linux-x64 and the like: learn.microsoft.com, ".NET RID catalog".
"""

from __future__ import annotations

from ironhull.ecosystems._numbers import bounded, downwards, number, numbers
from ironhull.ecosystems._plain import only
from ironhull.ecosystems._row import Ecosystem
from ironhull.lazy import regex
from ironhull.model import Package

__all__ = ["ROW", "names", "sort_key"]

_LABELS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION = regex(rf"\s*v?([0-9]+(?:\.[0-9]+)*)(?:-({_LABELS}))?(?:\+{_LABELS})?\s*")
_INTEGER = regex(r"(-?)0*([0-9]{1,10})")
_FRAMEWORK = regex(
    r"(microsoft\.(?:asp)?netcore\.app)(?:\.runtime\.(?!linux|osx|win)([a-z]+[0-9.]*)-(x64|arm|arm64|x86))?"
)
_GREATEST = 2**31 - 1


def sort_key(version: str) -> bytes:
    """The key of `version`; raises ValueError for what is no NuGet version."""
    bounded(version, "a NuGet version")
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ValueError(f"not a NuGet version: {version!r}")
    core, labels = match.groups()
    head = numbers(core.split("."), 4)
    if labels is None:
        return (head + "\x02").encode("latin-1")
    return f"{head}\x01{''.join(map(_label, labels.split('.')))}\x01".encode("latin-1")


def _label(text: str) -> str:
    """2: below zero, 3: a number, 4: a word; the end (1) comes before all."""
    if (match := _INTEGER.fullmatch(text)) and int(match[2]) <= _GREATEST + (match[1] == "-"):
        if match[1] and int(match[2]):
            return "\x02" + downwards(match[2])
        return "\x03" + number(match[2])
    return f"\x04{text.upper()}\x00"


def names(package: Package) -> tuple[str, ...]:
    """The name in lower case; of a shared framework also that of its package for Linux.

    Distributions build .NET themselves, for platforms that advisories do not name ("rhel.9-x64").
    """
    name = package.name.lower()
    match = _FRAMEWORK.fullmatch(name)
    if match is None:
        return (name,)
    family, system, processor = match.groups()
    musl = "musl-" if system and system.startswith("alpine") else ""
    return tuple(dict.fromkeys((name, f"{family}.runtime.linux-{musl}{processor or 'x64'}")))


ROW = Ecosystem(
    "nuget", ("NuGet",), only("NuGet"), sort_key, names, "NuGet order", canonical=str.lower
)
