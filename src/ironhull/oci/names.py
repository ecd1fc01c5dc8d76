"""Image references: how a user names an image, and the prefix that says where it lies.

The grammar is that of Docker's `distribution/reference` package (OCI distribution-spec 1.1,
"Pulling manifests", for repository names and tags); the prefixes are those of Docker Scout,
and docker:// and podman:// for one kind of engine.
"""

from __future__ import annotations

from ironhull.errors import ReferenceFault
from ironhull.lazy import regex
from ironhull.values import dataclass

__all__ = ["DEFAULT_REGISTRY", "SCHEMES", "Reference", "split_scheme"]

SCHEMES = ("image", "local", "registry", "oci-dir", "archive", "fs", "sbom", "docker", "podman")
"""The words before `://`; a reference without one is an `image`."""

DEFAULT_REGISTRY = "docker.io"
_REPOSITORY = regex(
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
)
_TAG = regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = regex(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,}")
_REGISTRY = regex(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
    r"|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?"
)
_NAME_CHARS = 255


def split_scheme(text: str) -> tuple[str, str]:
    """Split `scheme://rest`; without a scheme it is ("image", text).

    Raises ReferenceFault for a scheme that is none of SCHEMES and for an empty rest.
    """
    scheme, mark, rest = text.partition("://")
    if not mark:
        scheme, rest = "image", text
    if scheme not in SCHEMES:
        known = ", ".join(f"{name}://" for name in SCHEMES)
        raise ReferenceFault(f"{text}: unknown prefix {scheme}://", f"use one of {known}")
    if not rest:
        raise ReferenceFault(f"{text or 'empty reference'}: names no image", "give a name or path")
    return scheme, rest


@dataclass(frozen=True, slots=True)
class Reference:
    """An image name in full: `registry/repository:tag@digest`; tag or digest may be empty."""

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Read a name as Docker does: registry docker.io, `library/` and tag latest by default.

        A name with a digest and no tag keeps its tag empty. Raises ReferenceFault.
        """
        name, _, digest = text.partition("@")
        if "@" in text and not _DIGEST.fullmatch(digest):
            raise _fault(
                text, f"{digest!r} is not a digest", "a digest is sha256: and 64 hex digits"
            )
        registry, path = _split_registry(name)
        repository, colon, tag = path.partition(":")
        if colon and not _TAG.fullmatch(tag):
            raise _fault(
                text, f"{tag!r} is not a tag", "a tag is letters, digits, '_', '.' and '-'"
            )
        if registry == DEFAULT_REGISTRY and "/" not in repository:
            repository = f"library/{repository}"
        if not _REPOSITORY.fullmatch(repository):
            lower = "names are lower case" if repository != repository.lower() else ""
            raise _fault(
                text, "not an image name", lower or "expected [registry/]name[:tag][@digest]"
            )
        if not _REGISTRY.fullmatch(registry):
            raise _fault(text, f"{registry!r} is not a registry", "expected host[:port]")
        if len(registry) + 1 + len(repository) > _NAME_CHARS:
            raise _fault(text[:40] + "…", f"the name is longer than {_NAME_CHARS} characters", "")
        return cls(registry, repository, tag or ("" if digest else "latest"), digest)

    @property
    def familiar(self) -> str:
        """The short form people type: "web:init" for docker.io/library/web:init."""
        first, slash, rest = self.repository.partition("/")
        if self.registry != DEFAULT_REGISTRY or _split_registry(self.repository)[1] == rest:
            return self.canonical  # also where the first part looks like a registry
        official = first == "library" and slash and "/" not in rest
        return (rest if official else self.repository) + self._suffix

    @property
    def canonical(self) -> str:
        """The form with nothing left out: "docker.io/library/web:init"."""
        return f"{self.registry}/{self.repository}{self._suffix}"

    @property
    def _suffix(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return tag + (f"@{self.digest}" if self.digest else "")

    def __str__(self) -> str:
        return self.familiar


def _split_registry(name: str) -> tuple[str, str]:
    """The part before the first slash is a registry if it could not be a user's name."""
    first, slash, rest = name.partition("/")
    if not slash or not (
        "." in first or ":" in first or first == "localhost" or first != first.lower()
    ):
        return DEFAULT_REGISTRY, name
    if first in ("index.docker.io", "registry-1.docker.io"):
        first = DEFAULT_REGISTRY
    return first, rest


def _fault(text: str, what: str, hint: str) -> ReferenceFault:
    return ReferenceFault(f"{text or 'empty reference'}: {what}", hint)
