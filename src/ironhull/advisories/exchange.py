"""Advisory data from one machine to another: exported to a file, imported from it.

An import is checked before anything in use is touched, and swapped in whole. What it says, not how
it was made, comes along; with the downloads (`raw`) the other machine can also go on from them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from ironhull.advisories._bundle import INDEX, Head, Member, read_bundle, write_bundle
from ironhull.advisories._imported import note_imported
from ironhull.advisories._raw import discard, incoming_of, read_state, swap
from ironhull.advisories.update import alone, index_path, open_index, tidy
from ironhull.errors import AdvisoryError
from ironhull.oci.storage import storage_error
from ironhull.store.files import atomic_write, sync_directory
from ironhull.values import dataclass, field

__all__ = ["Imported", "export_data", "import_data", "note_pulled", "was_pulled"]

_PIECE = 1 << 20
_BUNDLED = "snapshot"
_PULLED = "pulled"


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import: `changed` is False where the data was in use already.

    `digest` is that of the index in use now: it holds the snapshot of this Ironhull.
    """

    head: Head
    changed: bool
    digest: str


# ── export ───────────────────────────────────────────────────────────────────────────────────────


def export_data(directory: Path, file: BinaryIO, *, raw: bool, now: str) -> Head:
    """Write the data of `directory` to `file`; with `raw` also what was downloaded.

    Raises AdvisoryError where there is no data, OSError for what `file` does.
    """
    from ironhull import __version__
    from ironhull.store._advisories_schema import SCHEMA_VERSION
    from ironhull.store.advisories import AdvisoryIndex

    open_index(directory, now=now).close()  # made where there is none
    with alone(directory, None), AdvisoryIndex.open(index_path(directory)) as index:
        places = [(INDEX, index.path), *_beside(directory, raw=raw)]
        head = Head(
            schema=SCHEMA_VERSION,
            digest=index.digest,
            date=index.date,
            built=index.built,
            ironhull=__version__,
            sources=tuple((source.name, source.date) for source in index.sources),
            files={name: _measured(path) for name, path in places},
        )
        write_bundle(file, head, places)
    return head


def _beside(directory: Path, *, raw: bool) -> Iterator[tuple[str, Path]]:
    """What goes along with the index, by its path in the bundle."""
    for path in sorted((directory / "learned").glob("*.json")):
        yield f"learned/{path.name}", path
    for source in sorted((directory / "raw").glob("*")) if raw else ():
        if source.suffix not in (".new", ".old") and read_state(source).fingerprint:
            for path in sorted(source.rglob("*")):
                if path.is_file():
                    yield f"raw/{path.relative_to(directory / 'raw').as_posix()}", path


def _measured(path: Path) -> tuple[int, str]:
    found = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(piece)
            size += len(piece)
    return size, found.hexdigest()


# ── import ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Import:
    directory: Path
    what: str
    index: Path
    learned: dict[str, bytes] = field(default_factory=dict)
    raw: set[str] = field(default_factory=set)


def import_data(
    directory: Path,
    file: BinaryIO,
    *,
    what: str,
    now: str,
    force: bool = False,
    waiting: Callable[[], None] | None = None,
) -> Imported:
    """Let the data in `file`, which messages call `what`, take the place of that in `directory`.

    Raises AdvisoryError for what is damaged, of another version or, without `force`, older than
    what is in use; StoreError for the disk.
    """
    from ironhull.store._advisories_build import TEMPORARY

    with alone(directory, waiting):
        tidy(directory)
        job = _Import(directory, what, directory / f"import{TEMPORARY}")
        try:
            with read_bundle(file, what) as (head, members):
                _check(head, what, directory, force=force)
                if _in_use(directory).get("", "") == head.digest:
                    return Imported(head, changed=False, digest=head.digest)
                for member in members:
                    _unpack(job, member)
            _swap_in(job, head)
        except OSError as trouble:
            raise storage_error(trouble, f"cannot import into {directory}") from trouble
        finally:
            job.index.unlink(missing_ok=True)
            for name in job.raw:
                discard(incoming_of(directory / "raw" / name), wholly=True)
    with open_index(directory, now=now) as index:
        return Imported(head, changed=True, digest=index.digest)


def _check(head: Head, what: str, directory: Path, *, force: bool) -> None:
    from ironhull.store._advisories_schema import SCHEMA_VERSION

    if head.schema != SCHEMA_VERSION:
        raise AdvisoryError(
            f"{what}: holds an index of version {head.schema}, this Ironhull reads"
            f" {SCHEMA_VERSION}",
            f"export it with the version that reads it here (it was {head.ironhull})",
        )
    if force:
        return
    dates = dict(head.sources)
    for name, date in _in_use(directory).items():
        if not name or name == _BUNDLED:
            continue
        if name not in dates:
            problem = f"has no data of {name}, which is in use"
        elif dates[name] < date:
            problem = f"its data of {name} is of {dates[name][:10]}, that in use of {date[:10]}"
        else:
            continue
        raise AdvisoryError(f"{what}: {problem}; nothing was changed", "import it with --force")


def _in_use(directory: Path) -> Mapping[str, str]:
    """The dates of the sources in use by name, and the index's digest as ""."""
    from ironhull.store.advisories import AdvisoryIndex

    try:
        with AdvisoryIndex.open(index_path(directory)) as index:
            return {"": index.digest} | {source.name: source.date for source in index.sources}
    except AdvisoryError:
        return {}


def _unpack(job: _Import, member: Member) -> None:
    kind, _, rest = member.path.partition("/")
    if member.path == INDEX:
        with job.index.open("wb") as target:
            member.write_to(target)
            _flush(target)
    elif kind == "learned":
        import io

        small = io.BytesIO()
        member.write_to(small)
        job.learned[rest] = small.getvalue()
    else:
        source, _, path = rest.partition("/")
        new = incoming_of(job.directory / "raw" / source)
        if source not in job.raw:
            discard(new, wholly=True)
            job.raw.add(source)
        place = new / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as target:
            member.write_to(target)


def _flush(target: BinaryIO) -> None:
    import os

    target.flush()
    os.fsync(target.fileno())


def _swap_in(job: _Import, head: Head) -> None:
    """Take over what was unpacked; killed on the way, old and new are both whole."""
    from ironhull.store.advisories import AdvisoryIndex

    with AdvisoryIndex.open(job.index) as index:
        if index.digest != head.digest:
            raise AdvisoryError(f"{job.what}: its index is not the one it names", "export it again")
        states = {source.name: source.state for source in index.sources}
    raw = job.directory / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    for name, state in states.items():
        # older downloads than the index was made of would be read again
        if name not in job.raw and read_state(raw / name).fingerprint not in ("", state):
            discard(raw / name, wholly=True)
    for name in sorted(job.raw):
        swap(raw / name, incoming_of(raw / name))
    job.index.replace(index_path(job.directory))
    sync_directory(job.directory)
    for name, data in job.learned.items():
        atomic_write(job.directory / "learned" / name, data)
    note_imported(job.directory, states.keys() - job.raw - {_BUNDLED})


# ── what was pulled ──────────────────────────────────────────────────────────────────────────────


def note_pulled(directory: Path, manifest: str, index: str) -> None:
    """Note that the index in use came with the artifact `manifest`; both are digests."""
    atomic_write(directory / _PULLED, f"{manifest} {index}\n".encode())


def was_pulled(directory: Path, manifest: str) -> str:
    """The digest of the index in use if it came with the artifact `manifest`, else ""."""
    try:
        noted = (directory / _PULLED).read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return ""
    in_use = _in_use(directory).get("", "")
    return in_use if noted == [manifest, in_use] else ""
