"""Which digest a base has: in the local store, else at its registry."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from ironhull.builders.dockerfile.bases import stored_digest
from ironhull.errors import Error, ReferenceFault
from ironhull.oci.names import Reference

if TYPE_CHECKING:
    from ironhull.config import Settings
    from ironhull.model import Progress

__all__ = ["pinning"]

_OURS = "ironhull/"


def pinning(
    settings: Settings,
    unknown: Callable[[str, str], None],
    progress: Progress | None = None,
    *,
    build: bool = False,
) -> Callable[[str], str]:
    """What gives the digest of a reference, "" where nobody knows it; `unknown` is told of
    that reference, and why.

    Bases of the catalog are looked for in the local store, with `build` they are built where they
    are missing; all others are asked of their registry. Nothing is asked twice.
    """
    from ironhull.store.images import ImageStore

    store = ImageStore(settings.images)

    @cache
    def pin(name: str) -> str:
        try:
            reference = Reference.parse(name)
        except ReferenceFault:
            return ""
        if reference.digest:
            return reference.digest
        if reference.familiar.startswith(_OURS):
            if found := stored_digest(name, store):
                return found
            if build:
                return _built(name, settings, progress)
            known = reference.familiar.removeprefix(_OURS)
            unknown(name, f"build it first: ironhull base build {known}")
            return ""
        if settings.offline:
            unknown(name, "its registry was not asked (offline): write NAME:TAG@sha256:…")
            return ""
        return _asked(name, reference, settings, unknown)

    return pin


def _built(name: str, settings: Settings, progress: Progress | None) -> str:
    """The digest of a base of the catalog that is built now; raises BuildError and others."""
    from ironhull.building import base_for
    from ironhull.oci.images import host_platform

    image = base_for(name, host_platform(), settings, progress)
    return image.index_digest or image.digest


def _asked(
    name: str, reference: Reference, settings: Settings, unknown: Callable[[str, str], None]
) -> str:
    from ironhull.pipeline import registries

    repository, tag = registries(settings).repository(reference), reference.tag or "latest"
    try:
        found = repository.head(tag)
        return (found and found.digest) or repository.manifest(tag).descriptor.digest
    except Error as trouble:
        unknown(name, f"its registry did not tell its digest: {trouble.message}")
        return ""
