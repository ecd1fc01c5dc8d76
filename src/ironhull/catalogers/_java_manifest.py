"""META-INF/MANIFEST.MF and pom.properties: names and values.

Sources: Java "JAR File Specification", section "Name-Value pairs and Sections" (lines of 72 bytes,
continued by a blank); java.util.Properties.load for pom.properties.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ironhull.lazy import regex

__all__ = ["read_manifest", "read_properties"]

_ESCAPE = regex(r"\\(u[0-9A-Fa-f]{4}|.)")


def read_manifest(data: bytes) -> Mapping[str, str]:
    """The main attributes by lower-case name; of what it lacks, those of the first section."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    sections = text.lstrip("\ufeff\n").replace("\n ", "").split("\n\n", 2)
    found: dict[str, str] = {}
    for section in sections[:2]:
        for line in section.split("\n"):
            name, colon, value = line.partition(":")
            if colon:
                found.setdefault(name.strip().lower(), value.strip())
    return found


def read_properties(data: bytes) -> dict[str, str]:
    """`key=value` lines of the simple kind Maven writes."""
    found = {}
    for line in data.decode("iso-8859-1").splitlines():
        stripped = line.strip()
        if not stripped or stripped[0] in "#!":
            continue
        key, _, value = stripped.partition("=")
        found[key.strip()] = _ESCAPE.sub(_escaped, value.strip())
    return found


def _escaped(match: re.Match[str]) -> str:
    escape = match[1]
    return chr(int(escape[1:], 16)) if len(escape) == 5 else escape
