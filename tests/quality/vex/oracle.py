"""What statements apply to, worked out on its own from the specifications.

Nothing here is the code under test: documents are read as the JSON they are, package URLs by
packageurl-python, times by the calendar. Sources: OpenVEX 0.2.0 ("Document", "Statement",
"Inheritance"), the reference matcher go-vex (PurlMatches, Product.Matches), and the rules
docs/vex.md adds to it. Slow and plain on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any

from packageurl import PackageURL

STATUSES = {"not_affected", "affected", "fixed", "under_investigation"}
JUSTIFICATIONS = {
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
}
HIDING = {"not_affected", "fixed"}

_LOWER = {"apk", "bitnami", "composer", "deb", "docker", "golang", "hex", "npm", "oci", "pypi"}
_RELEASE = {"os_name", "os_version", "os_distro", "distro"}
_OF_RELEASES = {"alpm", "apk", "deb", "rpm"}  # packages of languages are of no distribution
_HUB = {"docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"}
CODENAMES = {("debian", "12"): "bookworm", ("debian", "13"): "trixie"}
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)")


# ── documents ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Said:
    """A statement that can be used: `place` orders those of one moment, later wins."""

    names: frozenset[str]
    status: str
    products: tuple[Any, ...]
    when: Fraction | None
    document: str
    number: int
    place: tuple[int, int]
    base: str = ""  # digest of the base image it came with


@dataclass(frozen=True)
class Refused:
    """A statement that cannot be used, and why, in a few words."""

    document: str
    number: int
    why: str


def read(document: Any, name: str, order: int = 0, base: str = "") -> Iterator[Said | Refused]:
    """The statements of an OpenVEX document, numbered from 1."""
    inherited = instant(document.get("timestamp", ""))
    for number, given in enumerate(document["statements"], 1):
        if why := fault(given):
            yield Refused(name, number, why)
            continue
        own = instant(given.get("timestamp", ""))
        yield Said(
            names_of(given["vulnerability"]),
            given["status"],
            tuple(given["products"]),
            inherited if own is None else own,
            name,
            number,
            (order, number),
            base,
        )


def fault(given: Any) -> str:
    """Why a statement cannot be used; "" where it can."""
    if not names_of(given.get("vulnerability")):
        return "no vulnerability"
    if given.get("status") not in STATUSES:
        return "unknown status"
    explained = given.get("justification") in JUSTIFICATIONS or given.get("impact_statement")
    if given["status"] == "not_affected" and not explained:
        return "unknown justification" if given.get("justification") else "no justification"
    if not any(_names(product) for product in given.get("products") or ()):
        return "no product"
    return ""


def names_of(vulnerability: Any) -> frozenset[str]:
    """The names of a vulnerability in lower case."""
    if isinstance(vulnerability, str):
        vulnerability = {"name": vulnerability}
    said = vulnerability or {}
    found = [said.get("name", ""), said.get("@id", ""), *said.get("aliases", ())]
    return frozenset(name.lower() for name in found if name)


def instant(text: str) -> Fraction | None:
    """Seconds since the year 1 in UTC (RFC 3339); None for what is no time."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    try:
        moment = datetime.fromisoformat(f"{match[1]} {match[2]}")
    except ValueError:
        return None
    shift = timedelta(0)
    if match[4] not in "Zz":
        hours, minutes = int(match[4][1:3]), int(match[4][4:])
        shift = timedelta(hours=hours, minutes=minutes) * (-1 if match[4][0] == "-" else 1)
    seconds = (moment - datetime(1, 1, 1)).total_seconds() - shift.total_seconds()
    return Fraction(int(seconds)) + (Fraction(f"0.{match[3]}") if match[3] else 0)


def _names(component: Any) -> list[str]:
    """Every identifier of a product or subcomponent."""
    if isinstance(component, str):  # OpenVEX 0.0.x
        return [component]
    found = [component.get("@id", ""), *(component.get("identifiers") or {}).values()]
    return [name for name in found if name]


def _hashes(component: Any, kinds: tuple[str, ...] = ()) -> set[str]:
    """The hashes of a product, of these kinds or of all."""
    said = {} if isinstance(component, str) else component.get("hashes") or {}
    return {
        value.lower()
        for name, value in said.items()
        if not kinds or name.lower().replace("-", "") in kinds
    }


