"""Bringing a source's raw files up to date: only what changed is downloaded.

A source's files lie in one directory with a `state.json` (where from, validators, fingerprint).
New files are put together in a second directory beside it and take the first one's place only when
they have been read; until then, and after any failure, the old ones are what counts.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from ironhull.advisories._row import AdvisorySource
from ironhull.advisories.osv import read_list
from ironhull.errors import AdvisoryError
from ironhull.limits import LIMITS
from ironhull.values import dataclass

if TYPE_CHECKING:
    from ironhull.transport import Transport

__all__ = ["FEW", "State", "adopt", "discard", "fetch", "read_state", "recover", "swap"]

FEW = 200
"""Records: when no more than these changed they are fetched one by one, else the whole zip."""

_STATE = "state.json"


@dataclass(frozen=True, slots=True)
class State:
    """Where raw files came from. `fingerprint` is a SHA-256 over what decides their meaning."""

    url: str = ""
    etag: str = ""
    last_modified: str = ""
    fetched: str = ""
    fingerprint: str = ""


def read_state(directory: Path) -> State:
    """The state of raw files, an empty one where there are none or it cannot be read."""
    try:
        values = json.loads((directory / _STATE).read_bytes())
        return State(**{name: str(values[name]) for name in State.__dataclass_fields__})
    except (OSError, ValueError, KeyError, TypeError):
        return State()


def _write_state(directory: Path, state: State) -> None:
    from dataclasses import asdict

    (directory / _STATE).write_text(json.dumps(asdict(state), indent=1) + "\n", encoding="ascii")


def recover(directory: Path) -> None:
    """Put right what a killed run left: half-swapped directories, half-made files."""
    import shutil

    for old in directory.glob("*.old"):
        current = old.with_suffix("")
        if current.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.rename(current)
    for incoming in directory.glob("*.new"):
        discard(incoming)


def discard(incoming: Path) -> None:
    """Empty a directory of new files; only a partial download that can be resumed stays."""
    import shutil

    for path in incoming.iterdir() if incoming.is_dir() else ():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif not path.name.startswith("all.zip.part"):
            path.unlink(missing_ok=True)
    with suppress(OSError):
        incoming.rmdir()


def swap(current: Path, incoming: Path) -> None:
    """Let `incoming` take the place of `current`; a crash in between is put right by `recover`."""
    import shutil

    old = current.with_name(current.name + ".old")
    if current.exists():
        current.rename(old)
    incoming.rename(current)
    shutil.rmtree(old, ignore_errors=True)


def fetch(
    source: AdvisorySource, url: str, *, transport: Transport, current: Path, now: str
) -> Path | None:
    """Get what changed at `url`; the directory of new files, None where nothing changed.

    Raises TransportError, and AdvisoryError for a list that is none.
    """
    state = read_state(current)
    if state.url != url:
        state = State()
    incoming = current.with_name(current.name + ".new")
    discard(incoming)
    incoming.mkdir(parents=True, exist_ok=True)
    job = _Job(transport, current, incoming, state, now)
    new = _fetch_osv(source, url, job) if source.fetch == "osv" else _fetch_document(url, job)
    if new is None:
        discard(incoming)
        return None
    _write_state(incoming, new)
    return incoming


def adopt(current: Path, state: State) -> None:
    """Note a new state of files that stay as they are."""
    _write_state(current, state)


@dataclass(frozen=True, slots=True)
class _Job:
    transport: Transport
    current: Path
    incoming: Path
    state: State
    now: str


def _fetch_document(url: str, job: _Job, *, at: str = "", name: str = "document") -> State | None:
    """One file at `at` (else `url`); also what a mirror of OSV without lists comes down to."""
    answer = job.transport.get(
        at or url,
        etag=job.state.etag,
        last_modified=job.state.last_modified,
        max_bytes=LIMITS.advisory_zip_bytes if at else LIMITS.advisory_document_bytes,
    )
    if answer.not_modified:
        return None
    (job.incoming / name).write_bytes(answer.data)
    print_ = hashlib.sha256(answer.data).hexdigest()
    state = State(url, answer.etag, answer.last_modified, job.now, print_)
    if print_ == job.state.fingerprint:
        adopt(job.current, state)
        return None
    return state


def _fetch_osv(source: AdvisorySource, url: str, job: _Job) -> State | None:
    from ironhull.transport import MissingError

    folder = f"{url.rstrip('/')}/{quote(source.folder)}"
    try:
        answer = job.transport.get(
            f"{folder}/modified_id.csv",
            etag=job.state.etag,
            last_modified=job.state.last_modified,
            max_bytes=LIMITS.advisory_document_bytes,
        )
    except MissingError:
        return _fetch_document(url, job, at=f"{folder}/all.zip", name="all.zip")
    if answer.not_modified:
        return None
    listed = read_list(answer.data)
    if not listed:
        raise AdvisoryError(f"{folder}/modified_id.csv is empty", "the old data stays in use")
    print_ = hashlib.sha256(answer.data).hexdigest()
    state = State(url, answer.etag, answer.last_modified, job.now, print_)
    if print_ == job.state.fingerprint:
        adopt(job.current, state)
        return None
    have = _have(job) if job.state.fingerprint else {}
    changed = [name for name, modified in listed.items() if have.get(name) != modified]
    if have and len(changed) <= FEW:
        _fetch_records(folder, changed, listed, job)
    else:
        zip_path = job.incoming / "all.zip"
        limit = LIMITS.advisory_zip_bytes
        label = f"OSV {source.folder}"
        job.transport.download(
            f"{folder}/all.zip", zip_path, size=None, sha256=None, max_bytes=limit, label=label
        )
    (job.incoming / "modified_id.csv").write_bytes(answer.data)
    return state


def _have(job: _Job) -> dict[str, str]:
    try:
        if not (job.current / "all.zip").exists():
            return {}
        return read_list((job.current / "modified_id.csv").read_bytes())
    except (OSError, AdvisoryError):
        return {}


def _fetch_records(folder: str, changed: list[str], listed: dict[str, str], job: _Job) -> None:
    """The zip stays; changed records are laid beside it, those of earlier updates with them."""
    os.link(job.current / "all.zip", job.incoming / "all.zip")
    target = job.incoming / "changed"
    target.mkdir()
    for path in (job.current / "changed").glob("*.json"):
        if path.stem in listed and path.stem not in changed:
            os.link(path, target / path.name)

    def one(name: str) -> None:
        answer = job.transport.get(
            f"{folder}/{quote(name)}.json", max_bytes=LIMITS.advisory_entry_bytes
        )
        (target / f"{name}.json").write_bytes(answer.data)

    _each(one, changed)


def _each(work: Callable[[str], None], names: list[str]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(LIMITS.http_parallel) as pool:
        for _ in pool.map(work, names):
            pass
