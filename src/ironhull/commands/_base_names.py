"""Which definition, image and lock are meant by a name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.errors import DefinitionError, ReferenceFault, StoreError

if TYPE_CHECKING:
    from ironhull.builders.debian_base.catalog import Found
    from ironhull.builders.debian_base.lock import Lock
    from ironhull.config import Settings
    from ironhull.model import Image, Platform
    from ironhull.store.images import ImageStore

__all__ = ["chosen_platform", "image_of", "lock_at", "lock_path"]


def chosen_platform(text: str) -> Platform:
    """What --platform says, or this machine's."""
    from ironhull.oci.images import host_platform
    from ironhull.pipeline import parse_platform

    return parse_platform(text) or host_platform()


def image_of(given: str, name: str, platform: str, store: ImageStore) -> tuple[Found, Image]:
    """The definition `given` names, and the image `name` (or its own) of the store.

    Raises ReferenceFault where it was not built.
    """
    from ironhull.builders.debian_base.catalog import find_definition

    found = find_definition(given)
    wanted = name or found.definition.telling_name
    if not wanted:
        raise DefinitionError(
            f"{found.definition.origin} gives the image no name", "say which with --image"
        )
    try:
        return found, store.find(wanted, chosen_platform(platform))
    except ReferenceFault as trouble:
        hint = trouble.hint if name else f"build it first: ironhull base build {given}"
        raise ReferenceFault(trouble.message, hint) from None


def lock_path(given: str, found: Found, platform: Platform, settings: Settings) -> Path:
    """Beside a definition of the user's, in the data directory for one of the catalog."""
    architecture = "-".join(filter(None, (platform.architecture, platform.variant)))
    if Path(given) == found.path:
        return found.path.with_name(f"{found.path.stem}.{architecture}.lock.json")
    name = found.definition.telling_name.rpartition("/")[2].replace(":", "-")
    return settings.home / "locks" / f"{name}.{architecture}.lock.json"


def lock_at(path: Path) -> Lock:
    """The lock in a file; raises DefinitionError, StoreError."""
    from ironhull.builders.debian_base.lock import read_lock
    from ironhull.limits import LIMITS

    try:
        with path.open("rb") as file:
            return read_lock(file.read(LIMITS.lock_bytes + 1), str(path))
    except FileNotFoundError:
        raise DefinitionError(
            f"no lock file at {path}", "`ironhull base build` without --locked writes one"
        ) from None
    except OSError as trouble:
        raise StoreError(f"cannot read {path}: {trouble.strerror}", "check its rights") from None
