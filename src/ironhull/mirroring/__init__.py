"""Mirrors: many images kept in another place as they are in theirs, with all that goes with them.

A mirror is incremental by digest: what leads to the same digest at both ends is not read again,
only what refers to it is compared. Nothing is deleted. Whoever is interrupted goes on with the next
run: names come last, when everything they need is there.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed

from ironhull.errors import Error, UsageError
from ironhull.limits import LIMITS
from ironhull.mirroring._destination import Destination, parse_destination
from ironhull.mirroring._holdings import holdings
from ironhull.mirroring._offers import Offered, offers
from ironhull.mirroring._running import How, Job, MirroredImage, Run, shown, work
from ironhull.mirroring._selections import Selection, count_of, read_selections, selection
from ironhull.model import Problem, Progress
from ironhull.pipeline import parse_platform
from ironhull.registry.transfer import Traffic
from ironhull.sources import Asked
from ironhull.sources.targets import Putting, Target
from ironhull.values import dataclass

__all__ = [
    "Destination",
    "How",
    "Mirrored",
    "MirroredImage",
    "Selection",
    "count_of",
    "mirror",
    "parse_destination",
    "read_selections",
    "selection",
]

_STAGE = "mirror"


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What a run did, image by image, in the order of the selections and their tags.

    `problems` are sources that could not be read, `unnamed` counts images without a name to keep.
    """

    images: tuple[MirroredImage, ...]
    problems: tuple[Problem, ...]
    unnamed: int = 0

    @property
    def failed(self) -> bool:
        """Whether anything that was asked for is not there now."""
        return bool(self.problems) or any(image.status == "failed" for image in self.images)


@dataclass(frozen=True, slots=True)
class _Wanted:
    image: Offered
    target: Target
    selection: Selection


def mirror(
    selections: Sequence[Selection],
    destination: Destination,
    asked: Asked,
    how: How,
    progress: Progress,
) -> Mirrored:
    """Bring what `selections` mean to `destination`; trouble with one image stops no other.

    Raises UsageError for selections that contradict each other, StoreError.
    """
    platforms = {item.platform: parse_platform(item.platform) for item in selections}
    wanted, failed, problems, unnamed = _wanted(selections, destination, asked, progress)
    jobs = [
        Job(tuple((one.image, one.target) for one in same), platforms[same[0].selection.platform])
        for same in _by_digest(_distinct(wanted, failed))
    ]
    root = {"local": asked.store.root, "oci-dir": destination.directory}.get(destination.kind)
    with Traffic() as traffic:
        putting = Putting(keep=True, check=how.check)
        run = Run(asked, holdings(root, asked), how, putting, traffic, _one_at_a_time(progress))
        done = [*failed, *_all(jobs, run)]
    place = {(one.image.name, shown(one.target)): n for n, one in enumerate(wanted)}
    done.sort(key=lambda image: place.get((image.source, image.destination), -1))
    return Mirrored(tuple(done), tuple(problems), unnamed)


def _wanted(
    selections: Sequence[Selection], destination: Destination, asked: Asked, progress: Progress
) -> tuple[list[_Wanted], list[MirroredImage], list[Problem], int]:
    """Every image and where it goes; what has no place there has failed."""
    wanted: list[_Wanted] = []
    failed: list[MirroredImage] = []
    problems: list[Problem] = []
    unnamed = 0
    for one in selections:
        progress(f"listing {one.source}", 0, 0)
        try:
            found = offers(one, asked)
        except Error as trouble:
            problems.append(Problem(_STAGE, one.source, str(trouble)))
            continue
        problems += found.problems
        unnamed += found.unnamed
        for image in found.images:
            try:
                wanted.append(_Wanted(image, destination.target(image, one.becomes), one))
            except Error as trouble:
                said = MirroredImage(image.name, destination.text, image.digest)
                failed.append(_because(said, trouble))
    if len(wanted) > LIMITS.mirror_images:
        raise UsageError(
            f"{len(wanted)} images, more than the {LIMITS.mirror_images} of one mirror",
            "mirror them in several runs",
        )
    _refuse_mixture(wanted, destination)
    return wanted, failed, problems, unnamed


def _because(image: MirroredImage, trouble: Error) -> MirroredImage:
    return MirroredImage(image.source, image.destination, image.digest, problem=str(trouble))


def _refuse_mixture(wanted: Iterable[_Wanted], destination: Destination) -> None:
    """Several repositories would overwrite each other's tags in one."""
    if not destination.exact:
        return
    references = [one.image.reference for one in wanted if one.image.reference is not None]
    sources = {f"{reference.registry}/{reference.repository}" for reference in references}
    if len(sources) > 1:
        raise UsageError(
            f"{len(sources)} repositories cannot be mirrored into one, {destination.text}",
            f"write {destination.text}/ to put each below it",
        )


def _distinct(wanted: Sequence[_Wanted], failed: list[MirroredImage]) -> Iterator[_Wanted]:
    """Each destination once; two images that want the same one have `failed`."""
    takers: dict[str, dict[tuple[str, str], _Wanted]] = {}
    for one in wanted:
        key = (one.image.digest, one.selection.platform)
        takers.setdefault(shown(one.target), {}).setdefault(key, one)
    for place, images in takers.items():
        if len(images) == 1:
            yield from images.values()
            continue
        names = ", ".join(one.image.name for one in images.values())
        for one in images.values():
            problem = f"{place} would be several images: {names}"
            failed.append(MirroredImage(one.image.name, place, one.image.digest, problem=problem))


def _by_digest(wanted: Iterable[_Wanted]) -> Iterator[list[_Wanted]]:
    """The names of one image of one source that go to one repository together."""
    groups: dict[tuple[object, ...], list[_Wanted]] = {}
    for one in wanted:
        source, target = one.image.reference, one.target.reference
        key = (
            one.selection.platform,
            one.image.digest,
            (source.registry, source.repository) if source else one.selection.source,
            (target.registry, target.repository) if target else None,
        )
        groups.setdefault(key, []).append(one)
    yield from groups.values()


def _one_at_a_time(progress: Progress) -> Progress:
    lock = threading.Lock()

    def told(what: str, done: int, total: int) -> None:
        with lock:
            progress(what, done, total)

    return told


def _all(jobs: Sequence[Job], run: Run) -> Iterator[MirroredImage]:
    """Work on several images at once; an interruption ends those under way."""
    pool = ThreadPoolExecutor(LIMITS.mirror_parallel, thread_name_prefix="mirror")
    running: Mapping[Future[tuple[MirroredImage, ...]], Job] = {
        pool.submit(work, job, run): job for job in jobs
    }
    try:
        for count, future in enumerate(as_completed(running), 1):
            yield from future.result()
            run.progress(f"{count} of {len(jobs)} images", count, len(jobs))
    finally:
        run.stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
