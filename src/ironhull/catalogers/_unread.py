"""Packages this version sees and cannot list; they are said, so that nobody takes them for checked.

What a distribution package brings (below usr/share and the like) is left to that package.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ironhull.model import Problem

__all__ = ["unread"]

_ENDINGS = (".jar", ".war", ".ear")
_OF_THE_DISTRIBUTION = ("usr/share/",)
_KINDS = tuple((name, re.compile(pattern)) for name, pattern in (("Java", r".*\.[jwe]ar"),))


def unread(paths: Iterable[str]) -> Iterator[Problem]:
    """One Problem for each kind of package there are files of, with how many and the first."""
    found: dict[str, list[str]] = {}
    for path in paths:
        if path.endswith(_ENDINGS) and not path.startswith(_OF_THE_DISTRIBUTION):
            for name, pattern in _KINDS:
                if pattern.fullmatch(path):
                    found.setdefault(name, []).append(path)
    for name, files in sorted(found.items()):
        number = f"{len(files)} package file{'s' if len(files) > 1 else ''}"
        message = f"{number} of {name} not read: this version has no reader for them"
        yield Problem("catalog", min(files), message)
