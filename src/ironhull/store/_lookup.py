"""Which entry of the store a user means: by name, by ID, by digest."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ironhull.errors import ImageError, ReferenceFault
from ironhull.lazy import regex
from ironhull.limits import LIMITS
from ironhull.model import Descriptor, Image
from ironhull.oci.blobs import Blobs, read_blob
from ironhull.oci.images import find_images
from ironhull.oci.manifests import CONTAINERD_NAME, REF_NAME
from ironhull.oci.names import Reference
from ironhull.oci.referrers import (
    Companion,
    attachments_of,
    companion_of,
    entry_of,
    is_companion,
)
from ironhull.store._layout import reachable
from ironhull.values import replace

EMPTY_HINT = "build one with `ironhull build` or `ironhull base build`, or `ironhull pull` one"
_ID = regex(r"(?:sha256:)?([0-9a-f]{4,64})")
_CANDIDATES = 5


def name_of(entry: Descriptor) -> str:
    """The familiar name of an entry, "" where it has none."""
    return entry.annotations.get(REF_NAME, "")


def reference_of(entry: Descriptor) -> Reference | None:
    """The name of an entry; None where it has none, or one only other tools understand.

    What was pulled by its digest has no name of its own, but is found by what it was pulled as.
    """
    try:
        return Reference.parse(name_of(entry) or entry.annotations.get(CONTAINERD_NAME, ""))
    except ReferenceFault:
        return None


def images(entries: Sequence[Descriptor]) -> tuple[Descriptor, ...]:
    """The entries that are images, not something that goes with one."""
    return tuple(entry for entry in entries if not is_companion(entry))


def needed(blobs: Blobs, entries: Sequence[Descriptor]) -> set[str]:
    """The digests of all that images and what goes with them need; raises ImageError."""
    found = {blob.digest for blob in reachable(blobs, images(entries))}
    left = [entry for entry in entries if is_companion(entry)]
    while True:
        about = [e for e in left if (c := companion_of(e)) is None or c.about in found]
        if not about:
            return found
        found |= {blob.digest for blob in reachable(blobs, about)}
        left = [entry for entry in left if entry not in about]


def beside(blobs: Blobs, entries: Sequence[Descriptor], root: Descriptor) -> tuple[Descriptor, ...]:
    """The entries of what goes with `root`, and with that; raises ImageError."""
    found = {blob.digest for blob in reachable(blobs, [root])}
    left = [(entry, known) for entry in entries if (known := companion_of(entry))]
    taken: list[Descriptor] = []
    while mine := [entry for entry, known in left if known.about in found]:
        taken += mine
        found |= {entry.digest for entry in mine}
        left = [(entry, known) for entry, known in left if entry not in mine]
    return tuple(taken)


def entered(
    blobs: Blobs, companions: Sequence[Companion]
) -> tuple[tuple[Descriptor, ...], Callable[[Descriptor], bool]]:
    """How `companions` stand in index.json, and which entries give way to them.

    Those are the same ones, and signatures under a tag whose new manifest has all of them.
    """
    entries = tuple(entry_of(item) for item in companions)

    def gives_way(entry: Descriptor) -> bool:
        if entry in entries:
            return True
        there = companion_of(entry)
        return there is not None and any(
            (item.about, item.tag) == (there.about, there.tag or None)
            and _holds_all(blobs, item.descriptor, there.descriptor)
            for item in companions
        )

    return entries, gives_way


def _holds_all(blobs: Blobs, new: Descriptor, old: Descriptor) -> bool:
    from ironhull.oci.united import holds_all

    try:
        return holds_all(
            read_blob(blobs, new, LIMITS.manifest_bytes),
            read_blob(blobs, old, LIMITS.manifest_bytes),
        )
    except ImageError:
        return False


def with_companions(blobs: Blobs, image: Image, entries: Sequence[Descriptor]) -> Image:
    """`image` with what its companions among `entries` attach to it."""
    about = (image.digest, image.index_digest)
    known = (companion_of(entry) for entry in entries)
    mine = [item for item in known if item is not None and item.about in about]
    if not mine:
        return image
    found = [
        attachment
        for item in mine
        for attachment in attachments_of(
            blobs, [item.descriptor], about=item.about, storage="tag" if item.tag else "referrer"
        )
    ]
    return replace(image, attachments=(*image.attachments, *found))


def same_repository(one: Reference, other: Reference) -> bool:
    """Whether two names differ in tag and digest only."""
    return (one.registry, one.repository) == (other.registry, other.repository)


def nameable(name: str) -> Reference:
    """`name` as a name an image can be given; raises ReferenceFault."""
    reference = Reference.parse(name)
    if reference.digest:
        raise ReferenceFault(f"{name}: an image cannot be named by its digest", "use NAME:TAG")
    return reference


def names_of(reference: Reference) -> dict[str, str]:
    """The annotations that give an entry its name."""
    if reference.digest:
        return {CONTAINERD_NAME: reference.canonical}
    return {REF_NAME: reference.familiar, CONTAINERD_NAME: reference.canonical}


def entries_of(blobs: Blobs, entries: Sequence[Descriptor], text: str) -> tuple[Descriptor, ...]:
    """The entries `text` means, all of one digest: that of a name, or all names of an ID.

    A name goes before an ID that looks the same. Raises ReferenceFault.
    """
    by_name = _by_name(blobs, entries, text)
    if by_name is not None:
        return (by_name,)
    found = _by_id(blobs, entries, text)
    digests = sorted({entry.digest for entry in found})
    if len(digests) > 1:
        shown = 7 + max(12, len(text) + 4)
        meant = ", ".join(
            f"{digest[7:shown]} ({_names(found, digest)})" for digest in digests[:_CANDIDATES]
        )
        raise ReferenceFault(f"{text} could be {len(digests)} images: {meant}", "give more digits")
    if not found:
        raise _missing(entries, text)
    return tuple(found)


def _names(entries: Sequence[Descriptor], digest: str) -> str:
    return ", ".join(name_of(e) for e in entries if e.digest == digest) or "no name"


def _by_name(blobs: Blobs, entries: Sequence[Descriptor], text: str) -> Descriptor | None:
    try:
        wanted = Reference.parse(text)
    except ReferenceFault:
        return None
    if not wanted.digest:
        return next((e for e in entries if name_of(e) in (wanted.familiar, text)), None)
    for entry in entries:
        there = reference_of(entry)
        if there is None or not same_repository(there, wanted):
            continue
        if wanted.tag in ("", there.tag) and wanted.digest in _digests(blobs, entry):
            return entry
    return None


def _by_id(blobs: Blobs, entries: Sequence[Descriptor], text: str) -> list[Descriptor]:
    match = _ID.fullmatch(text)
    if match is None:
        return []
    start = f"sha256:{match[1]}"
    found = [entry for entry in entries if entry.digest.startswith(start)]
    return found or [
        entry for entry in entries if any(d.startswith(start) for d in _digests(blobs, entry))
    ]


def _digests(blobs: Blobs, entry: Descriptor) -> set[str]:
    """The digest of an entry and of the platform manifests in it."""
    try:
        return {entry.digest, *(found.descriptor.digest for found in find_images(blobs, [entry]))}
    except ImageError:  # a damaged image is found by its own digest only
        return {entry.digest}


def _missing(entries: Sequence[Descriptor], text: str) -> ReferenceFault:
    names = sorted({name_of(entry) for entry in entries} - {""})
    if not entries:
        return ReferenceFault(f"{text}: the local image store is empty", EMPTY_HINT)
    wanted = text
    try:
        wanted = Reference.parse(text).familiar
    except ReferenceFault:
        if not _ID.fullmatch(text):
            raise
    import difflib

    near = difflib.get_close_matches(wanted, names, n=_CANDIDATES, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "`ironhull images` lists them"
    return ReferenceFault(f"{text} is not in the local image store", hint)


def digest_in(text: str) -> str:
    """The digest, or start of one, that `text` names; "" for a plain name."""
    match = _ID.fullmatch(text.rpartition("@")[2])
    return f"sha256:{match[1]}" if match else ""
