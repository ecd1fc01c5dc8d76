"""Packages and licence texts -> findings: which licences there are, and what lists say of them.

A package's own metadata come first. Where they tell nothing, or name nothing anybody knows, the
licence texts that lie beside them tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ironhull.detectors.license_texts import LicenseText
from ironhull.licenses.categories import category_of, severity_of
from ironhull.licenses.rules import LicenseRules
from ironhull.model import SEVERITIES, LicenseFinding, Package
from ironhull.values import dataclass, replace

__all__ = ["PlacedText", "find_licenses", "places_of_texts"]

_BESIDE = frozenset(
    ("npm", "pypi", "gem", "composer", "hex", "cran", "cpan", "luarocks", "pub", "swift", "nuget")
)
"""purl types whose packages have a directory of their own: the texts in it are about them."""

_DOC = "usr/share/doc/"
_REFERENCE = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")
_FOLDERS = ("licenses", "LICENSES", "license_files")


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A licence text, the file it is in and the diff_id of its layer."""

    path: str
    layer: str
    text: LicenseText


def places_of_texts(packages: Iterable[Package]) -> tuple[str, ...]:
    """The folders whose licence texts could tell more than the metadata of packages, sorted."""
    asked = [package for package in packages if _is_unknown(package) or _names_texts(package)]
    return tuple(sorted({folder for package in asked for folder in _folders(package)}))


def find_licenses(
    packages: Sequence[Package],
    texts: Iterable[PlacedText],
    rules: LicenseRules,
    *,
    files: bool = False,
) -> tuple[LicenseFinding, ...]:
    """The licences of `packages`, and with `files` of every text too, worst first.

    Copyright files of Debian packages are their metadata, no further texts. Denied ones come first,
    then by severity, package and licence.
    """
    placed = list(texts)
    found = [*_of_packages(packages, _by_folder(placed), rules)]
    if files:
        read = {f"{_DOC}{p.name}/copyright" for p in packages if p.ecosystem == "deb"}
        found += _of_files([text for text in placed if text.path not in read], rules)
    return tuple(sorted(found, key=_order))


# ── packages ─────────────────────────────────────────────────────────────────────────────────────


def _of_packages(
    packages: Iterable[Package], texts: Mapping[str, list[PlacedText]], rules: LicenseRules
) -> Iterator[LicenseFinding]:
    for package in packages:
        at = package.locations[0] if package.locations else None
        path, layer = (at.path, at.layer) if at else ("", "")
        beside = _beside(package, texts)
        told = [text for text in beside if text.text.licenses]
        unknown = _is_unknown(package)
        known = [each for each in package.licenses if not (unknown and told and _vague(each))]
        named = {name: (text, is_) for text in beside for name, is_ in text.text.named}
        for each in known or ([""] if not told or not unknown else []):
            bare = LicenseFinding(each, "unknown", "low", package, path, layer)
            yield _finding(_resolved(bare, named), rules)
        if unknown:
            yield from _told(package, told, known, rules)


def _resolved(bare: LicenseFinding, named: Mapping[str, tuple[PlacedText, str]]) -> LicenseFinding:
    """A licence whose own names are put into those of the texts they stand for."""
    used = [named[name] for name in _REFERENCE.findall(bare.license) if name in named]
    if not used:
        return bare
    text = used[0][0]
    plain = _REFERENCE.sub(lambda m: named[m[0]][1] if m[0] in named else m[0], bare.license)
    return replace(
        bare, license=plain, source="text", path=text.path, layer=text.layer, coverage=0.0
    )


def _told(
    package: Package, texts: Iterable[PlacedText], known: Sequence[str], rules: LicenseRules
) -> Iterator[LicenseFinding]:
    """What texts say of a package whose metadata do not, each licence once."""
    seen = {*known}
    for placed in texts:
        for each in placed.text.licenses:
            if each not in seen:
                seen.add(each)
                coverage = placed.text.coverage
                bare = LicenseFinding(
                    *(each, "unknown", "low", package, placed.path, placed.layer, "text"),
                    coverage=coverage,
                )
                yield _finding(bare, rules)


def _beside(package: Package, texts: Mapping[str, list[PlacedText]]) -> list[PlacedText]:
    """The texts that are about a package by where they lie."""
    return [text for folder in _folders(package) for text in texts.get(folder, ())]


def _folders(package: Package) -> list[str]:
    """Where texts are about this package alone."""
    if package.ecosystem == "deb":
        return [f"{_DOC}{package.name}"]
    if package.ecosystem in ("rpm", "apk"):
        return [f"usr/share/licenses/{package.name}"]
    if package.ecosystem not in _BESIDE:
        return []
    own = dict.fromkeys(at.path.rpartition("/")[0] for at in package.locations)
    return [
        place
        for folder in own
        if folder
        for place in (folder, *(f"{folder}/{name}" for name in _FOLDERS))
    ]


def _by_folder(texts: Iterable[PlacedText]) -> dict[str, list[PlacedText]]:
    found: dict[str, list[PlacedText]] = {}
    for text in texts:
        found.setdefault(text.path.rpartition("/")[0], []).append(text)
    return found


def _is_unknown(package: Package) -> bool:
    """Whether a package's metadata leave open what its texts may tell.

    A Debian copyright file that names licences was read as a whole: texts in it say nothing new.
    """
    if package.ecosystem == "deb":
        return all(each.startswith("LicenseRef-copyright-of-") for each in package.licenses)
    return not package.licenses or any(map(_vague, package.licenses))


def _names_texts(package: Package) -> bool:
    """Whether a copyright file has names of its own for texts, which may tell."""
    return package.ecosystem == "deb" and any("LicenseRef-" in each for each in package.licenses)


def _vague(license_: str) -> bool:
    """Whether a name tells no terms: nobody knows it, or it is that of a family."""
    if license_ in ("LicenseRef-BSD", "LicenseRef-Apache"):
        return True
    return license_.startswith("LicenseRef-") and category_of(license_) == "unknown"


# ── files ────────────────────────────────────────────────────────────────────────────────────────


def _of_files(texts: Iterable[PlacedText], rules: LicenseRules) -> Iterator[LicenseFinding]:
    for placed in texts:
        for each in placed.text.licenses or ("",):
            bare = LicenseFinding(
                *(each, "unknown", "low", None, placed.path, placed.layer, "text"),
                coverage=placed.text.coverage,
            )
            yield _finding(bare, rules)


# ── judging ──────────────────────────────────────────────────────────────────────────────────────


def _finding(bare: LicenseFinding, rules: LicenseRules) -> LicenseFinding:
    license_ = bare.license
    category = category_of(license_, rules.categories)
    word = rules.permits(bare.package.purl) if bare.package else ""
    state, because = ("allowed", f"package allowed ({word})") if word else rules.judge(license_)
    severity = severity_of(category)
    return replace(bare, category=category, severity=severity, state=state, because=because)


def _order(found: LicenseFinding) -> tuple[object, ...]:
    package = found.package
    return (
        found.state != "denied",
        SEVERITIES.index(found.severity),
        package is None,
        (package.ecosystem, package.name, package.version) if package else ("", "", ""),
        found.path if package is None else "",
        found.license,
    )
