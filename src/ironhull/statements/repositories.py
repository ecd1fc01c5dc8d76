"""VEX repositories on this machine: fetched, kept, asked for the documents about an image.

VEX Repository Specification 0.1 (aquasecurity/vex-repo-spec). Each repository has a folder below
the root with a state file and the documents of one download; a new download is unpacked beside
the old one and the state names it when all of it is there, so whoever reads meanwhile is not
disturbed. Every repository that is asked is asked: none hides what another one says.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ironhull.errors import FormatError, StoreError, TransportError
from ironhull.limits import LIMITS
from ironhull.model import Problem
from ironhull.statements._repository_config import (
    DEFAULT,
    Repository,
    merged,
    read_config,
    write_config,
)
from ironhull.statements._repository_format import (
    Entry,
    Index,
    Manifest,
    key_of_name,
    key_of_purl,
    manifest_urls,
    parse_index,
    parse_manifest,
    split_location,
)
from ironhull.values import dataclass, field, replace

if TYPE_CHECKING:
    from ironhull.transport import Transport

__all__ = [
    "DEFAULT",
    "Held",
    "Refreshed",
    "Repository",
    "RepositoryStore",
    "Stored",
    "key_of_name",
    "key_of_purl",
    "merged",
    "read_config",
    "write_config",
]

_STATE = "state.json"
_LOCK_SECONDS = 900.0  # a download by another process is waited for
_SLUG = re.compile(r"[^A-Za-z0-9._-]+")
_LEAST_SECONDS = 3600.0  # between two updates nobody asked for (specification, 4.3)


@dataclass(frozen=True, slots=True)
class Stored:
    """What is here of a repository.

    `checked` (RFC 3339) is when it was last asked for news, `interval` (seconds) how long that is
    good for, `updated_at` when its data was made, as it says; `folder` holds the documents,
    `validators` are the entity tag and the date of the location they are from (RFC 9110, 8.8).
    """

    url: str
    checked: str
    interval: float
    folder: str
    name: str = ""
    updated_at: str = ""
    documents: int = 0
    validators: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Held:
    """A document of a repository: the file, and where it is from in words."""

    path: Path
    where: str
    format: str


@dataclass(frozen=True, slots=True)
class RepositoryStore:
    """The repositories kept below `root`."""

    root: Path

    def stored(self, repository: Repository) -> Stored | None:
        """What is here of `repository`; None where nothing usable is."""
        place = self._place(repository)
        try:
            found = _state_from((place / _STATE).read_bytes())
        except (OSError, ValueError):
            return None
        return found if (place / found.folder).is_dir() else None

    def is_due(self, repository: Repository, now: str) -> bool:
        """Whether `repository` should be asked for news (specification, 4.2)."""
        held = self.stored(repository)
        if held is None:
            return True
        age = _age(held.checked, now)
        return age is None or age >= max(held.interval, _LEAST_SECONDS)

    def files(self, repository: Repository) -> tuple[Path, ...]:
        """The files that decide what `documents` gives."""
        place = self._place(repository)
        held = self.stored(repository)
        return (place / _STATE, *([place / held.folder / "index.json"] if held else []))

    def documents(
        self, repository: Repository, keys: Collection[str]
    ) -> tuple[tuple[Held, ...], tuple[Problem, ...]]:
        """The documents about what has one of `keys` (`key_of_purl`), each once, and all trouble.

        Raises StoreError where nothing was downloaded, FormatError for a damaged index.
        """
        held = self.stored(repository)
        if held is None:
            raise StoreError(
                f"VEX repository {repository.name}: nothing was downloaded",
                f"run `ironhull vex repo download {repository.name}`",
            )
        folder = self._place(repository) / held.folder
        where = f"VEX repository {repository.name}"
        index = self._index(folder, where)
        found: dict[str, Entry] = {}
        for entry in index.entries:
            if entry.key in keys:
                found.setdefault(entry.location, entry)
        problems = list(index.problems)
        if len(found) > LIMITS.vex_repository_documents:
            limit = LIMITS.vex_repository_documents
            problems.append(
                Problem("vex", where, f"has {len(found)} documents about it, {limit} are read")
            )
        kept = list(found.values())[: LIMITS.vex_repository_documents]
        documents = tuple(
            Held(folder / entry.location, f"{repository.name}: {entry.location}", entry.format)
            for entry in kept
        )
        return documents, tuple(problems)

    def _index(self, folder: Path, where: str) -> Index:
        try:
            data = (folder / "index.json").read_bytes()
        except OSError as trouble:
            raise StoreError(
                f"{where}: its index cannot be read: {trouble.strerror}",
                "run `ironhull vex repo download`",
            ) from trouble
        return parse_index(data, f"{where}: index.json")

    def forget(self, repository: Repository) -> None:
        """Remove all that is here of `repository`."""
        _discard(self._place(repository))

    # ── downloads ────────────────────────────────────────────────────────────────────────────────

    def refresh(self, repository: Repository, transport: Transport, *, now: str) -> Refreshed:
        """Ask `repository` for news; `transport` has its credentials, `now` is RFC 3339.

        Its locations are tried in turn. Raises TransportError where none can be reached,
        FormatError for what is no VEX repository, StoreError; what was there before stays.
        """
        from ironhull.store.files import locked

        place = self._place(repository)
        with locked(place / "lock", seconds=_LOCK_SECONDS):
            visit = _Visit(repository, place, self.stored(repository), now, transport)
            manifest, manifest_url = _fetch_manifest(repository, transport)
            troubles: list[TransportError | FormatError] = []
            for location in manifest.locations:
                try:
                    _check_downgrade(manifest_url, location)
                    return self._fetch(visit, manifest, location)
                except (TransportError, FormatError) as trouble:
                    troubles.append(trouble)
        raise _all_of(troubles)

    def _fetch(self, visit: _Visit, manifest: Manifest, location: str) -> Refreshed:
        from ironhull.statements._repository_archive import unpack
        from ironhull.store.files import atomic_write

        place, held = visit.place, visit.held
        url, folder = split_location(location)
        archive = place / "archive"
        known = held.validators.get(location, ["", ""]) if held else ["", ""]
        got = visit.transport.refresh(
            url,
            archive,
            etag=known[0],
            last_modified=known[1],
            max_bytes=LIMITS.vex_repository_archive_bytes,
            label=f"VEX repository {visit.repository.name}",
        )
        state = Stored(
            url=visit.repository.url,
            checked=visit.now,
            interval=manifest.interval,
            folder=held.folder if held else "",
            name=manifest.name,
            updated_at=held.updated_at if held else "",
            documents=held.documents if held else 0,
            validators={location: [got.etag, got.last_modified]},
        )
        if got.not_modified and held is not None:
            state = replace(state, validators=held.validators)
            atomic_write(place / _STATE, _state_bytes(state))
            return Refreshed(state, changed=False)
        try:
            fresh = _free_name(place)
            (place / fresh).mkdir()
            try:
                index = unpack(archive, folder, place / fresh, url)
            except BaseException:
                _discard(place / fresh)
                raise
        except OSError as trouble:
            from ironhull.oci.storage import storage_error

            raise storage_error(trouble, f"cannot write {place}") from trouble
        finally:
            archive.unlink(missing_ok=True)
        entries = {entry.location for entry in index.entries}
        state = replace(state, folder=fresh, updated_at=index.updated_at, documents=len(entries))
        atomic_write(place / _STATE, _state_bytes(state))
        _forget_others(place, {fresh, held.folder if held else ""})
        return Refreshed(state, changed=True, problems=index.problems)

    def _place(self, repository: Repository) -> Path:
        """A folder of its own: two repositories of one name but other URLs share nothing."""
        import hashlib

        slug = _SLUG.sub("-", repository.name).strip("-.")[:40] or "repository"
        mark = hashlib.sha256(f"{repository.name}\0{repository.url}".encode()).hexdigest()[:10]
        return self.root / f"{slug}-{mark}"


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh brought: the state now, whether there are other documents, what is wrong."""

    stored: Stored
    changed: bool
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Visit:
    """One refresh of one repository: its folder, what was there, and who fetches."""

    repository: Repository
    place: Path
    held: Stored | None
    now: str
    transport: Transport


