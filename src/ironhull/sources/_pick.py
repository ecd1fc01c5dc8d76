"""Which image of a layout or archive is meant, and how paths and names share one reference."""

from __future__ import annotations

import os
import stat

from ironhull.errors import ReferenceFault
from ironhull.limits import LIMITS
from ironhull.model import Attachment, Descriptor, Image, Platform
from ironhull.oci.blobs import Blobs, read_blob
from ironhull.oci.images import Found, find_images, is_attestation, read_chosen, read_image
from ironhull.oci.manifests import (
    CONTAINERD_NAME,
    INDEX_TYPES,
    REF_NAME,
    parse_index,
)
from ironhull.oci.names import Reference
from ironhull.oci.referrers import (
    LazyAttachments,
    attachments_of,
    is_companion,
    layout_companions,
)
from ironhull.values import dataclass, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = [
    "Picked",
    "ambiguous",
    "familiar",
    "kind_of",
    "load_picked",
    "missing",
    "pick",
    "split_path",
]

_SHOWN = 10
_PROVENANCE = "https://slsa.dev/provenance/v1"
"""What an attachment that cannot be listed stands for: whoever looks for the base reports it."""


@dataclass(frozen=True, slots=True)
class Picked:
    """The index entries that make up the image meant, and what to call it."""

    entries: tuple[Descriptor, ...]
    name: str


def split_path(text: str) -> tuple[str, str]:
    """Split "path[:name]" or "path[@digest]": the longest part that exists is the path.

    A digest keeps its "@". What does not exist at all is a path without a name.
    """
    marks = [at for at, char in enumerate(text) if char in ":@"]
    for at in [len(text), *reversed(marks)]:
        head, tail = text[:at], text[at:]
        if head and os.path.exists(path := _plain(head)):  # noqa: PTH110 - start-up
            return path, tail.removeprefix(":")
    return _plain(text), ""


def _plain(text: str) -> str:
    """As `str(Path(text))`."""
    if all(part not in ("", ".") for part in text.removeprefix("/").split("/")):
        return text
    from pathlib import Path

    return str(Path(text))


def kind_of(path: Path | str, reference: str) -> str:
    """ "file", "dir", "other" (a device, a socket …) or "" for nothing there, links followed.

    Raises ReferenceFault naming `reference` where that cannot be told.
    """
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - start-up
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise ReferenceFault(f"{reference}: cannot be read: {reason}", "check the path") from None
    if stat.S_ISREG(mode):
        return "file"
    return "dir" if stat.S_ISDIR(mode) else "other"


def familiar(name: str) -> str:
    """The familiar form of an image name, or the text itself where it is none."""
    try:
        return Reference.parse(name).familiar
    except ReferenceFault:
        return name


def missing(where: str, wanted: str, there: Sequence[str]) -> ReferenceFault:
    """The fault for a name that is not there, listing what is."""
    return ReferenceFault(f"{where}: no image {wanted!r}", f"there is {_listed(there)}")


def ambiguous(where: str, scheme: str, there: Sequence[str]) -> ReferenceFault:
    """The fault for several images where one is needed."""
    return ReferenceFault(
        f"{where}: holds {len(there)} images; say which",
        f"{scheme}://{where}:NAME with {_listed(there)}",
    )


def _listed(there: Sequence[str]) -> str:
    names = sorted(set(there))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return (", ".join(names[:_SHOWN]) + more) or "none with a name"


def pick(blobs: Blobs, entries: Sequence[Descriptor], wanted: str, scheme: str) -> Picked:
    """The entries of an index.json that `wanted` (name, tag, "@digest" or "") means.

    Raises ReferenceFault where there is none or more than one image.
    """
    where = blobs.where
    images = [e for e in entries if not is_attestation(e) and not is_companion(e)]
    if wanted.startswith("@"):
        return _by_digest(blobs, images, wanted[1:])
    there = [_label(entry) for entry in images]
    if wanted:
        found = [entry for entry in images if _is_named(entry, wanted)]
        if not found:
            raise missing(where, wanted, there)
    else:
        found = images
    if not found:
        raise ReferenceFault(f"{where}: holds no images", "check what wrote it")
    if len({entry.digest for entry in found}) > 1 and not _is_one(found):
        raise ambiguous(where, scheme, there)
    about = [entry for entry in entries if is_attestation(entry)]
    return Picked((*found, *about), _name(found[0], where))


def load_picked(
    blobs: Blobs,
    picked: Picked,
    entries: Sequence[Descriptor],
    platform: Platform | None,
    origin: str,
) -> Image:
    """The image picked of `entries`; what these attach to it is found when it is asked for.

    Raises as `oci.images.load_image`.
    """
    own = {entry.digest for entry in picked.entries}
    beside = [entry for entry in entries if entry.digest not in own]

    def read(chosen: Found) -> Image:
        image = read_image(blobs, chosen, name=picked.name, origin=origin)
        if not beside:
            return image
        within = image.attachments
        more = LazyAttachments(lambda: (*within, *_attached(blobs, chosen, beside)), _PROVENANCE)
        return replace(image, attachments=more)

    found = find_images(blobs, picked.entries)
    return read_chosen(blobs, found, platform, picked.name, read)


def _attached(blobs: Blobs, chosen: Found, entries: Sequence[Descriptor]) -> Iterator[Attachment]:
    """What the companions among `entries` attach to the image and to the index around it."""
    about = (chosen.descriptor.digest, chosen.index_digest)
    for item in layout_companions(blobs, entries):
        if item.about in about:
            kind = "tag" if item.tag else "referrer"
            yield from attachments_of(blobs, [item.descriptor], about=item.about, storage=kind)


def _is_one(entries: Sequence[Descriptor]) -> bool:
    """Whether entries are one image for several platforms, laid out without an index."""
    platforms = {entry.platform for entry in entries}
    names = {_label(entry) if _names(entry) else "" for entry in entries}
    return len(names) == 1 and None not in platforms and len(platforms) == len(entries)


def _by_digest(blobs: Blobs, images: Sequence[Descriptor], digest: str) -> Picked:
    name = f"{blobs.where}@{digest}"
    todo = list(images)
    seen: set[str] = set()
    while todo and len(seen) < LIMITS.index_manifests:
        entry = todo.pop(0)
        if entry.digest == digest:
            return Picked((entry,), name)
        if entry.media_type in INDEX_TYPES and entry.digest not in seen:
            seen.add(entry.digest)
            data = read_blob(blobs, entry, LIMITS.manifest_bytes)
            todo += parse_index(data, f"{blobs.where}: index {entry.digest}").manifests
    raise missing(blobs.where, digest, [entry.digest for entry in images])


def _names(entry: Descriptor) -> list[str]:
    said = (entry.annotations.get(key, "") for key in (CONTAINERD_NAME, REF_NAME))
    return [name for name in said if name]


def _label(entry: Descriptor) -> str:
    names = _names(entry)
    return familiar(names[0]) if "/" in "".join(names[:1]) else (names or [entry.digest])[0]


def _is_named(entry: Descriptor, wanted: str) -> bool:
    """By the name as written, by its familiar form, or by its tag alone."""
    for name in _names(entry):
        if wanted == name or familiar(wanted) == familiar(name):
            return True
        if (":" in name or "/" in name) and familiar(name).rpartition(":")[2] == wanted:
            return True
    return False


def _name(entry: Descriptor, where: str) -> str:
    for name in _names(entry):
        if ":" in name or "/" in name:
            return familiar(name)
    tag = entry.annotations.get(REF_NAME, "")
    return f"{where}:{tag}" if tag else where
