"""Fetches .debs: parallel, resumed, into a cache where each lies under its sha256.

Two processes may use one cache; a file that was damaged there is fetched again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from ironhull.debian._cache import cached_path
from ironhull.debian.model import Deb
from ironhull.errors import RepositoryError
from ironhull.limits import LIMITS
from ironhull.transport import Job, MismatchError, MissingError, Transport, redact

__all__ = ["fetch_debs"]


def fetch_debs(debs: Iterable[Deb], *, cache: Path, transport: Transport) -> Mapping[str, Path]:
    """The files of `debs` by sha256 (hex), each with the size and digest its Deb says.

    Raises RepositoryError for one that is altered or no longer there, TransportError, StoreError.
    """
    wanted = {deb.sha256: deb for deb in debs}
    for deb in wanted.values():
        if deb.size > LIMITS.deb_bytes:
            raise RepositoryError(f"{deb}: {deb.size} bytes are more than we read")
    paths = {sha256: cached_path(cache, sha256) for sha256 in wanted}
    jobs = [
        Job(deb.url, paths[deb.sha256], deb.size, deb.sha256, label=deb.name)
        for deb in wanted.values()
    ]
    try:
        transport.download_all(jobs)
    except MismatchError as trouble:
        raise RepositoryError(
            f"not the .deb that was chosen: {trouble.message}", trouble.hint
        ) from trouble
    except MissingError as trouble:
        gone = next((deb for deb in wanted.values() if deb.url == trouble.url), None)
        raise RepositoryError(
            f"{gone or 'a package'}: no longer in the archive at {redact(trouble.url)}",
            "resolve again without --locked, or name a snapshot that still has it: deb "
            "[check-valid-until=no] https://snapshot.debian.org/archive/debian/DATE …",
        ) from trouble
    return paths
