"""Package URLs as statements write them, brought to one form so that equal things are equal.

purl-spec (PURL-SPECIFICATION, types/) says which types have names in small letters; beyond it these
are one: `pkg:docker/…` and `pkg:oci/…`, docker.io and its other names, `library/` and nothing, an
encoded slash in a name and a namespace, `v1.2.3` and `1.2.3` of Go, an epoch as a qualifier and in
front of the version, spellings of an architecture.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ironhull.documents.purl import parse_purl
from ironhull.values import dataclass

__all__ = [
    "IMAGE_TYPES",
    "Coordinates",
    "architecture",
    "coordinates",
    "oci_repositories",
    "package_key",
    "package_path",
    "package_version",
    "product_keys",
    "repository_key",
]

IMAGE_TYPES = ("docker", "oci")

_DOCKER_HUB = ("index.docker.io", "registry-1.docker.io", "registry.hub.docker.com")
_SMALL = frozenset(
    {"alpm", "apk", "bitbucket", "bitnami", "composer", "deb", "docker", "github", "golang"}
    | {"hex", "npm", "nuget", "oci", "pypi"}
)
"""Types whose names are the same in any case (purl-spec, types/; NuGet's own rule)."""

_SIMPLE = re.compile(
    r"pkg:((?!pypi/)([a-z]+)/[a-z0-9][a-z0-9._+~/-]*[a-z0-9+])(?:@[^/?#@]*)?(?:\?[^#]*)?", re.ASCII
)
"""A package URL that is in its normal form up to the version; those of pypi rarely are."""

_DASHES = re.compile(r"[-_.]+")
_GO_PREFIX = re.compile(r"(?:v|go)(?=\d)")
_ARCHITECTURES = {
    "x86_64": "amd64",
    "x86-64": "amd64",
    "aarch64": "arm64",
    "armv8": "arm64",
    "i386": "386",
    "i486": "386",
    "i586": "386",
    "i686": "386",
    "x86": "386",
    "armhf": "arm",
    "armv7": "arm",
    "armv7l": "arm",
    "armv7hl": "arm",
    "ppc64el": "ppc64le",
    "noarch": "all",
}
_HOST = re.compile(r"(?:[^/]*[.:][^/]*|localhost)(?=/|$)")


@dataclass(frozen=True, slots=True)
class Coordinates:
    """A package URL in parts: `path` is namespace and name in the form of `package_path`.

    `version` has its epoch in front, `qualifiers` are the others, `subpath` as written.
    """

    type: str
    path: str
    version: str = ""
    qualifiers: tuple[tuple[str, str], ...] = ()
    subpath: str = ""

    def qualifier(self, key: str) -> str:
        """The value of one qualifier; "" without it."""
        return next((value for name, value in self.qualifiers if name == key), "")


@lru_cache(maxsize=1 << 14)
def coordinates(text: str) -> Coordinates | None:
    """The parts of a package URL; None for what is none."""
    if text[:4].lower() != "pkg:":
        return None
    try:
        found = parse_purl(text)
    except ValueError:
        return None
    path = f"{found.namespace}/{found.name}" if found.namespace else found.name
    version, qualifiers = found.version, found.qualifiers
    epoch = next((value for key, value in qualifiers if key == "epoch"), "")
    if epoch:
        qualifiers = tuple(pair for pair in qualifiers if pair[0] != "epoch")
        version = f"{epoch}:{version}" if version and ":" not in version else version
    return Coordinates(
        found.type,
        package_path(found.type, path),
        package_version(found.type, version),
        qualifiers,
        found.subpath,
    )


def package_key(text: str) -> str | None:
    """`type/path` of the URL of a package; None for what is no package URL, or one of an image."""
    simple = _SIMPLE.fullmatch(text)
    if simple is not None:
        return None if simple[2] in IMAGE_TYPES else simple[1]
    found = coordinates(text)
    if found is None or found.type in IMAGE_TYPES:
        return None
    return f"{found.type}/{found.path}"


def package_path(kind: str, path: str) -> str:
    """Namespace and name as they are compared: small letters where the type has only these."""
    if kind in _SMALL:
        path = path.lower()
    if kind == "pypi":
        path = _DASHES.sub("-", path)
    return path.strip("/")


def package_version(kind: str, version: str) -> str:
    """A version as it is compared, character by character; no versions are made equal but these."""
    if kind == "golang":
        prefix = _GO_PREFIX.match(version)
        return version[prefix.end() :] if prefix else version
    if kind in ("deb", "rpm"):
        return version.removeprefix("0:")
    return version


def architecture(text: str) -> str:
    """Go's word for an architecture where there is one: `amd64` for `x86_64`."""
    text = text.lower()
    return _ARCHITECTURES.get(text, text)


# ── images ───────────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=4096)
def repository_key(text: str) -> str:
    """A repository with its registry: `docker.io/nginx` for `https://index.docker.io/library/nginx`.

    What has no host is on Docker Hub; no tag and no digest may be in it.
    """
    text = text.lower().partition("://")[2] or text.lower()
    text = text.strip("/")
    host = _HOST.match(text)
    if host is None:
        registry, path = "docker.io", text
    else:
        registry, path = host[0], text[host.end() :].strip("/")
    if registry in _DOCKER_HUB:
        registry = "docker.io"
    if registry == "docker.io":
        path = path.removeprefix("library/")
        path = "" if path == "library" else path
    return f"{registry}/{path}" if path else registry


@lru_cache(maxsize=4096)
def oci_repositories(kind: str, path: str, url: str) -> frozenset[str]:
    """The repositories (`repository_key`) an image purl may mean; none: of any registry.

    With `repository_url` it names the repository, with the image's name at its end (as Trivy and
    purl-spec write it) or without (as Grype does). A docker purl without it is on Docker Hub, or
    where the host in its namespace says.
    """
    if not url:
        return frozenset({repository_key(path)}) if kind == "docker" else frozenset()
    whole = repository_key(url)
    found = {repository_key(f"{whole}/{path}")}
    if _ends_with(whole, path):
        found.add(whole)
    return frozenset(found)


def _ends_with(repository: str, path: str) -> bool:
    return f"/{repository}".endswith(f"/{path}")


def product_keys(text: str) -> frozenset[str]:
    """What a package URL names, without version and qualifiers, in every form it is looked up by.

    `type/path` for packages; for images `image/REPOSITORY` and, where no registry is told,
    `image//NAME`. Empty for what is no package URL.
    """
    found = coordinates(text)
    if found is None:
        return frozenset()
    if found.type not in IMAGE_TYPES:
        return frozenset({f"{found.type}/{found.path}"})
    known = oci_repositories(found.type, found.path, found.qualifier("repository_url"))
    return frozenset(f"image/{name}" for name in known) or frozenset({f"image//{found.path}"})