# ── what is judged ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Release:
    """The distribution of an image: its id, the number of the release and its codename."""

    id: str
    version: str
    codename: str = ""


@dataclass(frozen=True)
class Installed:
    """One installed copy of a package.

    `source` (name, version) is what it was built from, `place` the file it was found in, `layer`
    what brought it, `checksums` those of the package file.
    """

    purl: str
    source: tuple[str, str] | None = None
    place: str = ""
    layer: str = ""
    checksums: tuple[str, ...] = ()


@dataclass(frozen=True)
class Known:
    """What an image goes by: full names with or without tag, digests, its platform."""

    repositories: tuple[tuple[str, str], ...] = ()  # ("docker.io/library/web", "1" or "")
    digests: tuple[str, ...] = ()
    os: str = ""
    arch: str = ""
    asked: str = ""  # what it was asked for as


@dataclass(frozen=True)
class World:
    """An image: itself, its proven bases by digest, its distribution and packages."""

    image: Known
    release: Release | None = None
    packages: tuple[Installed, ...] = ()
    layers: tuple[str, ...] = ()
    bases: tuple[tuple[Known, tuple[str, ...]], ...] = ()  # claimed: names, layers
    users: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # purl -> those using it


# ── matching ─────────────────────────────────────────────────────────────────────────────────────

Rank = tuple[int, int]
"""How well a product fits: as an image, as a package; 1 by name, 2 by version or tag, 3 exactly."""


def effective(
    statements: Iterable[Said], world: World, package: Installed, names: Iterable[str]
) -> Said | None:
    """The statement that decides about one copy of a package; None where none is about it."""
    asked = {name.lower() for name in names}
    ranked = []
    for said in statements:
        if about(said.names, asked):
            rank = applies(said, world, package)
            if rank is not None:
                ranked.append((said.when is not None, said.when or 0, rank, said.place, said))
    return max(ranked, key=lambda entry: entry[:4])[4] if ranked else None


def about(said: Iterable[str], asked: Iterable[str]) -> bool:
    """Whether two sets of names are of one vulnerability.

    One that covers several (a DSA, a GHSA) does not make CVEs the same that are told apart.
    """
    one, other = set(said), set(asked)
    cves = [{name for name in names if name.startswith("cve-")} for names in (one, other)]
    return bool(one & other) and (not all(cves) or bool(cves[0] & cves[1]))


def applies(said: Said, world: World, package: Installed) -> Rank | None:
    """How specifically the best of a statement's products is about a package; None: not at all."""
    images = [*([] if said.base else [world.image]), *_bases(said, world, package)]
    return max(
        (
            rank
            for product in said.products
            for image in images
            for rank in _product(product, world, image, package)
        ),
        default=None,
    )


def _bases(said: Said, world: World, package: Installed) -> Iterator[Known]:
    """The images below this one whose layers are its lowest, and that brought the package."""
    for known, layers in world.bases:
        proven = layers and world.layers[: len(layers)] == layers
        if proven and package.layer in layers and said.base in ("", *known.digests):
            yield known


def _product(product: Any, world: World, image: Known, package: Installed) -> Iterator[Rank]:
    parts = [] if isinstance(product, str) else (product.get("subcomponents") or [])
    about = about_image(product, image)
    alone = about_package(product, world, package)
    if not parts:
        if about is not None:
            yield about, 0
        if alone is not None:
            yield 0, alone
        return
    if about is None and alone is None and package.purl not in world.users:
        return
    fits = [fit for part in parts if (fit := about_package(part, world, package)) is not None]
    if fits and about is not None:
        yield about, max(fits)
    if fits and (alone is not None or _inside(product, world, package)):
        yield 0, max(fits)


def _inside(product: Any, world: World, package: Installed) -> bool:
    """Whether a product names what `package` is linked into.

    Every way from the package over those of the same file that use it has to end at one that is
    named.
    """
    met = False
    seen, ahead = {package}, [package]
    while ahead:
        used = ahead.pop()
        users = [
            other
            for other in world.packages
            if other.place == used.place and other.purl in world.users.get(used.purl, ())
        ]
        if not users:
            return False
        for user in users:
            if about_package(product, world, user) is not None:
                met = True
            elif user not in seen:
                seen.add(user)
                ahead.append(user)
    return met


