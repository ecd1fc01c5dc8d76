"""The VEX repositories of a run: which are configured, brought up to date, asked.

The configuration of Ironhull is `vex/repository.yaml` below its home; Trivy's is read too, behind
it: `$XDG_DATA_HOME/.trivy/vex/repository.yaml`, else `~/.trivy/vex/repository.yaml`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ironhull.config import Settings
from ironhull.errors import ConfigError, Error, StoreError
from ironhull.limits import LIMITS
from ironhull.model import Package, Problem, Progress
from ironhull.statements.repositories import (
    DEFAULT,
    Held,
    Refreshed,
    Repository,
    RepositoryStore,
    key_of_name,
    merged,
    read_config,
    write_config,
)
from ironhull.values import dataclass

if TYPE_CHECKING:
    from ironhull.transport import Transport

__all__ = [
    "DEFAULT",
    "Consulted",
    "Repository",
    "config_files",
    "config_path",
    "configured",
    "consult",
    "read_file",
    "refresh",
    "repository_store",
    "save",
]

_FILE = "repository.yaml"


@dataclass(frozen=True, slots=True)
class Consulted:
    """The documents that repositories have about an image, the last of them preferred."""

    documents: tuple[Held, ...]
    problems: tuple[Problem, ...]


# ── configuration ────────────────────────────────────────────────────────────────────────────────


def config_path(settings: Settings) -> Path:
    """Our own configuration file."""
    return settings.home / "vex" / _FILE


def config_files(settings: Settings) -> tuple[Path, ...]:
    """Where configurations may be, the one that counts first."""
    data = os.environ.get("XDG_DATA_HOME", "")
    trivy = Path(data) if data else Path.home()
    return config_path(settings), trivy / ".trivy" / "vex" / _FILE


def configured(settings: Settings) -> tuple[Repository, ...]:
    """Every repository, the enabled and the others; DEFAULT where no file names any.

    Raises ConfigError for a file that cannot be read or is wrong.
    """
    files = [read_file(path) for path in config_files(settings)]
    if all(file is None for file in files):
        return (DEFAULT,)
    return merged([file or () for file in files])


def read_file(path: Path) -> tuple[Repository, ...] | None:
    """The repositories of one file; None where it is not there."""
    try:
        with path.open("rb") as file:
            data = file.read(LIMITS.definition_bytes + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as trouble:
        raise ConfigError(f"{path}: cannot be read: {trouble.strerror}", "check it") from None
    return read_config(data, str(path))


def save(settings: Settings, repositories: Sequence[Repository]) -> Path:
    """Write our configuration; with credentials for its owner alone. Raises StoreError."""
    from ironhull.oci.storage import storage_error

    path = config_path(settings)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(write_config(repositories))
        fresh.replace(path)
    except OSError as trouble:
        fresh.unlink(missing_ok=True)
        raise storage_error(trouble, f"cannot write {path}") from trouble
    return path


# ── asking ───────────────────────────────────────────────────────────────────────────────────────


def repository_store(settings: Settings) -> RepositoryStore:
    """Where the data of repositories is kept."""
    return RepositoryStore(settings.home / "vex" / "repositories")


def refresh(
    repository: Repository, settings: Settings, *, now: str, progress: Progress | None = None
) -> Refreshed:
    """Ask one repository for news; raises as `RepositoryStore.refresh`."""
    client = _client(repository, settings, progress)
    return repository_store(settings).refresh(repository, client, now=now)


def _client(repository: Repository, settings: Settings, progress: Progress | None) -> Transport:
    """A client that gives the credentials of `repository` to its own host alone."""
    from ironhull import __version__
    from ironhull.transport import Transport

    said = repository.credentials
    parts = urlsplit(repository.url)
    origins = [f"{parts.scheme}://{parts.netloc}"]
    if parts.hostname == "github.com":
        origins.append("https://raw.githubusercontent.com")
    return Transport(
        user_agent=f"ironhull/{__version__}",
        progress=progress,
        offline=settings.offline,
        credentials=dict.fromkeys(origins, said) if said else {},
    )


def consult(
    settings: Settings, packages: Iterable[Package], names: Iterable[str], *, now: str
) -> Consulted:
    """What all enabled repositories have about `packages` and images of these `names`.

    What is due is brought up to date first; where that fails, what is here is used. Raises
    ConfigError where none is enabled, and the first trouble where none of them can be used.
    """
    enabled = [repository for repository in configured(settings) if repository.enabled]
    if not enabled:
        raise ConfigError(
            "--vex repo: no VEX repository is enabled", "add one: ironhull vex repo add NAME URL"
        )
    keys = frozenset(_keys(packages, names))
    documents: list[Held] = []
    problems: list[Problem] = []
    troubles: list[Error] = []
    for repository in reversed(enabled):  # the first in the file is preferred: it comes last
        try:
            _bring_up_to_date(repository, settings, now, problems)
            found, more = repository_store(settings).documents(repository, keys)
        except Error as trouble:
            troubles.append(trouble)
            problems.append(_problem(repository, trouble.message))
            continue
        documents += found
        problems += more
    if len(troubles) == len(enabled):
        first = troubles[-1]
        told = f"VEX repository {enabled[0].name}: "
        message = first.message if first.message.startswith(told) else told + first.message
        raise type(first)(message, first.hint)
    return Consulted(tuple(documents), tuple(problems))


def _bring_up_to_date(
    repository: Repository, settings: Settings, now: str, problems: list[Problem]
) -> None:
    store = repository_store(settings)
    held = store.stored(repository)
    if held is not None and (settings.offline or not store.is_due(repository, now)):
        return
    if held is None and settings.offline and not repository.url.startswith("file:"):
        raise StoreError(
            f"VEX repository {repository.name}: nothing was downloaded, and this is offline",
            "unset IRONHULL_OFFLINE and run `ironhull vex repo download`",
        )
    try:
        problems += refresh(repository, settings, now=now).problems
    except Error as trouble:
        if held is None:
            raise
        message = (
            f"could not be updated, its data of {held.checked[:10]} is used: {trouble.message}"
        )
        problems.append(_problem(repository, message))


def _problem(repository: Repository, message: str) -> Problem:
    return Problem("vex", f"VEX repository {repository.name}", message)


def _keys(packages: Iterable[Package], names: Iterable[str]) -> Iterator[str]:
    for package in packages:
        yield key_of_name(package.ecosystem, package.name)
        yield key_of_name(package.ecosystem, package.source.name)
    for name in names:
        yield key_of_name("oci", _plain(name))


def _plain(name: str) -> str:
    """The repository in an image name or purl, without tag and digest."""
    name = name.partition("?")[0].partition("@")[0]
    head, slash, tail = name.rpartition("/")
    return f"{head}{slash}{tail.partition(':')[0]}"
