"""Moving images with what goes with them: from any place to any other, digests unchanged.

A place to take from is an `Origin`, a place to put into a `Sink`; neither knows the other. Content
goes first and manifests last (distribution-spec 1.1, "Push"), so that whoever is interrupted leaves
nothing that is not complete, and the next run finds what is there already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import nullcontext
from functools import partial
from typing import BinaryIO, Protocol, TypeVar, cast

from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.model import Descriptor, Progress
from ironhull.oci.blobs import Blobs, read_blob
from ironhull.oci.images import is_attestation
from ironhull.oci.manifests import (
    FOREIGN_LAYER_TYPES,
    INDEX_TYPES,
    MANIFEST_TYPES,
    parse_index,
    parse_manifest,
)
from ironhull.oci.referrers import Companion
from ironhull.registry._moving import Counting, Passing, Tally, Traffic
from ironhull.registry.repository import Document
from ironhull.values import dataclass, field, replace

__all__ = [
    "Claim",
    "Held",
    "Origin",
    "Passing",
    "Plan",
    "Sink",
    "Traffic",
    "Transferred",
    "plan",
    "transfer",
]

_DOCUMENTS = INDEX_TYPES | MANIFEST_TYPES
_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an image is taken from: `root` is its index or manifest in `blobs`.

    `companions(digest)` are what goes with a manifest there, `open_at` opens a blob from an offset
    where `blobs` can do that, `extra` goes along whatever is asked for. `claims` are the companions
    as they are listed, unread, each with what reads and believes it (None: it is no companion).
    """

    name: str
    blobs: Blobs
    root: Descriptor
    companions: Callable[[str], Iterable[Companion]]
    open_at: Callable[[str, int], BinaryIO] | None = None
    extra: tuple[Companion, ...] = ()
    claims: Callable[[str], Iterable[Claim]] | None = None


Claim = tuple[Companion, Callable[[], Companion | None]]
_Beside = tuple[list[Companion], list[Companion]]


@dataclass(frozen=True, slots=True)
class Held:
    """What a destination has of an image: all of it (`image`), and which of its companions.

    `blobs` are the destination's own, nearer than the origin's.
    """

    image: bool
    companion: Callable[[Companion], bool]
    blobs: Blobs


class Sink(Protocol):
    """Where an image is put; used by several threads at once."""

    def has_blob(self, blob: Descriptor) -> bool:
        """Whether it is there already."""

    def put_blob(self, blob: Descriptor, opened: Callable[[int], BinaryIO]) -> bool:
        """Put a blob; whether it was found nearby instead of being sent."""

    def put_documents(self, found: Plan) -> None:
        """Put manifests, children first, and give the image its name."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that belongs to an image: `documents` children first, `blobs` by digest."""

    root: Document
    documents: tuple[Document, ...]
    blobs: Mapping[str, Descriptor]
    companions: tuple[Companion, ...] = ()
    companion_documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class Transferred:
    """What a transfer did; `bytes` of the blobs that were sent. `absent`: foreign layers."""

    plan: Plan
    copied: int = 0
    there: int = 0
    nearby: int = 0
    bytes: int = 0
    absent: tuple[str, ...] = field(default_factory=tuple)


# ── what belongs to an image ─────────────────────────────────────────────────────────────────────


