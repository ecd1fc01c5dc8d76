"""A source's raw files on disk: one directory, with a `state.json` that says where they came from.

New files are put together in NAME.new beside NAME and take its place only when they have been read;
until then, and after any failure, the old ones are what counts. What a killed run left is put right
by `recover`; the beginning of a download (`*.part`) stays in NAME.new and is gone on with.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ironhull.values import dataclass, field

__all__ = ["State", "adopt", "discard", "incoming_of", "keep", "read_state", "recover", "swap"]

_STATE = "state.json"
_WORDS = ("url", "etag", "last_modified", "fetched", "fingerprint")
_PARTS = (".part", ".part.etag")


@dataclass(frozen=True, slots=True)
class State:
    """Where raw files came from.

    `url` is the mirror, `etag` and `last_modified` its validators of the document or list, `files`
    those of each file with its SHA-256 (path -> etag, last_modified, sha256), `fetched` when (RFC
    3339). `fingerprint` is a SHA-256 over what decides their meaning.
    """

    url: str = ""
    etag: str = ""
    last_modified: str = ""
    fetched: str = ""
    fingerprint: str = ""
    files: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)


def read_state(directory: Path) -> State:
    """The state of raw files, an empty one where there are none or it cannot be read."""
    try:
        values = json.loads((directory / _STATE).read_bytes())
        words = {name: str(values.get(name, "")) for name in _WORDS}
        files = {}
        for path, (etag, modified, sha256) in values.get("files", {}).items():
            files[str(path)] = (str(etag), str(modified), str(sha256))
        return State(**words, files=files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return State()


def adopt(directory: Path, state: State) -> None:
    """Note the state of files."""
    values = {name: getattr(state, name) for name in _WORDS} | {"files": dict(state.files)}
    new = directory / f"{_STATE}.new"
    new.write_text(json.dumps(values, indent=1) + "\n", encoding="ascii")
    new.replace(directory / _STATE)


def incoming_of(current: Path) -> Path:
    """Where the new files of `current` are put together."""
    return current.with_name(f"{current.name}.new")


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


def discard(incoming: Path, *, wholly: bool = False) -> None:
    """Empty a directory of new files; beginnings that can be gone on with stay unless `wholly`."""
    for folder, _, names in os.walk(incoming, topdown=False):
        for name in names:
            if wholly or not name.endswith(_PARTS):
                Path(folder, name).unlink(missing_ok=True)
        with suppress(OSError):
            Path(folder).rmdir()


def swap(current: Path, incoming: Path) -> None:
    """Let `incoming` take the place of `current`; a crash in between is put right by `recover`."""
    import shutil

    for beginning in (path for end in _PARTS for path in incoming.rglob(f"*{end}")):
        beginning.unlink(missing_ok=True)
    old = current.with_name(current.name + ".old")
    if current.exists():
        current.rename(old)
    incoming.rename(current)
    shutil.rmtree(old, ignore_errors=True)


def keep(path: str, current: Path, incoming: Path) -> bool:
    """Let the file at `path` below `current` be in `incoming`, too; whether there is one."""
    import shutil

    new = incoming / path
    new.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(current / path, new)
    except FileNotFoundError:
        return False
    except OSError:  # a file system without hard links
        shutil.copyfile(current / path, new)
    return True
