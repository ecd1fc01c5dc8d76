"""Public VEX documents, and for each statement the images and packages it should apply to."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packageurl import PackageURL

from tests.quality.vex.oracle import (
    CODENAMES,
    Installed,
    Known,
    Refused,
    Release,
    Said,
    World,
    full_name,
    read,
)

COLLECTIONS = ("dhi-advisories/vex", "vexhub/pkg")
_DIGEST = "sha256:" + 64 * "a"
_SYSTEMS = {"deb": "debian", "apk": "alpine", "rpm": "redhat"}
_RELEASES = {"debian": Release("debian", "13", "trixie"), "alpine": Release("alpine", "3.22")}


@dataclass(frozen=True)
class Collection:
    """The documents of one publisher: usable statements, refused ones, the bytes of each file."""

    name: str
    said: tuple[Said, ...]
    refused: tuple[Refused, ...]
    files: tuple[tuple[str, bytes], ...]


def collections(data: Path) -> Iterator[Collection]:
    """What is there below `data`, documents in the order of their names."""
    for name in COLLECTIONS:
        files = [
            (str(path.relative_to(data)), content)
            for path in sorted((data / name).rglob("*.json"))
            if b'"statements"' in (content := path.read_bytes())
        ]
        entries = [
            entry
            for order, (path, content) in enumerate(files)
            for entry in read(json.loads(content), path, order)
        ]
        yield Collection(
            name.partition("/")[0],
            tuple(entry for entry in entries if isinstance(entry, Said)),
            tuple(entry for entry in entries if isinstance(entry, Refused)),
            tuple(files),
        )


# ── what a statement is about ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Case:
    """A package in an image, which a statement names; `twins` are much the same and not named."""

    image: str
    repository: tuple[str, str]
    pinned: str
    package: Installed
    program: Installed | None = None

    @property
    def world(self) -> World:
        """The image with this package, and the program it is a part of."""
        digest = self.pinned or _DIGEST
        known = Known((self.repository,), (digest,), "linux", "amd64")
        packages = [self.package, *([self.program] if self.program else [])]
        users = {self.package.purl: (self.program.purl,)} if self.program else {}
        return World(known, release_of(self.package), tuple(packages), users=users)


def release_of(package: Installed) -> Release | None:
    """The distribution of an image with such a package."""
    purl = PackageURL.from_string(package.purl)
    text = str((purl.qualifiers or {}).get("distro", ""))
    identity, _, version = text.partition("-")
    codename = CODENAMES.get((identity, version), "")
    return Release(identity, version, codename) if identity else None


def cases(said: Said) -> Iterator[Case]:
    """Each image and each package that a statement names, and each part of one, once.

    Where products have the same parts, only a few of them are taken with all but the first.
    """
    seen: set[Any] = set()
    for product in said.products:
        parts = [part["@id"] for part in product.get("subcomponents") or ()]
        repeated = tuple(parts) in seen
        seen.add(tuple(parts))
        for case in _of_product(product["@id"], parts[:_FEW] if repeated else parts):
            if case not in seen:
                seen.add(case)
                yield case


_FEW = 2


def _of_product(name: str, parts: Sequence[str]) -> Iterator[Case]:
    purl = PackageURL.from_string(name)
    if purl.type in ("docker", "oci"):
        repository, pinned = _image(purl)
        tag = repository[1] or "1"
        named = f"{repository[0]}@{pinned}" if pinned else f"{repository[0]}:{tag}"
        for part in parts or ["pkg:deb/debian/bash@1?distro=debian-13"]:
            for package in installed(part):
                yield Case(named, (repository[0], "" if pinned else tag), pinned, package)
    elif parts:
        (program, *_) = installed(name, "usr/bin/program")
        for part in parts:
            for package in installed(part, program.place):
                yield Case(*_OTHER, package, program)
    else:
        for package in installed(name):
            yield Case(*_OTHER, package)


_OTHER = ("docker.io/library/other:1", ("docker.io/library/other", "1"), "")


def _image(purl: PackageURL) -> tuple[tuple[str, str], str]:
    """The repository and tag of an image purl, and its digest."""
    url = str((purl.qualifiers or {}).get("repository_url", ""))
    path = "/".join(part for part in (purl.namespace, purl.name) if part)
    if url and not url.endswith(f"/{path}"):
        url = f"{url}/{path}"
    version = purl.version or ""
    pinned = version if version.startswith("sha256:") else ""
    return (full_name(url or path), "" if pinned else version), pinned


def installed(name: str, place: str = "") -> Sequence[Installed]:
    """Packages that go by a purl: as the installed package, and as the source of another one."""
    purl = PackageURL.from_string(name)
    version = purl.version or "1.0-1"
    qualifiers = {
        key: value for key, value in (purl.qualifiers or {}).items() if not key.startswith("os_")
    }
    if purl.type in _SYSTEMS:
        given = purl.qualifiers or {}
        release = _RELEASES[purl.namespace or _SYSTEMS[purl.type]]
        qualifiers["distro"] = f"{release.id}-{given.get('os_version', release.version)}"
        qualifiers["arch"] = "amd64"
    own = PackageURL(purl.type, purl.namespace, purl.name, version, qualifiers)
    found = [Installed(own.to_string(), None, place)]
    if purl.type in _SYSTEMS and "arch" not in (purl.qualifiers or {}):
        binary = PackageURL(purl.type, purl.namespace, f"{purl.name}-made", "9-9", qualifiers)
        found.append(Installed(binary.to_string(), (purl.name, version), place))
    return found


def twins(case: Case) -> Iterator[Case]:
    """What looks like `case` and may be something else: for the oracle to say."""
    package = case.package
    purl = PackageURL.from_string(package.purl)
    older = purl._replace(version=f"{purl.version}.1")
    source = (package.source[0], f"{package.source[1]}.1") if package.source else None
    yield _with(case, Installed(older.to_string(), source, package.place))
    other = purl._replace(name=f"{purl.name}-x")
    yield _with(case, Installed(other.to_string(), None, package.place))
    if "distro" in (purl.qualifiers or {}):
        qualifiers = dict(purl.qualifiers or {})
        qualifiers["distro"] = f"{qualifiers['distro'].partition('-')[0]}-9"
        moved = purl._replace(qualifiers=qualifiers)
        yield _with(case, Installed(moved.to_string(), package.source, package.place))
    elsewhere = ("ghcr.io/someone/else:1", ("ghcr.io/someone/else", "1"), "")
    yield Case(*elsewhere, package, case.program)
    if case.program:
        yield Case(case.image, case.repository, case.pinned, package, None)
        yield _with(case, Installed(package.purl, package.source, "usr/bin/another"))


def _with(case: Case, package: Installed) -> Case:
    return Case(case.image, case.repository, case.pinned, package, case.program)


def by_image(cases: Iterable[Case]) -> dict[tuple[Any, ...], list[Case]]:
    """Cases that one image can hold together."""
    groups: dict[tuple[Any, ...], list[Case]] = defaultdict(list)
    for case in cases:
        key = case.image, case.repository, case.pinned, release_of(case.package), case.program
        groups[key].append(case)
    return groups
