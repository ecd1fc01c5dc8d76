"""The products of a statement about an image or a package, named so that every scanner finds them.

What each compares (read in their sources):

    Trivy   pkg:oci/NAME@DIGEST?repository_url=REGISTRY/REPOSITORY; what is left out fits
    Grype   the same with repository_url=REGISTRY/NAMESPACE, and package URLs of packages
    Scout   pkg:docker/REPOSITORY@TAG as written; parts by type, name and version
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from ironhull.model import Component
from ironhull.oci.names import DEFAULT_REGISTRY, Reference
from ironhull.statements._reading import purl_like, short

__all__ = ["TOOL_QUALIFIERS", "image_products", "package_component", "portable_purl"]

TOOL_QUALIFIERS = frozenset(
    {"arch", "distro", "os_name", "os_version", "os_distro", "upstream", "package-id"}
)
"""Qualifiers of package URLs that every scanner writes in its own way, so that one that has them
fits one scanner only."""


def image_products(
    name: str, digests: Sequence[str] = (), parts: tuple[Component, ...] = ()
) -> tuple[Component, ...]:
    """An image as products: `digests` are those of its manifests and indexes ("sha256:…").

    Without any (also none in `name`) the statement holds for every image of the repository: Trivy
    and Grype know no tags. Raises ReferenceFault.
    """
    reference = Reference.parse(name)
    pinned = tuple(dict.fromkeys(filter(None, (reference.digest, *digests))))
    familiar = Reference(reference.registry, reference.repository).familiar
    docker = f"pkg:docker/{quote(familiar, safe='/:')}"
    ids = [f"{docker}@{quote(reference.tag, safe='')}"] if reference.tag else []
    ids += [f"{docker}@{quote(digest, safe='')}" for digest in pinned]
    host = "index.docker.io" if reference.registry == DEFAULT_REGISTRY else reference.registry
    namespace, _, last = f"{host}/{reference.repository}".rpartition("/")
    for version in [f"@{quote(digest, safe='')}" for digest in pinned] or [""]:
        for url in (f"{namespace}/{last}", namespace):
            ids.append(f"pkg:oci/{last}{version}?repository_url={quote(url, safe=':/')}")
    return tuple(Component((value,), parts=parts) for value in ids)


def package_component(purl: str) -> Component:
    """A package by its package URL as every scanner can match it; ValueError for none."""
    if not purl_like(purl):
        raise ValueError(f"{short(purl)} is no package URL")
    return Component((portable_purl(purl),))


def portable_purl(purl: str) -> str:
    """A package URL without the qualifiers that scanners write differently."""
    head, mark, rest = purl.partition("?")
    if not mark:
        return purl
    pairs, hash_, subpath = rest.partition("#")
    kept = [p for p in pairs.split("&") if p.partition("=")[0].lower() not in TOOL_QUALIFIERS]
    return f"{head}{'?' if kept else ''}{'&'.join(kept)}{hash_}{subpath}"
