"""Making the index of the raw files there are: only what changed is read.

Large sources are read by processes beside this one, which takes in what they wrote, merges and
writes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.advisories._reading import Beside, read_source
from ironhull.advisories._row import AdvisorySource, Tally
from ironhull.errors import AdvisoryError
from ironhull.model import Problem, Progress
from ironhull.values import dataclass, field

if TYPE_CHECKING:
    from ironhull.store._advisories_build import IndexBuilder
    from ironhull.store.advisories import IndexSource

__all__ = ["Files", "Raw", "Read", "indexing", "rules"]

_LARGE = 2 << 20  # bytes of raw files that are worth a process
_PROCESSES = 4


@dataclass(frozen=True, slots=True)
class Files:
    """Raw files of a source.

    `fingerprint` decides whether they were read before, `url` and `fetched` tell where they are
    from and since when, `modified` (RFC 3339, "" for unknown) dates what states no date itself.
    """

    directory: Path
    fingerprint: str
    url: str = ""
    fetched: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Raw:
    """A source with its raw files, newest first: where one set is no good the next is used."""

    source: AdvisorySource
    files: tuple[Files, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """What became of a source: the files the index is made of (None: what it held stays).

    `left` counts by reason the records that say nothing a version could be compared with.
    """

    used: Files | None
    problems: tuple[Problem, ...] = ()
    failed: str = ""
    left: tuple[tuple[str, int], ...] = ()


@dataclass(slots=True)
class _Build:
    builder: IndexBuilder
    now: str
    sources: int
    progress: Progress | None
    done: dict[str, Read] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def told(self) -> None:
        """Say how many sources are done."""
        if self.progress is not None:
            self.progress("indexing advisories", len(self.done), self.sources)


def rules() -> str:
    """What stands for the code that reads and merges."""
    from ironhull.store._code import running_code

    return running_code()


@contextmanager
def indexing(
    index: Path, raw: Sequence[Raw], *, now: str, progress: Progress | None = None
) -> Iterator[dict[str, Read]]:
    """Bring the file `index` up to date; it takes the old one's place when the block ends well.

    Gives what became of each source by name. A source without files keeps what the index has of it
    (an index that was imported), one that is not named leaves. Raises StoreError.
    """
    from ironhull.advisories._merge import facts_of, merge
    from ironhull.ecosystems import ecosystem_of_scope
    from ironhull.store._advisories_build import Rules, building

    def order(scope: str) -> Callable[[str], bytes] | None:
        row = ecosystem_of_scope(scope)
        return row.order if row is not None else None

    with building(index, Rules(rules(), merge, facts_of, order), upon=index) as builder:
        build = _Build(builder, now, len(raw), progress)
        build.told()
        _read_all(build, raw)
        builder.finish(now)
        yield build.done


def _read_all(build: _Build, raw: Sequence[Raw]) -> None:
    """Read what is not in the index as it is; large ones first and at the same time."""
    todo = [item for item in raw if not _kept(build, item, 0)]
    sizes = {item.source.name: _size(item.files[0].directory) for item in todo}
    todo.sort(key=lambda item: -sizes[item.source.name])
    large = [item for item in todo if sizes[item.source.name] >= _LARGE]
    if len(large) > 1 and _processors() > 1 and sys.executable:
        _read_beside(build, large)
    for item in todo:
        if item.source.name not in build.done:
            _read_here(build, item, 0)


def _kept(build: _Build, item: Raw, first: int) -> bool:
    """Whether the source needs no reading: nothing there, or what is there is in the index."""
    held = build.builder.held.get(item.source.name)
    if first >= len(item.files):
        if held is not None:
            build.builder.keep(held)
        if held is not None or item.files:
            build.done[item.source.name] = Read(None, failed=build.failed.get(item.source.name, ""))
        return True
    files = item.files[first]
    same = held is not None and held.state == files.fingerprint
    if held is None or not same or not build.builder.same_rules:
        return False
    build.builder.keep(_row(files, held.dated, held))
    build.done[item.source.name] = Read(files, failed=build.failed.get(item.source.name, ""))
    return True


def _read_beside(build: _Build, items: Sequence[Raw]) -> None:
    """As many at a time as there are processors; each is taken in while the others go on."""
    waiting = list(items)
    running: list[tuple[Raw, Beside]] = []
    places = min(_processors(), _PROCESSES)
    try:
        while waiting or running:
            while waiting and len(running) < places:
                item = waiting.pop(0)
                stage = build.builder.scratch(item.source.name)
                directory = item.files[0].directory
                running.append((item, Beside.start(item.source, directory, stage, build.now)))
            item, beside = running.pop(_finished(running))
            try:
                found = beside.result()
            except AdvisoryError as trouble:
                _failed(build, item, 0, trouble)
            else:
                if found is not None:  # else it is read here
                    _took(build, item, 0, found)
    finally:
        for _, beside in running:
            beside.stop()


def _finished(running: list[tuple[Raw, Beside]]) -> int:
    """The place of a process that is done; the first where none is, to wait for."""
    import select

    pipes = [beside.process.stdout for _, beside in running]
    ready, _, _ = select.select([pipe for pipe in pipes if pipe is not None], [], [])
    return next(place for place, pipe in enumerate(pipes) if pipe in ready)


def _read_here(build: _Build, item: Raw, first: int) -> None:
    stage = build.builder.scratch(item.source.name)
    try:
        found = read_source(item.source, item.files[first].directory, stage, build.now)
    except AdvisoryError as trouble:
        _failed(build, item, first, trouble)
    else:
        _took(build, item, first, found)


def _failed(build: _Build, item: Raw, first: int, trouble: AdvisoryError) -> None:
    build.builder.scratch(item.source.name).unlink(missing_ok=True)
    build.failed.setdefault(item.source.name, trouble.message)
    if not _kept(build, item, first + 1):
        _read_here(build, item, first + 1)


def _took(build: _Build, item: Raw, first: int, found: tuple[int, Tally]) -> None:
    name, files = item.source.name, item.files[first]
    records, tally = found
    if first == 0 and (known := _newer(build, item, tally.date)):
        message = f"{name}: is of {tally.date}, older than the data there is, of {known}"
        _failed(build, item, first, AdvisoryError(message))
        return
    stage = build.builder.scratch(name)
    build.builder.take(name, stage)
    stage.unlink()
    from ironhull.store.advisories import IndexSource

    row = IndexSource(
        *(name, "", "", "", records, tally.skipped, ""), tuple(sorted(tally.scopes.items()))
    )
    build.builder.keep(_row(files, tally.date, row))
    problems, left = tuple(tally.problems), tuple(sorted(tally.passed.items()))
    build.done[name] = Read(files, problems, build.failed.get(name, ""), left)
    build.told()


def _newer(build: _Build, item: Raw, date: str) -> str:
    """The date of what the index holds of a source, where its new files state an older one.

    What comes with Ironhull may be older than another release's; a list was compared when fetched.
    """
    held = build.builder.held.get(item.source.name)
    if held is None or item.source.fetch in ("bundled", "listed"):
        return ""
    changed = held.state != item.files[0].fingerprint
    return held.dated if changed and date and date < held.dated else ""


def _row(files: Files, dated: str, row: IndexSource) -> IndexSource:
    from ironhull.values import replace

    return replace(
        row,
        url=files.url,
        date=dated or files.modified or files.fetched,
        dated=dated,
        fetched=files.fetched,
        state=files.fingerprint,
    )


def _size(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
