"""Whether an identifier in a statement names an image, by one of its names or digests.

Package URLs of images are purl-spec's types docker and oci. An oci purl without `repository_url`
names an image of any registry (types/oci); a docker purl one of Docker Hub. Plain references and
digests are identifiers too, as Grype and Docker Scout use them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ironhull.errors import ReferenceFault
from ironhull.model import Platform
from ironhull.oci.names import Reference
from ironhull.statements._fit import EXACT, NAMED, OTHER, VERSIONED, Fit, Misfit, best
from ironhull.statements._identity import (
    IMAGE_TYPES,
    Coordinates,
    architecture,
    coordinates,
    oci_repositories,
    repository_key,
)

__all__ = ["Pictured"]

_DIGEST = re.compile(r"(?:sha256|sha512):[0-9a-f]{64,128}")
_HARDENED = ("dhi.io/", "docker.io/dhi/")
"""Docker Hardened Images have a registry of their own; their statements name the other one."""

_TAG = Misfit(2, "names another tag of the image")
_NO_TAG = Misfit(2, "names a tag, and by which tag the image is known is not told")
_NO_DIGEST = Misfit(2, "names a digest, and that of the image is not known")
_OTHER_DIGEST = Misfit(2, "names another digest of the image")
_PLATFORM = Misfit(2, "names another platform of the image")
_QUALIFIER = Misfit(2, "has a qualifier the image has not")
_IMAGE = Misfit(1, "names another image")

_KNOWN_QUALIFIERS = frozenset(
    {"repository_url", "tag", "digest", "arch", "os", "variant", "platform"}
)


class Pictured:
    """An image by everything it is called: references, digests, platform."""

    def __init__(
        self, names: Iterable[str], digests: Iterable[str], platform: Platform | None = None
    ) -> None:
        self.names = tuple(dict.fromkeys(name for name in names if name))
        self.digests = frozenset(digest.lower() for digest in digests if digest)
        self._platform = platform
        self._known: dict[str, Fit] = {}
        self._tags: dict[str, set[str]] = {}  # repository -> tags it is known by there
        for name in self.names:
            self._learn(name)

    def _learn(self, name: str) -> None:
        try:
            found = Reference.parse(name)
        except ReferenceFault:
            return
        key = repository_key(f"{found.registry}/{found.repository}")
        keys = [key]
        for own, other in (_HARDENED, _HARDENED[::-1]):
            if key.startswith(own):
                keys.append(other + key.removeprefix(own))
        for known in keys:
            self._tags.setdefault(known, set()).update(filter(None, (found.tag,)))
        if found.digest:
            self.digests |= {found.digest.lower()}

    def hashed(self, hashes: Iterable[tuple[str, str]]) -> Fit | None:
        """Whether one of these (algorithm, hex) is a digest of it; None where none could be."""
        said = {f"{name}:{value.lower()}" for name, value in hashes if name in ("sha256", "sha512")}
        if not said or not self.digests:
            return None
        return EXACT if said & self.digests else _OTHER_DIGEST

    def fit(self, text: str) -> Fit:
        """How well an identifier names it; remembered, for documents repeat it."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._named(text)
        return known

    def _named(self, text: str) -> Fit:
        if text in self.names and not text.startswith("pkg:") and "@" not in text:
            return VERSIONED if ":" in text.rpartition("/")[2] else NAMED
        found = coordinates(text)
        if found is not None:
            return self._fit(found) if found.type in IMAGE_TYPES else OTHER
        if _DIGEST.fullmatch(text.lower()):
            return self._of_digest(text)
        return self._referred(text)

    def _of_digest(self, digest: str) -> Fit:
        if digest.lower() in self.digests:
            return EXACT
        return _OTHER_DIGEST if self.digests else _NO_DIGEST

    def _fit(self, wanted: Coordinates) -> Fit:
        if (misfit := self._misses(wanted)) is not None:
            return misfit
        said = [wanted.version, wanted.qualifier("digest"), wanted.qualifier("tag")]
        digests = [text for text in said if _DIGEST.fullmatch(text.lower())]
        tags = [text for text in said if text and text not in digests]
        if digests:  # an image keeps its digest wherever it is copied to
            return min(map(self._of_digest, digests), key=_strictest)
        url = wanted.qualifier("repository_url")
        repositories = oci_repositories(wanted.type, wanted.path, url)
        called = self._called(repositories, wanted.path)
        return best([self._tagged(key, tags) for key in called]) if called else _IMAGE

    def _called(self, repositories: frozenset[str], path: str) -> list[str]:
        if repositories:
            return [key for key in self._tags if key in repositories]
        if "/" in path:  # a repository and no registry
            hub = repository_key(f"docker.io/{path}")
            return [key for key in self._tags if key == hub or key.partition("/")[2] == path]
        return [key for key in self._tags if key.endswith(f"/{path}")]

    def _tagged(self, key: str, tags: list[str]) -> Fit:
        if not tags:
            return NAMED
        known = self._tags[key]
        if not known:
            return _NO_TAG
        return VERSIONED if all(tag in known for tag in tags) else _TAG

    def _misses(self, wanted: Coordinates) -> Misfit | None:
        """Which qualifier says something else of the platform, or what nobody can tell."""
        for key, value in wanted.qualifiers:
            if key not in _KNOWN_QUALIFIERS:
                return _QUALIFIER
            if key in ("arch", "os", "variant", "platform") and not self._is_platform(key, value):
                return _PLATFORM
        return None

    def _is_platform(self, key: str, value: str) -> bool:
        platform = self._platform
        if platform is None:
            return False
        if key == "os":
            return value.lower() == platform.os
        if key == "variant":
            return value.lower() == platform.variant
        if key == "platform":
            return value.lower() in (str(platform), f"{platform.os}/{platform.architecture}")
        return architecture(value) == architecture(platform.architecture)

    def _referred(self, text: str) -> Fit:
        """By a reference with a tag, a digest or at least a slash; a bare word may be anything."""
        if "://" in text or not any(char in text for char in ":/@"):
            return OTHER
        try:
            found = Reference.parse(text)
        except ReferenceFault:
            return OTHER
        if found.digest:
            return self._of_digest(found.digest)
        key = repository_key(f"{found.registry}/{found.repository}")
        if key not in self._tags:
            return _IMAGE
        explicit = ":" in text.rpartition("/")[2]
        return self._tagged(key, [found.tag] if explicit else [])


def _strictest(fit: Fit) -> int:
    return fit if isinstance(fit, int) else 0