def about_package(component: Any, world: World, package: Installed) -> int | None:
    """How specifically a component names a package: 1 name, 2 version, 3 qualifiers as well."""
    ranks = [_names_package(name, package, world.release) for name in _names(component)]
    if _hashes(component) & {checksum.rpartition(":")[2] for checksum in package.checksums}:
        ranks.append(3)
    return max(ranks, default=0) or None


@lru_cache(maxsize=1 << 18)
def _names_package(name: str, package: Installed, release: Release | None) -> int:
    """The same of one identifier; 0 where it does not name the package."""
    wanted = _parsed(name) if name.lower().startswith("pkg:") else None
    if wanted is None or not any(
        same(wanted, candidate, release)
        for candidate in candidates(package, (wanted.qualifiers or {}).get("arch", "source"))
    ):
        return 0
    return 1 + bool(wanted.version) + bool(wanted.version and _asked(wanted))


def _asked(purl: PackageURL) -> dict[str, str]:
    """The qualifiers that are no part of the version."""
    return {key: str(value) for key, value in (purl.qualifiers or {}).items() if key != "epoch"}


@lru_cache(maxsize=1 << 16)
def candidates(package: Installed, arch: str) -> tuple[PackageURL, ...]:
    """The purls a package goes by: its own, and its source's where no architecture is wanted."""
    own = _parsed(package.purl)
    assert own is not None, package.purl
    if arch not in ("source", "src"):
        return (own,)
    qualifiers = {**(own.qualifiers or {}), "arch": arch}
    qualifiers.pop("upstream", None)
    name, version = package.source or (own.name, own.version)
    return own, PackageURL(own.type, own.namespace, name, version or None, qualifiers)


def same(wanted: PackageURL, candidate: PackageURL, release: Release | None) -> bool:
    """go-vex's PurlMatches, names and versions normalised, releases by whatever they go by."""
    if _folded(wanted) != _folded(candidate):
        return False
    if wanted.version and not _same_version(wanted, candidate):
        return False
    if wanted.subpath and wanted.subpath != candidate.subpath:
        return False
    asked, there = _asked(wanted), dict(candidate.qualifiers or {})
    return all(
        _same_release(key, value, candidate, release)
        if key in _RELEASE and wanted.type in _OF_RELEASES
        else _same_qualifier(key, value, there.get(key, ""), wanted.type)
        for key, value in asked.items()
    )


def _same_qualifier(key: str, value: str, there: str, kind: str) -> bool:
    if key == "arch":
        return _ARCHITECTURES.get(value, value) == _ARCHITECTURES.get(there, there)
    if key == "upstream":
        return value.partition("@")[0] == there.partition("@")[0]
    return value == there or (kind, key, value, there) == ("maven", "type", "jar", "")


def _folded(purl: PackageURL) -> tuple[str, str]:
    """The type, and namespace and name as one: a slash in a name may be encoded or not."""
    path = f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name
    if purl.type in _LOWER:
        path = path.lower()
    if purl.type == "pypi":
        path = re.sub("[-_.]+", "-", path)  # PEP 503
    return purl.type, path


def _same_version(wanted: PackageURL, candidate: PackageURL) -> bool:
    one, other = str(wanted.version), str(candidate.version or "")
    if wanted.type == "golang":
        return one.removeprefix("v") == other.removeprefix("v")
    if wanted.type == "rpm":  # the epoch is a qualifier, and one that is not told is any
        (epoch, bare), (there, rest) = _epoch(wanted), _epoch(candidate)
        return bare == rest and (epoch is None or epoch == (there or 0))
    return one == other


def _epoch(purl: PackageURL) -> tuple[int | None, str]:
    head, colon, rest = str(purl.version or "").partition(":")
    said = head if colon else str((purl.qualifiers or {}).get("epoch", ""))
    return (int(said) if said.isdecimal() else None), rest if colon else head


def _same_release(key: str, value: str, candidate: PackageURL, release: Release | None) -> bool:
    if release is None:
        identity, _, version = str((candidate.qualifiers or {}).get("distro", "")).partition("-")
        if not identity:
            return False
        release = Release(identity, version, CODENAMES.get((identity, version), ""))
    if key == "os_name":
        return value == release.id
    if key == "os_distro":
        return value == release.codename or _same_number(value, release.version)
    if key == "os_version":
        return value == release.codename or _same_number(value, release.version)
    bare = value.removeprefix(f"{release.id}-")
    return (bool(bare) and bare == release.codename) or _same_number(bare, release.version)


