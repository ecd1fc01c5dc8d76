"""pom.xml: coordinates and licences, as far as the file itself tells.

Source: Maven "POM Reference". Coordinates missing in a project are its parent's; properties are
resolved where the file defines them. Nothing outside the file is asked.
"""

from __future__ import annotations

import re

from ironhull.lazy import regex
from ironhull.values import dataclass, field

__all__ = ["Pom", "licenses_only", "read_pom"]

_PROPERTY = regex(r"\$\{([^{}]{1,200})\}")
_DEPTH = 5  # elements below that hold nothing wanted
_LONGEST = 1_000  # characters of a coordinate
_WANTED = frozenset(
    {
        "project/groupId",
        "project/artifactId",
        "project/version",
        "project/parent/groupId",
        "project/parent/version",
        "project/licenses/license/name",
        "project/licenses/license/url",
    }
)


@dataclass(slots=True)
class Pom:
    """What one pom.xml tells; "" where it does not. `licenses` are (name, URL)."""

    group: str = ""
    artifact: str = ""
    version: str = ""
    licenses: list[tuple[str, str]] = field(default_factory=list)


class _Reader:
    """Follows the elements and keeps the texts of those wanted."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.licenses: list[tuple[str, str]] = []
        self._path: list[str] = []
        self._text: list[str] = []

    def start(self, name: str, _attributes: object) -> None:
        self._path.append(name.rpartition(":")[2])
        self._text.clear()

    def end(self, _name: str) -> None:
        path = "/".join(self._path) if len(self._path) <= _DEPTH else ""
        if path in _WANTED or path.startswith("project/properties/"):
            self.texts.setdefault(path, "".join(self._text).strip())
        if path == "project/licenses/license":
            name = self.texts.pop(f"{path}/name", "")
            self.licenses.append((name, self.texts.pop(f"{path}/url", "")))
        self._path.pop()
        self._text.clear()

    def data(self, text: str) -> None:
        self._text.append(text)

    def get(self, name: str) -> str:
        """A coordinate; what stays unresolved is as good as not said."""
        text = self.texts.get(f"project/{name}") or self.texts.get(f"project/parent/{name}", "")
        for _ in range(5):
            if len(text) > _LONGEST:
                return ""
            text = _PROPERTY.sub(self._property, text)
        return "" if "$" in text or len(text) > _LONGEST else text

    def _property(self, match: re.Match[str]) -> str:
        name = match[1]
        for prefix in ("project.", "pom."):
            if name.startswith(prefix):
                path = "project/" + name.removeprefix(prefix).replace(".", "/")
                return self.texts.get(path) or self.texts.get(
                    path.replace("project/", "project/parent/", 1), match[0]
                )
        return self.texts.get(f"project/properties/{name}", match[0])


def read_pom(data: bytes) -> Pom:
    """What `data` tells. Raises ValueError if it is not XML or declares entities."""
    from xml.parsers import expat

    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as trouble:
        raise ValueError(f"is not XML: {trouble}") from None
    return Pom(
        reader.get("groupId"), reader.get("artifactId"), reader.get("version"), reader.licenses
    )


def licenses_only(data: bytes) -> bytes:
    """A pom.xml cut down to its licences: a small part of a long file."""
    start = data.find(b"<licenses>")
    end = data.find(b"</licenses>", start)
    if start < 0 or end < 0:
        return b"<project/>"
    return b"<project>" + data[start:end] + b"</licenses></project>"


def _refuse(*_: object) -> None:
    raise ValueError("declares XML entities, which no pom.xml needs")