def _fetch_manifest(repository: Repository, transport: Transport) -> tuple[Manifest, str]:
    """The manifest and where it was."""
    from ironhull.transport import MissingError

    missing: MissingError | None = None
    for url in manifest_urls(repository.url):
        try:
            got = transport.get(url, max_bytes=LIMITS.definition_bytes)
        except MissingError as trouble:
            missing = missing or trouble
            continue
        return parse_manifest(got.data, url), url
    assert missing is not None
    raise TransportError(
        f"VEX repository {repository.name}: {missing.message}",
        "its URL must lead to .well-known/vex-repository.json",
    ) from missing


def _check_downgrade(manifest: str, location: str) -> None:
    """Data of a manifest that came over https comes over https (specification, 2.5)."""
    scheme = manifest.partition(":")[0]
    allowed = {"https": ("https",), "http": ("https", "http"), "file": ("https", "http", "file")}
    if location.partition(":")[0] not in allowed.get(scheme, ()):
        raise FormatError(
            f"{manifest}: its data is at {location[:200]}, which is not fetched from there",
            "locations must be https URLs",
        )


def _all_of(troubles: list[TransportError | FormatError]) -> TransportError | FormatError:
    if len(troubles) == 1:
        return troubles[0]
    return TransportError("; ".join(trouble.message for trouble in troubles), troubles[-1].hint)


