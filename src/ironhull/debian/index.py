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

from ironhull.debian.model import Deb
from ironhull.debian.relations import version_key
from ironhull.errors import RepositoryError
from ironhull.model import Upstream

__all__ = ["PackageIndex", "read_fields", "stanzas"]

_PROVIDED = re.compile(r"(?:^|,)\s*([a-z0-9][a-z0-9+.-]*)", re.ASCII)
_SOURCE = re.compile(r"([a-z0-9][a-z0-9+.-]*)(?:\s+\(([^()\s]+)\))?", re.ASCII)
_FOLDED = re.compile(r"[^\n]*(?:\n[ \t][^\n]*)*")
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
    """One Packages file: where its stanzas' files are, and its name for messages."""

    base: str
    origin: str


@dataclass(slots=True)
class PackageIndex:
    """What some archives offer for `architecture`, by name and by virtual name.

    Stanzas are kept as Latin-1 text (one byte a character) until they are read as UTF-8.
    """

    architecture: str
    _named: dict[str, list[tuple[_Source, str]]] = field(default_factory=dict)
    _provided: dict[str, set[str]] = field(default_factory=dict)
    _essential: set[str] = field(default_factory=set)
    _read: dict[str, tuple[Deb, ...]] = field(default_factory=dict)

    def add(self, data: bytes, *, base: str, origin: str) -> None:
        """Adds a Packages file: `base` the archive's URL, `origin` what Deb.origin will say.

        Raises RepositoryError for a stanza that is not one.
        """
        source = _Source(base, origin)
        self._read.clear()
        for stanza in data.decode("latin-1").split("\n\n"):
            if stanza.startswith("Package: "):
                name = stanza[9 : stanza.find("\n")].rstrip()
                provides, essential = _marks(stanza)
            elif stanza.strip():
                fields = _fields(stanza, source)
                name = fields.get("Package", "")
                provides, essential = fields.get("Provides", ""), fields.get("Essential", "")
            else:
                continue
            self._named.setdefault(name, []).append((source, stanza))
            if essential == "yes":
                self._essential.add(name)
            for virtual in _PROVIDED.findall(provides) if provides else ():
                self._provided.setdefault(virtual, set()).add(name)

    def named(self, name: str) -> tuple[Deb, ...]:
        """The packages of that name, highest version first; of equal versions the first added."""
        if name not in self._read:
            found = [self._deb(source, stanza) for source, stanza in self._named.get(name, ())]
            debs = [deb for deb in found if deb is not None]
            debs.sort(key=lambda deb: version_key(deb.version), reverse=True)
            self._read[name] = tuple(debs)
        return self._read[name]

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

    def _deb(self, source: _Source, stanza: str) -> Deb | None:
        try:
            return self._made(source, _fields(stanza, source))
        except ValueError as trouble:
            name = stanza.strip("\n").split("\n", 1)[0][:80]
            raise RepositoryError(f"{source.origin}: {name}: {trouble}") from trouble

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


def _marks(stanza: str) -> tuple[str, str]:
    """The Provides and Essential of a stanza that is not read yet."""
    provides, essential = "", ""
    at = stanza.find("\nProvides: ")
    if at >= 0:
        match = _FOLDED.match(stanza, at + 10)
        provides = match[0] if match else ""
    if "\nEssential: yes" in stanza:
        essential = "yes"
    return provides, essential


def _fields(stanza: str, source: _Source) -> dict[str, str]:
    try:
        return read_fields(stanza.strip("\n").encode("latin-1").decode("utf-8"))
    except ValueError as trouble:
        name = stanza.strip("\n").split("\n", 1)[0][:80]
        raise RepositoryError(f"{source.origin}: {name!r}: {trouble}") from trouble
