"""Which images there are in a place: the tags of a repository, the names in a layout or archive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from ironhull.errors import Error, ReferenceFault, UsageError
from ironhull.limits import LIMITS
from ironhull.mirroring._selections import Selection
from ironhull.model import Descriptor, Problem
from ironhull.oci.images import is_attestation
from ironhull.oci.manifests import CONTAINERD_NAME, REF_NAME, check_digest
from ironhull.oci.names import Reference, split_scheme
from ironhull.oci.referrers import is_companion
from ironhull.registry.blobs import RegistryBlobs
from ironhull.registry.repository import Repository
from ironhull.registry.tags import TagFilter
from ironhull.registry.transfer import Origin
from ironhull.sources import Asked
from ironhull.sources.origins import (
    companions_in,
    layout_origin,
    names_saved,
    open_index,
    open_origin,
    registry_origin,
)
from ironhull.values import dataclass

if TYPE_CHECKING:
    from ironhull.oci.blobs import Blobs

_STAGE = "mirror"


@dataclass(frozen=True, slots=True)
class Offered:
    """One image of a source: how it is called there, and what opens it.

    `reference` is its full name (None: the source knows a tag at most), `tag` "" for one that is
    known by its digest.
    """

    name: str
    reference: Reference | None
    tag: str
    digest: str
    open: Callable[[], Origin]


@dataclass(frozen=True, slots=True)
class Offers:
    """The images of a selection; `unnamed` more have no name a mirror could keep."""

    images: tuple[Offered, ...]
    problems: tuple[Problem, ...] = ()
    unnamed: int = 0


def offers(selection: Selection, asked: Asked) -> Offers:
    """What `selection` means; raises Error where its source cannot be read or nothing is meant."""
    found = _offers(selection, asked)
    if not found.images and not found.problems:
        what = "its images have no name" if found.unnamed else "nothing in it is meant"
        raise ReferenceFault(
            f"{selection.source}: {what}", "check it, the patterns and the range of versions"
        )
    return found


def _offers(selection: Selection, asked: Asked) -> Offers:
    if selection.source in ("local", "local://"):
        return _of_store("", selection, asked)
    scheme, rest = split_scheme(selection.source)
    if scheme in ("image", "registry"):
        return _of_registry(rest, selection, asked)
    if scheme == "local":
        return _of_store(rest, selection, asked)
    if scheme in ("oci-dir", "archive"):
        return _of_file(scheme, rest, selection, asked)
    raise ReferenceFault(
        f"{selection.source}: nothing is mirrored from {scheme}://",
        "use a registry, local://, oci-dir:// or archive://",
    )


# ── registries ───────────────────────────────────────────────────────────────────────────────────


def _of_registry(rest: str, selection: Selection, asked: Asked) -> Offers:
    if asked.registries is None:
        raise ReferenceFault(f"registry://{rest}: registries are not asked here", "")
    reference = Reference.parse(rest)
    repository = asked.registries().repository(reference)
    known = None
    if reference.digest:
        tags: tuple[str, ...] = (reference.tag,)
    elif ":" in rest.rpartition("/")[2]:
        tags = (reference.tag,)
    else:
        known = frozenset(repository.tags())
        tags = selection.tags.choose(sorted(known))
        if not tags:
            raise ReferenceFault(
                f"{selection.source}: none of its {len(known)} tags is meant",
                "check the patterns and the range of versions",
            )
    if len(tags) > LIMITS.mirror_images:
        raise UsageError(f"{selection.source}: more than {LIMITS.mirror_images} tags")
    look = partial(_look, reference, repository, known)
    with ThreadPoolExecutor(LIMITS.http_parallel, thread_name_prefix="tags") as pool:
        found = list(pool.map(look, tags))
    return Offers(
        tuple(item for item in found if isinstance(item, Offered)),
        tuple(item for item in found if isinstance(item, Problem)),
    )


def _look(
    reference: Reference, repository: Repository, known: frozenset[str] | None, tag: str
) -> Offered | Problem:
    """What a tag leads to now; nothing is read but its digest where the registry tells it."""
    named = Reference(reference.registry, reference.repository, tag, reference.digest)
    try:
        there = repository.head(reference.digest or tag)
        if there is not None and not (there.digest and there.size and there.media_type):
            there = repository.manifest(reference.digest or tag).descriptor
        if there is not None:
            check_digest(there.digest, named.familiar)
    except Error as trouble:
        return Problem(_STAGE, named.familiar, str(trouble))
    if there is None:
        return Problem(_STAGE, named.familiar, "is not in the registry")
    opened = partial(_open_remote, repository, named.familiar, there, known)
    return Offered(named.familiar, named, tag, there.digest, opened)


def _open_remote(
    repository: Repository, name: str, root: Descriptor, known: frozenset[str] | None
) -> Origin:
    blobs = RegistryBlobs(repository)
    blobs.know([root])
    return registry_origin(name, blobs, root, known)


# ── layouts ──────────────────────────────────────────────────────────────────────────────────────


def _of_store(rest: str, selection: Selection, asked: Asked) -> Offers:
    from ironhull.sources.layout import read_entries

    root = asked.store.root
    entries = read_entries(root) if (root / "index.json").is_file() else ()
    found = _of_index(asked.store.incoming, entries, "local", selection)
    if not rest:
        return found
    wanted = Reference.parse(rest)
    tagged = wanted.digest or ":" in rest.rpartition("/")[2]
    images = tuple(image for image in found.images if _is_meant(image, wanted, bool(tagged)))
    if not images:
        raise ReferenceFault(f"local://{rest} is not in the local image store", "check the name")
    return Offers(images, found.problems)


def _is_meant(image: Offered, wanted: Reference, tagged: bool) -> bool:
    there = image.reference
    if there is None or (there.registry, there.repository) != (wanted.registry, wanted.repository):
        return False
    if wanted.digest:
        return image.digest == wanted.digest
    return not tagged or image.tag == wanted.tag


def _of_file(scheme: str, rest: str, selection: Selection, asked: Asked) -> Offers:
    opened = open_index(scheme, rest)
    if opened is not None and not opened.wanted:
        return _of_index(opened.blobs, opened.entries, scheme, selection)
    saved = names_saved(rest) if opened is None and scheme == "archive" else ()
    origins = [open_origin(f"{scheme}://{one}", asked) for one in saved or (rest,)]
    by_name = {origin.name: origin for origin in origins}
    images = []
    for name in _chosen(by_name, selection) if saved else by_name:
        reference, tag = _named(name)
        if reference is not None or tag:
            digest = by_name[name].root.digest
            images.append(Offered(name, reference, tag, digest, partial(_given, by_name[name])))
    return Offers(tuple(images), (), 0 if images or saved else 1)


def _of_index(
    blobs: Blobs, entries: tuple[Descriptor, ...], scheme: str, selection: Selection
) -> Offers:
    """Every named image of an index.json that is meant."""
    by_name: dict[str, list[Descriptor]] = {}
    unnamed = set()
    for entry in entries:
        if is_attestation(entry) or is_companion(entry):
            continue
        if name := _name(entry):
            by_name.setdefault(name, []).append(entry)
        else:
            unnamed.add(entry.digest)
    companions = companions_in(blobs, entries)
    images, problems = [], []
    for name in _chosen(by_name, selection):
        try:
            origin = layout_origin(blobs, tuple(by_name[name]), "", scheme, companions)
        except Error as trouble:
            problems.append(Problem(_STAGE, name, str(trouble)))
            continue
        reference, tag = _named(name)
        opened = partial(_given, origin)
        images.append(Offered(name, reference, tag, origin.root.digest, opened))
    named = {image.digest for image in images}
    return Offers(tuple(images), tuple(problems), len(unnamed - named))


def _chosen(by_name: Iterable[str], selection: Selection) -> Iterator[str]:
    """The names whose tags are meant, repository by repository: each has its newest."""
    repositories: dict[str, dict[str, str]] = {}
    for name in by_name:
        reference, tag = _named(name)
        key = f"{reference.registry}/{reference.repository}" if reference else ""
        repositories.setdefault(key, {})[tag] = name
    for names in repositories.values():
        yield from (names[tag] for tag in selection.tags.choose(tag for tag in names if tag))
        if "" in names and selection.tags == TagFilter():
            yield names[""]


def _name(entry: Descriptor) -> str:
    """The fullest name an entry has; "" for none."""
    said = [entry.annotations.get(key, "") for key in (CONTAINERD_NAME, REF_NAME)]
    return next((name for name in said if "/" in name or ":" in name), next(filter(None, said), ""))


def _named(name: str) -> tuple[Reference | None, str]:
    """The reference and the tag in a name; what is no name of an image is a tag."""
    if "/" not in name and ":" not in name:
        return None, name
    try:
        reference = Reference.parse(name)
    except ReferenceFault:
        return None, ""
    return reference, reference.tag


def _given(origin: Origin) -> Origin:
    return origin
