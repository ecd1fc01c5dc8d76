"""What a package.json says of its package. Source: npm's "package.json"."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from ironhull.catalogers._fields import either, line, mapping, person, web, word
from ironhull.limits import LIMITS
from ironhull.model import Location, Package

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["package_of", "requirements", "version_of"]

_REQUIREMENTS = ("dependencies", "optionalDependencies", "peerDependencies")


def version_of(value: object) -> str:
    """The version as npm cleans it: without spaces and a leading "=" or "v"."""
    version = word(value).lstrip("=")
    return version[1:] if version[:1] in ("v", "V") and version[1:2].isdigit() else version


def package_of(name: str, version: str, manifest: Mapping[str, Any], where: Location) -> Package:
    """The package a manifest describes, under the name and version given."""
    author = manifest.get("author")
    parts = author if isinstance(author, dict) else {"name": author}
    return Package(
        ecosystem="npm",
        name=name,
        version=version,
        licenses=_licenses(manifest),
        locations=(where,),
        found_by="npm",
        summary=line(manifest.get("description")),
        homepage=web(manifest.get("homepage")),
        supplier=person(parts.get("name"), parts.get("email")),
    )


def requirements(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Names that the package loads where they are installed."""
    names = {name: None for field in _REQUIREMENTS for name in mapping(manifest.get(field))}
    return tuple(islice(names, LIMITS.package_requirements))


def _licenses(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """`license` (an SPDX expression; formerly an object or array), else the older `licenses`."""
    said = manifest.get("license") or manifest.get("licenses") or ()
    names = []
    for item in said if isinstance(said, list) else [said]:
        name = item.get("type") or item.get("name") if isinstance(item, dict) else item
        if isinstance(name, str):
            names.append(name)
    return either(names)
