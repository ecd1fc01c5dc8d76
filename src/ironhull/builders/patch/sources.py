"""Where an image gets its packages from: its apt sources, its keys, its preferences.

sources.list(5), apt_preferences(5), apt-secure(8). An image without apt gets Debian's own
repositories for the release its os-release names.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ironhull.builders.patch.system import System
from ironhull.debian.deb822 import read_fields, stanzas
from ironhull.debian.model import Repository
from ironhull.debian.repositories import debian_repositories, parse_source
from ironhull.errors import BuildError, DefinitionError, Error

__all__ = ["Sources", "find_sources"]

_LIST = "etc/apt/sources.list"
_PARTS = "etc/apt/sources.list.d"
_TRUSTED = "etc/apt/trusted.gpg"
_HINT = "name the repositories to use with --repository 'deb URL SUITE COMPONENT…'"


@dataclass(frozen=True, slots=True)
class Sources:
    """The repositories, the keys each is verified against, and which packages are pinned."""

    repositories: tuple[Repository, ...]
    keys: Callable[[Repository], tuple[bytes, ...]]
    pinned: Callable[[str], bool]
    said_by: str


def find_sources(system: System, given: Iterable[str], keys: tuple[bytes, ...]) -> Sources:
    """The repositories of `system`, or those `given`; raises BuildError where there are none.

    What apt in the image would obey and we cannot (a flat repository, a pin for all packages) is
    refused: leaving it out would mean to say that there is nothing newer.
    """
    inline: dict[Repository, bytes] = {}
    texts = tuple(given)
    if texts:
        found = tuple(one for text in texts for one in parse_source(text))
        said_by = "the command line"
    else:
        found = tuple(_of_image(system, inline))
        said_by = "the image's apt sources"
    if not found:
        found, said_by = _of_release(system), "the image's os-release"
    trusted = _trusted(system)

    def keys_of(repository: Repository) -> tuple[bytes, ...]:
        if repository in inline:
            return (*keys, inline[repository])
        path = repository.signed_by.strip("/")
        if repository.signed_by.startswith("/") and (data := system.root.read(path)) is not None:
            return (*keys, data)
        return (*keys, *trusted)

    names, refused = ((), "") if texts else _pins(system)
    if refused:
        raise BuildError(refused, _HINT)
    return Sources(found, keys_of, lambda name: _matches(name, names), said_by)


def _of_image(system: System, inline: dict[Repository, bytes]) -> Iterable[Repository]:
    paths = [_LIST, *system.root.below(_PARTS)] if system.root.find("etc/apt") else []
    for path in paths:
        text = system.text(path)
        try:
            if path.endswith(".sources"):
                yield from _stanzas(text, inline)
            elif path.endswith(".list"):
                for line in text.splitlines():
                    if entry := line.partition("#")[0].strip():
                        yield from parse_source(entry)
        except Error as trouble:
            raise BuildError(f"/{path}: {trouble.message}", _HINT) from trouble


def _stanzas(text: str, inline: dict[Repository, bytes]) -> Iterable[Repository]:
    for stanza in stanzas(text):
        if all(line.lstrip().startswith("#") for line in stanza.splitlines()):
            continue
        try:
            fields = {name.lower(): value for name, value in read_fields(stanza).items()}
        except ValueError as trouble:
            raise DefinitionError(str(trouble)) from trouble
        said = "".join(f"{n}: {v}\n" for n, v in fields.items() if n not in _IDLE)
        for repository in parse_source(said):
            if "BEGIN PGP" in fields.get("signed-by", ""):
                lines = (line.strip() for line in fields["signed-by"].strip().splitlines())
                inline[repository] = "\n".join("" if x == "." else x for x in lines).encode()
            yield repository


_IDLE = (
    "description",
    "x-repolib-name",
    "languages",
    "targets",
    "pdiffs",
    "by-hash",
    "date-max-future",
)
"""Fields that say nothing about which packages there are."""


def _of_release(system: System) -> tuple[Repository, ...]:
    release = system.os_release
    codename = release.get("VERSION_CODENAME", "") or _CODENAMES.get(
        release.get("VERSION_ID", ""), ""
    )
    if release.get("ID") != "debian" or not codename:
        who = release.get("PRETTY_NAME") or release.get("ID") or "nothing"
        raise BuildError(
            f"the image has no apt sources, and its os-release says {who}: no Debian release", _HINT
        )
    return debian_repositories(codename)


_CODENAMES = {"11": "bullseye", "12": "bookworm", "13": "trixie", "14": "forky"}


def _trusted(system: System) -> tuple[bytes, ...]:
    """What apt trusts for repositories that name no key."""
    paths = [_TRUSTED] if system.root.find(_TRUSTED) else []
    paths += (
        list(system.root.below("etc/apt/trusted.gpg.d"))
        if system.root.find("etc/apt/trusted.gpg.d")
        else []
    )
    found = (system.root.read(path) for path in paths if path.endswith((".gpg", ".asc")))
    return tuple(data for data in found if data)


# ── preferences ──────────────────────────────────────────────────────────────────────────────────


def _pins(system: System) -> tuple[tuple[str, ...], str]:
    """Patterns of the packages preferences speak of; and why we cannot obey, "" where we can."""
    paths = ["etc/apt/preferences"] if system.root.find("etc/apt/preferences") else []
    if system.root.find("etc/apt/preferences.d"):
        paths += list(system.root.below("etc/apt/preferences.d"))
    names: list[str] = []
    for path in paths:
        for stanza in stanzas(system.text(path)):
            try:
                fields = read_fields(stanza)
            except ValueError as trouble:
                return (), f"/{path}: {trouble}"
            found = fields.get("Package", "").split()
            if "*" in found:
                return (), f"/{path}: pins every package, which is not understood here"
            if any(name.startswith("/") for name in found):
                return (), f"/{path}: pins by a regular expression, which is not understood here"
            names += found
    return tuple(names), ""


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
