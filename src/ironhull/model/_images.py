"""Images: where their bytes are, and the file system inside them."""

from __future__ import annotations

from ironhull.values import dataclass, field

TYPE_CHECKING = False  # typing is a tenth of a start
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, BinaryIO, Protocol
else:
    Protocol = object

__all__ = [
    "EVERY_PLATFORM",
    "Attachment",
    "Descriptor",
    "File",
    "Image",
    "ImageChoice",
    "Layer",
    "Platform",
    "Tree",
]


@dataclass(frozen=True, slots=True)
class Platform:
    """Operating system and architecture in Go's words (OCI image-spec, image index, `platform`)."""

    os: str = "linux"
    architecture: str = "amd64"
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


EVERY_PLATFORM = Platform("all", "")
"""Asks a source for every platform of an image at once: see `Image.choices`."""


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A reference to content (OCI image-spec, descriptor.md); `size` in bytes."""

    media_type: str
    digest: str
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict)
    platform: Platform | None = None
    artifact_type: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: `digest` and `size` of the blob as stored, `diff_id` of the tar inside it.

    `open()` gives the stored bytes, unverified; `oci.layers` verifies while it reads.
    `created_by` is the history entry that made the layer, if the image tells. `apart`: processes
    that forked may open it each for itself, for they share no connection.
    """

    diff_id: str
    digest: str
    size: int
    media_type: str
    open: Callable[[], BinaryIO]
    created_by: str = ""
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something attached to an image: an in-toto statement in its index or a referrer.

    `read()` gives the verified bytes. `manifest` is the digest of the manifest that holds it,
    `subject` that of the manifest or index it is attached to, `storage` where it was found:
    "index", "referrer", "tag"; "" where that is not known.
    """

    predicate_type: str
    media_type: str
    digest: str
    size: int
    read: Callable[[], bytes]
    manifest: str = ""
    subject: str = ""
    storage: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImageChoice:
    """One of the platforms an image is there for; `open()` gives it, or raises Error."""

    platform: Platform
    open: Callable[[], Image]


@dataclass(frozen=True, slots=True)
class Image:
    """One image for one platform.

    A source that was asked for EVERY_PLATFORM gives an image of no layers with `choices` for all
    there are, or, where it has images for one platform only, that.

    `name` is how the user knows it, `digest` that of the platform manifest, `index_digest` that of
    the index around it (empty without one), `config` the parsed image config, `origin` the source
    that gave it (`store`, `oci-dir`, `archive`, `fs`).
    """

    name: str
    digest: str
    config: Mapping[str, Any]
    layers: tuple[Layer, ...]
    platform: Platform
    origin: str
    config_digest: str = ""
    index_digest: str = ""
    manifest: Mapping[str, Any] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()
    root: str = ""  # origin "fs" only: the directory that stands for the image
    choices: tuple[ImageChoice, ...] = ()

    @property
    def content_size(self) -> int:
        """Bytes of all layers as stored (compressed where they are)."""
        return sum(layer.size for layer in self.layers)


@dataclass(frozen=True, slots=True)
class File:
    """A regular file visible in a tree; `layer` is the diff_id that brought it."""

    path: str
    layer: str
    size: int
    mode: int


class Tree(Protocol):
    """The file system of an image: whiteouts applied, links followed inside the root."""

    def glob(self, pattern: str) -> Iterator[File]:
        """Visible regular files whose path matches; `*` stays in a segment, `**/` spans any."""

    def read(self, path: str) -> bytes:
        """The content of a file that matched a wanted pattern; KeyError where there is none."""

    def exists(self, path: str) -> bool:
        """Whether anything (file, directory, link) is visible at `path`, links not followed."""

    def find(self, path: str) -> File | None:
        """The regular file `path` leads to, links followed; None where it leads nowhere."""

    def paths(self) -> Iterable[str]:
        """Every visible path, directories and links included."""

    def probed(self, probe: str) -> Iterator[File]:
        """Visible regular files that gave facts to the probe of that name, sorted by path."""

    def facts(self, path: str, probe: str) -> bytes:
        """What a probe kept of the file `path` leads to; KeyError where there is nothing."""
