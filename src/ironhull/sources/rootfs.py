"""A directory that holds an unpacked root file system."""

from __future__ import annotations

from pathlib import Path

from ironhull.errors import ReferenceFault
from ironhull.model import EVERY_PLATFORM, Image, Platform
from ironhull.oci.images import host_platform
from ironhull.sources._pick import kind_of

__all__ = ["open_root"]


def open_root(text: str, platform: Platform | None) -> Image:
    """The directory `text` as an image without layers or config; raises ReferenceFault."""
    path = Path(text)
    kind = kind_of(path, f"fs://{text}")
    if kind != "dir":
        what = "not a directory" if kind else "no such directory"
        hint = "for an image file use archive://" if kind == "file" else "check the path"
        raise ReferenceFault(f"fs://{text}: {what}", hint)
    return Image(
        name=text,
        digest="",
        config={},
        layers=(),
        platform=platform if platform and platform != EVERY_PLATFORM else host_platform(),
        origin="fs",
        root=str(path.resolve()),
    )
