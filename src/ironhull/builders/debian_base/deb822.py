"""deb822: stanzas of fields (deb822(5)), and an index over the stanzas of Packages files.

A Packages file of Debian's main has 68,000 stanzas, of which a base image needs a hundred. So the
index finds where stanzas, names and virtual names are in one pass each, and reads the fields of a
stanza only when it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from posixpath import normpath
from urllib.parse import quote

from ironhull.builders.debian_base._nouns import Deb
from ironhull.builders.debian_base.relations import Relation, parse_relations, version_key
from ironhull.errors import RepositoryError
from ironhull.model import Upstream

__all__ = ["PackageIndex", "read_fields", "stanzas"]

_NAME = re.compile(r"^Package:[ \t]*(\S+)[ \t]*$", re.MULTILINE)
_PROVIDES = re.compile(r"^Provides:[ \t]*(.+)$", re.MULTILINE)
_ESSENTIAL = re.compile(r"^Essential:[ \t]*yes[ \t]*$", re.MULTILINE)
_SOURCE = re.compile(r"([a-z0-9][a-z0-9+.-]*)(?:\s+\(([^()\s]+)\))?", re.ASCII)
_SHA256 = re.compile("[0-9a-f]{64}")
_BLANK = re.compile(r"\n(?:[ \t]*\n)+")


def stanzas(text: str) -> Iterator[str]:
    """The stanzas of `text`: runs of lines without an empty one."""
    for stanza in _BLANK.split(text):
        if stanza.strip():
            yield stanza.strip("\n")


def read_fields(stanza: str) -> dict[str, str]:
    """The fields of one stanza by name; folded lines are joined with newlines, comments dropped.

    Raises ValueError for a line that is no field and for a field given twice.
    """
    found: dict[str, str] = {}
    last = ""
    for line in stanza.split("\n"):
        if line[:1] in (" ", "\t"):
            if not last:
                raise ValueError(f"continues nothing: {line[:80]!r}")
            found[last] += "\n" + line.rstrip()
        elif line.strip() and line[0] != "#":
            name, colon, value = line.partition(":")
            if not colon or not name or name != name.strip():
                raise ValueError(f"not a field: {line[:80]!r}")
            if name in found:
                raise ValueError(f"the field {name} is there twice")
            found[name] = value.strip()
            last = name
    return found


@dataclass(frozen=True, slots=True)
class _Source:
    """One Packages file: its text, where its stanzas' files are, and its name for messages."""

    text: str
    base: str
    origin: str


@dataclass(slots=True)
class PackageIndex:
    """What some archives offer for `architecture`, by name and by virtual name."""

    architecture: str
    _named: dict[str, list[tuple[_Source, int]]] = field(default_factory=dict)
    _provided: dict[str, set[str]] = field(default_factory=dict)
    _essential: set[str] = field(default_factory=set)
    _read: dict[tuple[int, int], Deb | None] = field(default_factory=dict)

    def add(self, text: str, *, base: str, origin: str) -> None:
        """Adds a Packages file: `base` the archive's URL, `origin` what Deb.origin will say."""
        source = _Source(text, base, origin)
        places: list[tuple[int, str]] = []
        for match in _NAME.finditer(text):
            name = match[1]
            places.append((match.start(), name))
            self._named.setdefault(name, []).append((source, match.start()))
        self._mark(text, places)

    def named(self, name: str) -> tuple[Deb, ...]:
        """The packages of that name, highest version first; of equal versions the first added."""
        found = [self._deb(source, place) for source, place in self._named.get(name, ())]
        debs = [deb for deb in found if deb is not None]
        return tuple(sorted(debs, key=lambda deb: version_key(deb.version), reverse=True))

    def providers(self, virtual: str) -> tuple[str, ...]:
        """The names of packages some version of which provides `virtual`, sorted."""
        return tuple(sorted(self._provided.get(virtual, ())))

    @property
    def essential(self) -> tuple[str, ...]:
        """The names of packages some version of which is Essential, sorted."""
        return tuple(sorted(self._essential))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all packages, sorted."""
        return tuple(sorted(self._named))

    def _mark(self, text: str, places: list[tuple[int, str]]) -> None:
        """Notes which package each Provides and Essential field belongs to, in step with places."""
        marks = [(m.start(), m[1]) for m in _PROVIDES.finditer(text)]
        marks += [(m.start(), "") for m in _ESSENTIAL.finditer(text)]
        step = 0
        for place, provides in sorted(marks):
            while step + 1 < len(places) and places[step + 1][0] <= place:
                step += 1
            if not places or places[step][0] > place:
                continue  # a stanza must begin with Package, as dpkg-scanpackages writes it
            name = places[step][1]
            if not provides:
                self._essential.add(name)
            for relation in _provided(provides):
                self._provided.setdefault(relation.name, set()).add(name)

    def _deb(self, source: _Source, place: int) -> Deb | None:
        key = (id(source), place)
        if key not in self._read:
            end = source.text.find("\n\n", place)
            stanza = source.text[place : end if end >= 0 else len(source.text)]
            try:
                self._read[key] = self._made(source, read_fields(stanza.strip("\n")))
            except ValueError as trouble:
                name = stanza.split("\n", 1)[0][:80]
                raise RepositoryError(f"{source.origin}: {name}: {trouble}") from trouble
        return self._read[key]

    def _made(self, source: _Source, fields: dict[str, str]) -> Deb | None:
        for name in ("Package", "Version", "Architecture", "Filename", "Size", "SHA256"):
            if not fields.get(name):
                raise ValueError(f"the field {name} is missing")
        architecture, file, size = fields["Architecture"], fields["Filename"], fields["Size"]
        if architecture not in (self.architecture, "all"):
            return None
        version_key(fields["Version"])
        if normpath(file) != file.removeprefix("./") or file.startswith(("/", "..")):
            raise ValueError(f"Filename leads elsewhere: {file[:80]!r}")
        if not _SHA256.fullmatch(fields["SHA256"]) or not (size.isascii() and size.isdigit()):
            raise ValueError("SHA256 or Size is malformed")
        return Deb(
            name=fields["Package"],
            version=fields["Version"],
            architecture=architecture,
            source=source_of(fields),
            url=f"{source.base}/{quote(file.removeprefix('./'), safe='/+~:=')}",
            size=int(size[:19]),
            sha256=fields["SHA256"],
            fields=fields,
            origin=source.origin,
        )


def source_of(fields: dict[str, str]) -> Upstream:
    """The source package of a binary package: Source, where it differs (policy 5.6.1)."""
    match = _SOURCE.fullmatch(fields.get("Source", ""))
    if match is None:
        return Upstream(fields["Package"], fields["Version"])
    return Upstream(match[1], match[2] or fields["Version"])


def _provided(text: str) -> Iterator[Relation]:
    try:
        groups = parse_relations(text) if text else ()
    except ValueError:
        return  # told when the stanza itself is read by the resolver
    for group in groups:
        yield from group
