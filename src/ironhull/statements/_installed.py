"""Whether a package URL in a statement names an installed package, or the source it is built from.

The rules are those of go-vex (pkg/vex, PurlMatches): type, namespace and name are equal, so is a
version where the statement has one, and every qualifier of the statement is the package's too. Some
qualifiers say the same in other words: see `_is_release`.
"""

from __future__ import annotations

from ironhull.copies import DATABASES
from ironhull.model import Distro, Package
from ironhull.statements._fit import EXACT, NAMED, OTHER, VERSIONED, Fit, Misfit
from ironhull.statements._identity import (
    Coordinates,
    architecture,
    coordinates,
    package_path,
    package_version,
)

__all__ = ["Installed"]

_SOURCE_ARCHITECTURES = ("source", "src")
_RELEASE_KEYS = ("distro", "os_name", "os_version", "os_distro")
_DISTROS = {"redhat": "rhel", "amazon": "amzn", "oracle": "ol", "rockylinux": "rocky"}
"""Other names of distributions, by the word of os-release."""

_PART = Misfit(1, "names a part of the package only")
_UNKNOWN_VERSION = Misfit(2, "names a version, and that of the package is not known")
_VERSION = Misfit(2, "names another version")
_ARCHITECTURE = Misfit(3, "names another architecture")
_RELEASE = Misfit(3, "names another release of a distribution")
_QUALIFIER = Misfit(3, "has a qualifier the package has not")
_SOURCE_ONLY = Misfit(3, "names the source package")


class Installed:
    """A package by the names statements may call it."""

    __slots__ = (
        "_distro",
        "_named",
        "keys",
        "package",
        "path",
        "source_path",
        "source_version",
        "version",
    )

    def __init__(self, package: Package, distro: Distro | None) -> None:
        named = coordinates(package.purl)
        kind = package.ecosystem
        self.package = package
        self._distro = distro
        self._named = named or Coordinates(kind, package_path(kind, package.name))
        self.path = self._named.path
        self.version = package_version(kind, package.version)
        source = package.source
        head = f"{package.namespace}/" if package.namespace else ""
        upstream = package.upstream is not None
        self.source_path = package_path(kind, head + source.name) if upstream else self.path
        self.source_version = package_version(kind, source.version or package.version)
        kind = self._named.type
        self.keys = {f"{kind}/{self.path}", f"{kind}/{self.source_path}"}

    def fit(self, wanted: Coordinates) -> Fit:
        """How well `wanted` names this package, as installed or as the source of it."""
        if wanted.type != self._named.type:
            return OTHER
        here, source = wanted.path == self.path, wanted.path == self.source_path
        if not here and not source:
            return OTHER
        if wanted.subpath:
            return _PART
        arch = wanted.qualifier("arch").lower()
        if arch in _SOURCE_ARCHITECTURES:
            return self._fit(wanted, self.source_version) if source else _SOURCE_ONLY
        if not here and arch:
            return OTHER  # an architecture names one of the packages built, not their source
        found = self._fit(wanted, self.version) if here else OTHER
        if source and not isinstance(found, int) and not arch:
            other = self._fit(wanted, self.source_version)
            found = other if isinstance(other, int) or not here else found
        return found

    def _fit(self, wanted: Coordinates, version: str) -> Fit:
        if wanted.version and not self._same_version(wanted.version, version):
            return _VERSION if version else _UNKNOWN_VERSION
        release: list[tuple[str, str]] = []
        for key, value in wanted.qualifiers:
            if key in _RELEASE_KEYS:
                release.append((key, value.lower()))
            elif (misfit := self._misses(key, value)) is not None:
                return misfit
        if release and not self._is_release(release):
            return _RELEASE
        if not wanted.version:
            return NAMED
        return EXACT if wanted.qualifiers else VERSIONED

    def _same_version(self, wanted: str, version: str) -> bool:
        if wanted == version:
            return True
        # An rpm purl has the epoch apart: one that tells none says nothing of it.
        return self._named.type == "rpm" and ":" not in wanted and version.endswith(f":{wanted}")

    def _misses(self, key: str, value: str) -> Misfit | None:
        if key == "arch":
            said = architecture(value)
            if said in _SOURCE_ARCHITECTURES or said == architecture(self.package.arch):
                return None
            return _ARCHITECTURE
        if key == "upstream":
            return None if value.partition("@")[0] == self.package.source.name else _QUALIFIER
        if (key, value) == ("type", "jar") and self._named.type == "maven":
            return None  # the type a Maven package has where it tells none
        return None if self._named.qualifier(key) == value else _QUALIFIER

    def _is_release(self, said: list[tuple[str, str]]) -> bool:
        """Whether `distro=debian-13`, `distro=trixie` or `os_name`, `os_version` and `os_distro`
        all agree with the release the package is of."""
        name, _, version = self.package.distro.lower().rpartition("-")
        distro = self._distro if self.package.ecosystem in DATABASES else None
        codename = ""
        if distro is not None and (not name or name == distro.id):
            name, version, codename = distro.id, distro.version or version, distro.codename
        if not name:
            return False
        known = _Release(name, version, codename)
        return all(known.agrees(key, value) for key, value in said)


class _Release:
    """A release of a distribution, told by qualifiers."""

    def __init__(self, name: str, version: str, codename: str) -> None:
        self._name = _DISTROS.get(name, name)
        self._version = version
        self._codename = codename or _codename(name, version)

    def agrees(self, key: str, value: str) -> bool:
        """Whether one qualifier says this release."""
        if key == "os_name":
            return self._is_name(value)
        if key == "os_version":
            return self._is_version(value)
        if self._is_version(value):
            return True
        head, dash, tail = value.rpartition("-")
        return bool(dash) and self._is_name(head) and self._is_version(tail)

    def _is_name(self, value: str) -> bool:
        return _DISTROS.get(value, value) == self._name

    def _is_version(self, value: str) -> bool:
        """The number or the code name; one may be more exact than the other (12.5 and 12)."""
        if self._codename and value == self._codename:
            return True
        if not value or not self._version:
            return False
        long, short = sorted((value, self._version), key=len, reverse=True)
        return long == short or long.startswith(f"{short}.")


def _codename(name: str, version: str) -> str:
    if name != "debian":
        return ""
    from ironhull.ecosystems.deb import RELEASES

    return next((word for word, number in RELEASES.items() if number == version), "")