def plan(origin: Origin, *, referrers: bool, held: Held | None = None) -> Plan:
    """Read the documents of an image and, with `referrers`, of what goes with it.

    What the destination has (`held`) is left out: the image, and companions by themselves; what
    refers to those is looked for all the same. Raises ImageError, RegistryError.
    """
    blobs: dict[str, Descriptor] = {}
    if origin.root.media_type not in _DOCUMENTS:
        raise ImageError(f"{origin.name}: {origin.root.media_type!r} is neither index nor manifest")
    whole = held is not None and held.image
    source = replace(origin, blobs=held.blobs) if held is not None and whole else origin
    documents = _walk(source, [origin.root], {} if whole else blobs, {})
    companions: list[Companion] = []
    beside: dict[str, Document] = {}
    subjects = [found for found in documents if not is_attestation(documents[found].descriptor)]
    for depth in range(LIMITS.registry_depth + 1):
        fresh, there = _beside(origin, subjects if referrers else [], held)
        fresh += _extra(origin, held) if depth == 0 else ()
        fresh = [item for item in _distinct(fresh, companions) if _digest(item) not in documents]
        if not fresh and not there:
            break
        if depth == LIMITS.registry_depth:
            raise ImageError(f"{origin.name}: referrers of referrers, more than {depth} deep")
        companions += fresh
        if len(companions) > LIMITS.registry_referrers:
            raise ImageError(f"{origin.name}: more than {LIMITS.registry_referrers} referrers")
        known = {**documents, **beside}
        new = _walk(origin, [item.descriptor for item in fresh], blobs, known)
        beside.update(new)
        subjects = list(dict.fromkeys([*new, *map(_digest, there)]))
    root = documents[origin.root.digest]
    own = () if whole else tuple(documents.values())
    return Plan(root, own, blobs, tuple(companions), tuple(beside.values()))


def _extra(origin: Origin, held: Held | None) -> tuple[Companion, ...]:
    if held is None:
        return origin.extra
    return tuple(item for item in origin.extra if not held.companion(item))


def _beside(origin: Origin, subjects: Sequence[str], held: Held | None) -> _Beside:
    """The companions of `subjects` to be copied, and those the destination has."""
    if held is None:
        return [item for some in _each(origin.companions, subjects) for item in some], []
    claims = origin.claims or partial(_certain, origin)
    claimed = [claim for some in _each(claims, subjects) for claim in some]
    has = held.companion
    marks = [mark for some in _each(lambda claim: [has(claim[0])], claimed) for mark in some]
    there = [claim[0] for claim, mark in zip(claimed, marks, strict=True) if mark]
    unread = [claim[1] for claim, mark in zip(claimed, marks, strict=True) if not mark]
    read = [item for some in _each(lambda believed: [believed()], unread) for item in some]
    return [item for item in read if item is not None], there


def _certain(origin: Origin, digest: str) -> Iterator[Claim]:
    """Companions that need no reading to be believed, as claims."""
    for item in origin.companions(digest):
        yield item, partial(_given, item)


def _given(item: Companion) -> Companion:
    return item


def _distinct(found: Iterable[Companion], known: Iterable[Companion]) -> list[Companion]:
    """Those of `found` that are not `known`; lists differ in what they say of a manifest."""
    keys = {(_digest(item), item.about, item.tag) for item in known}
    fresh = {(_digest(item), item.about, item.tag): item for item in reversed(list(found))}
    return [item for key, item in reversed(fresh.items()) if key not in keys]


def _digest(companion: Companion) -> str:
    return companion.descriptor.digest


def _walk(
    origin: Origin,
    tops: Sequence[Descriptor],
    blobs: dict[str, Descriptor],
    known: Mapping[str, Document],
) -> dict[str, Document]:
    """The documents `tops` lead to that are not `known`, children first."""
    found: dict[str, Document] = {}
    size = 0

    def visit(descriptor: Descriptor, depth: int) -> None:
        nonlocal size
        if descriptor.media_type not in _DOCUMENTS:
            blobs.setdefault(descriptor.digest, descriptor)
        elif descriptor.digest not in found and descriptor.digest not in known:
            size += descriptor.size
            _bound(origin, len(found), size, depth)
            data = read_blob(origin.blobs, descriptor, LIMITS.manifest_bytes)
            for child in _children(descriptor, data, origin.blobs.where):
                visit(child, depth + 1)
            found[descriptor.digest] = Document(descriptor, data)

    for top in tops:
        visit(top, 0)
    return found


def _bound(origin: Origin, count: int, size: int, depth: int) -> None:
    if count > LIMITS.index_manifests or size > LIMITS.registry_documents_bytes:
        raise ImageError(f"{origin.name}: more manifests than are copied at once")
    if depth > LIMITS.index_depth:
        raise ImageError(f"{origin.name}: indexes in more than {LIMITS.index_depth} indexes")


