"""Names without a prefix: the local store, then the engines of this machine, then a registry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.errors import ReferenceFault, RegistryError
from ironhull.model import Image
from ironhull.oci.names import Reference

if TYPE_CHECKING:
    from ironhull.sources import Asked

__all__ = ["open_default"]


def open_default(name: str, asked: Asked) -> Image:
    """The image `name` of the local store, else of an engine, else of its registry.

    A file or directory of that name is never taken for an image unasked: it gets a hint. Raises
    ReferenceFault saying where it was looked for, EngineError and RegistryError for those that
    answer with one, ImageError.
    """
    try:
        return asked.store.find(name, asked.platform)
    except ReferenceFault as fault:
        missing = fault
    notes = [missing.message]
    if _is_name(name):
        from ironhull.sources.engine import look

        looked = look(name, asked.platform, asked.environment, cache=asked.cache)
        if looked.image is not None:
            return looked.image
        notes += [note for note in looked.notes if not note.startswith("no ")]
    if kind := _kind_of_path(name):
        raise ReferenceFault(
            f"{name} is a path and in no image store", f"write {kind}://{name} to read it"
        )
    if asked.registries is None or not _is_name(name):
        raise ReferenceFault("; ".join(notes), missing.hint)
    return _from_registry(name, asked, notes)


def _from_registry(name: str, asked: Asked, notes: list[str]) -> Image:
    from ironhull.sources.registry import open_registry

    assert asked.registries is not None
    try:
        return open_registry(name, asked.platform, asked.registries(), cache=asked.cache)
    except (ReferenceFault, RegistryError) as trouble:
        kind = ReferenceFault if isinstance(trouble, ReferenceFault) else RegistryError
        raise kind("; ".join([*notes, trouble.message]), trouble.hint) from None


def _is_name(text: str) -> bool:
    """Whether engines and registries could know the text: an ID or path is the store's alone."""
    try:
        Reference.parse(text)
    except ReferenceFault:
        return False
    return True


def _kind_of_path(name: str) -> str:
    """The prefix that reads the path `name`, "" if it is none."""
    path = Path(name)
    try:
        if path.is_file():
            return "archive"
        if path.is_dir():
            return "oci-dir" if (path / "index.json").is_file() else "fs"
    except (OSError, ValueError):  # too long or with a NUL: not a path
        return ""
    return ""