def _same_number(value: str, version: str) -> bool:
    """A point release (12.5) is of its release (12)."""
    return bool(value and version) and (
        value == version or value.startswith(f"{version}.") or version.startswith(f"{value}.")
    )


@lru_cache(maxsize=1 << 16)
def _parsed(text: str) -> PackageURL | None:
    try:
        return PackageURL.from_string(text)
    except ValueError:
        return None


# ── images ───────────────────────────────────────────────────────────────────────────────────────


def about_image(component: Any, image: Known) -> int | None:
    """How specifically a component names an image: 1 name, 2 tag, 3 digest; None: it does not."""
    ranks = [rank for name in _names(component) if (rank := _image_rank(name, image)) is not None]
    hashes = _hashes(component, ("sha256", "sha512"))
    if not hashes or not image.digests or 3 in ranks:
        return max(ranks, default=None)
    # another artifact of that name is another product
    return 3 if hashes & {digest.rpartition(":")[2] for digest in image.digests} else None


def _image_rank(name: str, image: Known) -> int | None:
    if name.lower().startswith("pkg:"):
        purl = _parsed(name)
        if purl is None or purl.type not in ("docker", "oci"):
            return None
        return _purl_rank(purl, image)
    if re.fullmatch(r"sha256:[0-9a-f]{64}", name):
        return 3 if name in image.digests else None
    if "://" in name or name.startswith("cpe:"):
        return None
    if not set(name) & set(":/@") and name != image.asked:
        return None  # a bare word may be anything
    path, _, digest = name.partition("@")
    path, tag = _split_tag(path)
    if digest and digest not in image.digests:
        return None
    return _rank({full_name(path)}, tag, bool(digest), image)


def _split_tag(path: str) -> tuple[str, str]:
    head, colon, tag = path.rpartition(":")
    return (head, tag) if colon and "/" not in tag else (path, "")


def _purl_rank(purl: PackageURL, image: Known) -> int | None:
    asked = dict(purl.qualifiers or {})
    version = purl.version or ""
    digests = {asked.pop("digest", ""), version if version.startswith("sha256:") else ""} - {""}
    tags = {asked.pop("tag", ""), "" if version.startswith("sha256:") else version} - {""}
    url = asked.pop("repository_url", "").rstrip("/").removeprefix("https://")
    os, arch = asked.pop("os", ""), asked.pop("arch", "")
    if platform := asked.pop("platform", ""):
        os, _, arch = platform.partition("/")
    if asked or (os and os != image.os) or (arch and arch != image.arch):
        return None
    if not digests <= set(image.digests) or len(tags) > 1:
        return None
    path = "/".join(part for part in (purl.namespace, purl.name) if part).lower()
    tag = next(iter(tags), "")
    if purl.type == "oci" and not url and "/" not in path:  # the last part of any name
        whole = {full for full, _ in image.repositories if full.rpartition("/")[2] == path}
    else:
        whole = _meant(path, url.lower())
    return _rank(whole, tag, bool(digests), image)


def _meant(path: str, url: str) -> set[str]:
    """The full names an image purl may mean: a repository_url has its name at its end, or not."""
    if not url:
        return {full_name(path)}
    found = {full_name(f"{url}/{path}")}
    if url == path or url.endswith(f"/{path}"):
        found.add(full_name(url))
    return found


def full_name(path: str) -> str:
    """`registry/repository` of a name, as Docker fills in what is left out."""
    first, slash, rest = path.partition("/")
    if not (slash and ("." in first or ":" in first or first == "localhost")):
        first, rest = "docker.io", path
    if first in _HUB:
        first = "docker.io"
        rest = rest if "/" in rest else f"library/{rest}"
    return f"{first}/{rest}"


def _rank(whole: set[str], tag: str, pinned: bool, image: Known) -> int | None:
    if pinned:  # it is one of the image's: the same content by whatever name
        return 3
    fitting = {own for full, own in image.repositories if full in whole}
    if not fitting or (tag and tag not in fitting):
        return None
    return 2 if tag else 1