def _children(descriptor: Descriptor, data: bytes, where: str) -> tuple[Descriptor, ...]:
    what = f"{where}@{descriptor.digest}"
    if descriptor.media_type in INDEX_TYPES:
        return parse_index(data, what).manifests
    manifest = parse_manifest(data, what)
    return (manifest.config, *manifest.layers)


def _each(work: Callable[[_T], Iterable[_R]], items: Sequence[_T]) -> list[list[_R]]:
    """`work` on every item, several at a time; the first failure is raised."""
    if len(items) < 2:
        return [list(work(item)) for item in items]
    with ThreadPoolExecutor(LIMITS.http_parallel, thread_name_prefix="referrers") as pool:
        return list(pool.map(lambda item: list(work(item)), items))


# ── moving it ────────────────────────────────────────────────────────────────────────────────────


def transfer(
    found: Plan,
    origin: Origin,
    sink: Sink,
    progress: Progress | None = None,
    traffic: Traffic | None = None,
) -> Transferred:
    """Put all of `found` into `sink`: blobs several at a time, then documents.

    A blob that arrives altered is fetched once more. `traffic` is shared by transfers that run at
    once. Raises ImageError, RegistryError, StoreError; the first failure ends the transfer.
    """
    blobs = list(found.blobs.values())
    tally = Tally(sum(blob.size for blob in blobs), origin.name, progress)
    with nullcontext(traffic) if traffic is not None else Traffic() as shared:
        move = partial(_move_alone, origin=origin, sink=sink, tally=tally, traffic=shared)
        running = [shared.pool.submit(move, blob) for blob in blobs]
        try:
            done, _ = wait(running, return_when=FIRST_EXCEPTION)
            for future in running:
                if future in done and future.exception() is not None:
                    future.result()
        finally:
            tally.stop.set()
            for future in running:
                future.cancel()
            wait(running)
    ends = [future.result() for future in running]
    sink.put_documents(found)
    absent = tuple(blob.digest for blob, end in zip(blobs, ends, strict=True) if end == "absent")
    sent = sum(blob.size for blob, end in zip(blobs, ends, strict=True) if end == "copied")
    return Transferred(
        found, ends.count("copied"), ends.count("there"), ends.count("nearby"), sent, absent
    )


def _move_alone(
    blob: Descriptor, *, origin: Origin, sink: Sink, tally: Tally, traffic: Traffic
) -> str:
    with traffic.alone(blob.digest):
        return _move(blob, origin, sink, tally)


def _move(blob: Descriptor, origin: Origin, sink: Sink, tally: Tally) -> str:
    """One blob: "there" already, found "nearby", "copied", or "absent" because it is foreign."""
    if sink.has_blob(blob):
        tally.add(blob.size)
        return "there"
    opened = partial(_open, blob, origin, tally)
    for last in (False, True):
        try:
            nearby = sink.put_blob(blob, opened)
        except FileNotFoundError:
            if blob.media_type in FOREIGN_LAYER_TYPES:
                return "absent"
            raise ImageError(
                f"{origin.blobs.where}: blob {blob.digest}: missing",
                "the image is incomplete there",
            ) from None
        except ImageError:
            if last:
                raise
        else:
            if nearby:
                tally.add(blob.size)
            return "nearby" if nearby else "copied"
    raise AssertionError("the second try returns or raises")


def _open(blob: Descriptor, origin: Origin, tally: Tally, offset: int) -> BinaryIO:
    where = origin.blobs.where
    if offset == 0:
        source = origin.blobs.open(blob.digest)
        return cast(BinaryIO, Passing(source, blob, where, tally.add))
    if origin.open_at is not None:
        source = origin.open_at(blob.digest, offset)
    else:
        source = origin.blobs.open(blob.digest)
        for _ in _skipped(source, offset):
            pass
    return cast(BinaryIO, Counting(source, blob, where, tally.add))


def _skipped(source: BinaryIO, count: int) -> Iterator[int]:
    while count and (piece := source.read(min(count, 1 << 20))):
        count -= len(piece)
        yield count
