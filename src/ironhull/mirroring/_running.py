"""One image of a mirror: what is missing of it, and bringing that over."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial

from ironhull.errors import Error, ImageError, RegistryError
from ironhull.mirroring._holdings import Holdings
from ironhull.mirroring._offers import Offered
from ironhull.model import Platform, Progress
from ironhull.oci.referrers import Companion
from ironhull.registry.transfer import Held, Origin, Plan, Traffic, plan, transfer
from ironhull.sources import Asked
from ironhull.sources.origins import for_platform
from ironhull.sources.targets import Putting, Target, open_target
from ironhull.values import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class MirroredImage:
    """One name of a mirror. `before` is the digest it led to at the destination ("": nowhere).

    `status`: "new", "updated", "current" or "failed" (`problem` says why); of a plan, what would
    be. Blobs, bytes and `referrers` (what goes with the image) are those of all names of a digest,
    told with the first.
    """

    source: str
    destination: str
    digest: str = ""
    before: str = ""
    status: str = "failed"
    problem: str = ""
    manifests: int = 0
    copied: int = 0
    there: int = 0
    mounted: int = 0
    bytes: int = 0
    referrers: tuple[Companion, ...] = ()
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class How:
    """How a mirror is made. `dry` changes nothing, `check` reads all that is there already."""

    referrers: bool = True
    dry: bool = False
    check: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """One digest and all the names it gets in one repository or layout."""

    names: tuple[tuple[Offered, Target], ...]
    platform: Platform | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """What the jobs of a run share."""

    asked: Asked
    holdings: Holdings
    how: How
    putting: Putting
    traffic: Traffic
    progress: Progress
    stop: threading.Event = field(default_factory=threading.Event)


def work(job: Job, run: Run) -> tuple[MirroredImage, ...]:
    """Bring the image of `job` over; what fails is told of each of its names."""
    try:
        return _work(job, run)
    except Error as trouble:
        return tuple(
            MirroredImage(image.name, shown(target), image.digest, problem=str(trouble))
            for image, target in job.names
        )


def shown(target: Target) -> str:
    """A destination as users write it."""
    if target.kind == "oci-dir":
        return f"oci-dir://{target.path}{':' if target.name else ''}{target.name}"
    return f"local://{target.name}" if target.kind == "local" else target.name


def _work(job: Job, run: Run) -> tuple[MirroredImage, ...]:
    before = [run.holdings.at(target) for _, target in job.names]
    first, target = job.names[0]
    origin = for_platform(first.open(), job.platform)
    missing, fresh = _missing(origin, target, run)
    move = _planned if run.how.dry else _moved
    done = replace(move(missing, origin, target, run), referrers=fresh)
    digest = origin.root.digest
    if not run.how.dry:
        _name(job, before, missing, origin, run)
    changed = bool(done.copied or fresh or (missing.documents and not run.how.check))
    return tuple(
        replace(
            done if number == 0 else MirroredImage("", ""),
            source=image.name,
            destination=shown(where),
            digest=digest,
            before=before[number],
            status=_status(before[number], digest, changed=changed, where=where),
        )
        for number, (image, where) in enumerate(job.names)
    )


def _status(before: str, digest: str, *, changed: bool, where: Target) -> str:
    if before == digest or not _has_tag(where):
        return "updated" if changed and before else "new" if changed else "current"
    return "updated" if before else "new"


def _has_tag(target: Target) -> bool:
    return target.reference is None or bool(target.reference.tag)


def _missing(origin: Origin, target: Target, run: Run) -> tuple[Plan, tuple[Companion, ...]]:
    """What the destination has not, and what of that goes with the image.

    All of it, the second apart, where everything is to be read again.
    """
    held = run.holdings.held(target, origin.root)
    found = _plan(origin, held, run)
    documents = {item.descriptor.digest: item.data for item in found.companion_documents}
    fresh = tuple(
        item
        for item in found.companions
        if not (run.how.check and held.companion(item))
        and run.holdings.lacks(target, item, documents.get(item.descriptor.digest, b""))
    )
    if not (fresh or found.documents):
        found = replace(found, companions=())
    return found, fresh


def _plan(origin: Origin, held: Held, run: Run) -> Plan:
    referrers = run.how.referrers
    if run.how.check:
        return plan(origin, referrers=referrers)
    try:
        return plan(origin, referrers=referrers, held=held)
    except (ImageError, RegistryError):
        if not held.image:
            raise
        return plan(origin, referrers=referrers, held=replace(held, image=False))


def _moved(missing: Plan, origin: Origin, target: Target, run: Run) -> MirroredImage:
    if not (missing.documents or missing.companions):
        return MirroredImage("", "")
    with open_target(target, origin, run.asked, missing, run.putting) as sink:
        done = transfer(missing, origin, sink, _stoppable(run), run.traffic)
    return MirroredImage(
        "",
        "",
        manifests=len(missing.documents) + len(missing.companion_documents),
        copied=done.copied,
        there=done.there,
        mounted=done.nearby,
        bytes=done.bytes,
        absent=done.absent,
    )


def _planned(missing: Plan, _origin: Origin, target: Target, run: Run) -> MirroredImage:
    """What `_moved` would do; blobs another repository might have are counted as copied."""
    blobs = list(missing.blobs.values())
    has = partial(run.holdings.has_blob, target)
    there = list(run.traffic.pool.map(has, blobs))
    needed = [blob for blob, is_there in zip(blobs, there, strict=True) if not is_there]
    return MirroredImage(
        "",
        "",
        manifests=len(missing.documents) + len(missing.companion_documents),
        copied=len(needed),
        there=len(blobs) - len(needed),
        bytes=sum(blob.size for blob in needed),
    )


def _name(job: Job, before: Sequence[str], missing: Plan, origin: Origin, run: Run) -> None:
    """Give the image the names that lead elsewhere yet."""
    digest = origin.root.digest
    named = bool(missing.documents or (missing.companions and job.names[0][1].kind != "registry"))
    for number, (_, target) in enumerate(job.names):
        if before[number] == digest or (number == 0 and named) or not _has_tag(target):
            continue
        bare = Plan(missing.root, (missing.root,), {})
        with open_target(target, origin, run.asked, bare, run.putting) as sink:
            sink.put_documents(bare)


def _stoppable(run: Run) -> Progress:
    def progress(what: str, done: int, total: int) -> None:
        if run.stop.is_set():
            raise ImageError(f"{what}: stopped")
        run.progress(what, done, total)

    return progress
