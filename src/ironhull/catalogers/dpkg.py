"""Debian packages: var/lib/dpkg/status, and status.d as images without dpkg have it.

Sources: dpkg's `doc/spec` and lib/dpkg/parse.c for the status database, deb-control(5) and
deb-substvars(5) for the fields, Debian Policy 12.5 for copyright files. Distroless images keep one
control stanza per file in var/lib/dpkg/status.d, mostly without a Status field, beside `.md5sums`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ironhull.catalogers._copyright import licenses_of
from ironhull.catalogers._headers import Stanza, stanzas
from ironhull.catalogers._places import DPKG_STATUS
from ironhull.catalogers._row import Found, Needs
from ironhull.errors import printable
from ironhull.lazy import regex
from ironhull.model import File, Location, Package, Problem, Tree, Upstream

__all__ = ["parse"]

_INFO = "var/lib/dpkg/info/"
_NAME = "dpkg"

_NOT_THERE = frozenset({"not-installed", "config-files"})
"""States in which no program file of the package is on disk (dpkg(1), "Package states")."""

_COMPLETE = frozenset({"installed", "triggers-awaited", "triggers-pending"})
_BROKEN = frozenset({"half-installed", "unpacked", "half-configured"})

_NAME_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.+-")
_SOURCE = regex(r"(\S+)(?:\s*\(\s*([^\s)]+)\s*\))?", re.ASCII)


def parse(file: File, tree: Tree) -> Iterator[Found]:
    if file.path.endswith(".md5sums"):
        return
    seen = False
    for stanza in stanzas(tree.read(file.path).decode("utf-8", "replace")):
        seen = True
        yield from _stanza(stanza, file, tree)
    if not seen and file.path != DPKG_STATUS:
        yield Problem(_NAME, file.path, "holds no package")


def _stanza(stanza: Stanza, file: File, tree: Tree) -> Iterator[Found]:
    where = f"{file.path}:{stanza.line}"
    name, version = stanza.get("package"), stanza.get("version")
    for fault in stanza.faults:
        yield Problem(_NAME, file.path, fault + (f" (package {printable(name)})" if name else ""))
    if not name[:1].isalnum() or not _NAME_CHARACTERS.issuperset(name):
        what = f"an impossible package name {name[:40]!r}" if name else "no Package field"
        yield Problem(_NAME, where, f"stanza with {what}: not listed")
        return
    listed, doubt = _state(stanza.get("status"), required=file.path == DPKG_STATUS)
    if not listed:
        return
    if not version or any(c.isspace() for c in version):
        what = f"an impossible version {version[:40]!r}" if version else "no Version field"
        yield Problem(_NAME, where, f"{name} has {what}: not listed")
        return
    if doubt:
        yield Problem(_NAME, where, f"{name} {doubt}")
    package = _package(stanza, file, tree)
    yield package
    requires = tuple(v for f in ("pre-depends", "depends") if (v := stanza.get(f)))
    provides = tuple(v for f in ("provides",) if (v := stanza.get(f)))
    yield Needs(package, requires, provides)


def _state(status: str, *, required: bool) -> tuple[bool, str]:
    """Whether a package of this Status ("want flag state") has its files on disk, and any doubt.

    What the state says decides, not what the administrator wants: `hold ok installed` and
    `deinstall ok installed` are installed. An unfinished installation has left files that can be
    run, so it is listed too, with a Problem.
    """
    words = status.split()
    if not words:
        return True, "has no Status; listed as installed" if required else ""
    state = words[-1].lower()
    if len(words) == 3 and state in _COMPLETE:
        return True, ""
    if len(words) == 3 and state in _NOT_THERE:
        return False, ""
    if len(words) == 3 and state in _BROKEN:
        return True, f"is {state}: its installation did not finish; listed as installed"
    return True, f"has a Status that dpkg does not know ({status[:40]!r}); listed as installed"


def _package(stanza: Stanza, file: File, tree: Tree) -> Package:
    name, version, arch = stanza.get("package"), stanza.get("version"), stanza.get("architecture")
    summary = stanza.get("description").split("\n", 1)[0].strip()
    size = stanza.get("installed-size")
    return Package(
        ecosystem="deb",
        name=name,
        version=version,
        arch=arch,
        upstream=_upstream(stanza.get("source"), name, version),
        licenses=licenses_of(name, tree),
        locations=_locations(stanza, file, tree),
        found_by=_NAME,
        size=int(size) * 1024 if size.isdecimal() and len(size) < 16 else 0,
        summary=summary,
        homepage=stanza.get("homepage"),
        supplier=stanza.get("maintainer"),
    )


def _upstream(source: str, name: str, version: str) -> Upstream | None:
    """The source package: `Source: name (version)`; None where it is as the binary's."""
    if not source:
        return None
    if source == name or _NAME_CHARACTERS.issuperset(source):
        upstream = Upstream(source, version)
    elif (match := _SOURCE.match(source)) is not None:
        upstream = Upstream(match[1], match[2] or version)
    else:
        return None
    return None if upstream == Upstream(name, version) else upstream


def _locations(stanza: Stanza, file: File, tree: Tree) -> tuple[Location, ...]:
    """Where the package is recorded, first the record whose layer brought it.

    Every layer that runs dpkg rewrites the status file, so its layer says little; the list of the
    package's files is written when that version is unpacked.
    """
    own = Location(file.path, file.layer)
    if file.path != DPKG_STATUS:
        return (own,)
    name, arch = stanza.get("package"), stanza.get("architecture")
    for path in (f"{_INFO}{name}:{arch}.list", f"{_INFO}{name}.list"):
        record = tree.find(path)
        if record is not None:
            return (Location(record.path, record.layer), own)
    return (own,)