# ── state ────────────────────────────────────────────────────────────────────────────────────────


def _state_bytes(state: Stored) -> bytes:
    import json

    said = {name: getattr(state, name) for name in Stored.__match_args__}
    return (json.dumps(said, indent=2, sort_keys=True) + "\n").encode()


def _state_from(data: bytes) -> Stored:
    """The state that `_state_bytes` wrote; ValueError for anything else."""
    import json

    said: Any = json.loads(data[: LIMITS.definition_bytes])
    try:
        state = Stored(**said)
    except TypeError as trouble:
        raise ValueError(str(trouble)) from trouble
    texts = (state.url, state.checked, state.folder, state.name, state.updated_at)
    sound = (
        all(isinstance(text, str) for text in texts)
        and re.fullmatch(r"\d{1,18}", state.folder, re.ASCII)
        and isinstance(state.interval, int | float)
        and isinstance(state.documents, int)
        and isinstance(state.validators, dict)
        and all(
            isinstance(pair, list) and len(pair) == 2 and all(isinstance(v, str) for v in pair)
            for pair in state.validators.values()
        )
    )
    if not sound:
        raise ValueError("not the state of a VEX repository")
    return state


def _age(then: str, now: str) -> float | None:
    """Seconds from `then` to `now`; None where that cannot be told or lies in the future."""
    from datetime import datetime

    try:
        age = (datetime.fromisoformat(now) - datetime.fromisoformat(then)).total_seconds()
    except (ValueError, TypeError):
        return None
    return age if age >= 0 else None


def _folders(place: Path) -> Iterator[Path]:
    yield from (path for path in place.iterdir() if path.name.isdigit())


def _free_name(place: Path) -> str:
    return str(max((int(path.name) for path in _folders(place)), default=0) + 1)


def _forget_others(place: Path, kept: Collection[str]) -> None:
    """Remove what older downloads left; the one before the newest stays for who reads it now."""
    with suppress(OSError):
        for path in list(_folders(place)):
            if path.name not in kept:
                _discard(path)


def _discard(path: Path) -> None:
    import shutil

    shutil.rmtree(path, ignore_errors=True)
