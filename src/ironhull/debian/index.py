"""What the Packages files of an archive offer, by name and by virtual name.

A Packages file of Debian's main has 68,000 stanzas, of which a base image needs a hundred. So the
bytes are kept as they came and only the places of stanzas, names and virtual names are found; the
fields of a stanza are read when it is asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from posixpath import normpath
from urllib.parse import quote

from ironhull.debian.deb822 import read_fields
from ironhull.debian.model import Deb
from ironhull.debian.relations import version_key
from ironhull.errors import RepositoryError
from ironhull.model import Upstream

__all__ = ["PackageIndex"]

_PROVIDED = re.compile(r"(?:^|,)\s*([a-z0-9][a-z0-9+.-]*)", re.ASCII)
_SOURCE = re.compile(r"([a-z0-9][a-z0-9+.-]*)(?:\s+\(([^()\s]+)\))?", re.ASCII)
_FOLDED = re.compile(rb"[^\n]*(?:\n[ \t][^\n]*)*")
_SHA256 = re.compile("[0-9a-f]{64}")
_END = b"\n\n"


@dataclass(frozen=True, slots=True)
class _Source:
    """One Packages file: its bytes, where its stanzas' files are, and its name for messages.

    `first` is where it begins in the row of all files that were added.
    """

    data: bytes
    first: int
    base: str
    origin: str


@dataclass(slots=True)
class PackageIndex:
    """What some archives offer for `architecture`, by name and by virtual name."""

    architecture: str
    _sources: list[_Source] = field(default_factory=list, repr=False)
    _named: dict[str, list[int]] = field(default_factory=dict, repr=False)
    _provided: dict[str, list[str]] = field(default_factory=dict, repr=False)
    _essential: set[str] = field(default_factory=set, repr=False)
    _read: dict[str, tuple[Deb, ...]] = field(default_factory=dict, repr=False)

    def add(self, data: bytes, *, base: str, origin: str) -> None:
        """Adds a Packages file: `base` the archive's URL, `origin` what Deb.origin will say.

        Raises RepositoryError for a stanza that is not one.
        """
        last = self._sources[-1] if self._sources else None
        source = _Source(data, last.first + len(last.data) if last else 0, base, origin)
        self._sources.append(source)
        self._read.clear()
        at = 0
        while at < len(data):
            end = data.find(_END, at)
            end = end if end >= 0 else len(data)
            self._note(source, at, data[at:end])
            at = end + len(_END)

    def _note(self, source: _Source, at: int, stanza: bytes) -> None:
        if stanza.startswith(b"Package: "):
            name = stanza[9:].partition(b"\n")[0].rstrip().decode("latin-1")
            provides, essential = _marks(stanza)
        elif stanza.strip():
            fields = _fields(stanza, source)
            name = fields.get("Package", "")
            provides, essential = fields.get("Provides", ""), fields.get("Essential") == "yes"
        else:
            return
        self._named.setdefault(name, []).append(source.first + at)
        if essential:
            self._essential.add(name)
        for virtual in _PROVIDED.findall(provides) if provides else ():
            self._provided.setdefault(virtual, []).append(name)

    def named(self, name: str) -> tuple[Deb, ...]:
        """The packages of that name, highest version first; of equal versions the first added."""
        if name not in self._read:
            found = [self._deb(*self._stanza(place)) for place in self._named.get(name, ())]
            debs = [deb for deb in found if deb is not None]
            debs.sort(key=lambda deb: version_key(deb.version), reverse=True)
            self._read[name] = tuple(debs)
        return self._read[name]

    def providers(self, virtual: str) -> tuple[str, ...]:
        """The names of packages some version of which provides `virtual`, sorted."""
        return tuple(sorted(set(self._provided.get(virtual, ()))))

    @property
    def essential(self) -> tuple[str, ...]:
        """The names of packages some version of which is Essential, sorted."""
        return tuple(sorted(self._essential))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all packages, sorted."""
        return tuple(sorted(self._named))

    def _stanza(self, place: int) -> tuple[_Source, bytes]:
        source = next(one for one in reversed(self._sources) if one.first <= place)
        start = place - source.first
        end = source.data.find(_END, start)
        return source, source.data[start : end if end >= 0 else None]

    def _deb(self, source: _Source, stanza: bytes) -> Deb | None:
        try:
            return self._made(source, _fields(stanza, source))
        except ValueError as trouble:
            name = stanza.strip(b"\n").partition(b"\n")[0][:80].decode("latin-1")
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


def _marks(stanza: bytes) -> tuple[str, bool]:
    """The Provides of a stanza that is not read yet, and whether it is Essential."""
    provides = b""
    at = stanza.find(b"\nProvides: ")
    if at >= 0:
        match = _FOLDED.match(stanza, at + 11)
        provides = match[0] if match else b""
    return provides.decode("latin-1"), b"\nEssential: yes" in stanza


def _fields(stanza: bytes, source: _Source) -> dict[str, str]:
    try:
        return read_fields(stanza.strip(b"\n").decode("utf-8"))
    except ValueError as trouble:
        name = stanza.strip(b"\n").partition(b"\n")[0][:80].decode("latin-1")
        raise RepositoryError(f"{source.origin}: {name!r}: {trouble}") from trouble
