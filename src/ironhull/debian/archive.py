"""A Debian archive, verified from the signature of InRelease down to every Packages file.

InRelease is signed (OpenPGP, clearsigned); it holds the sha256 of each Packages file, which holds
the size and sha256 of each .deb (repository format: wiki.debian.org/DebianRepository/Format). Only
the text a trusted key signed is read. Whatever does not fit stops the build: RepositoryError names
the file.
"""

from __future__ import annotations

import email.utils
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from ironhull.debian._cache import cached_path, keep
from ironhull.debian._openpgp import verify_clearsigned
from ironhull.debian._unpack_index import unpack
from ironhull.debian.deb822 import read_fields
from ironhull.debian.index import PackageIndex
from ironhull.debian.model import Repository
from ironhull.errors import RepositoryError
from ironhull.limits import LIMITS
from ironhull.transport import MismatchError, MissingError, Transport, file_sha256, redact

__all__ = ["Archive", "Release", "debian_keys", "load_keyring", "open_archive", "read_release"]

_FUTURE = timedelta(hours=1)  # how far a clock may be behind the archive's
_FILE = re.compile(r"([0-9a-f]{64})[ \t]+([0-9]{1,15})[ \t]+(\S+)", re.ASCII)
_KEYS = Path(__file__).parent / "keys"


@dataclass(frozen=True, slots=True)
class Release:
    """A verified InRelease: `sha256` of its bytes, `date` as RFC 3339, who signed, its files.

    `files` maps a path under dists/SUITE/ to (sha256 hex, size in bytes). `priority` is the one apt
    gives it unasked (apt_preferences(5)): 500, 100 (backports) or 1 (experimental).
    """

    repository: Repository
    sha256: str
    date: str
    suite: str
    codename: str
    architectures: tuple[str, ...]
    components: tuple[str, ...]
    by_hash: bool
    all_in_binary: bool
    signers: tuple[str, ...]
    files: Mapping[str, tuple[str, int]]
    priority: int = 500

    @property
    def url(self) -> str:
        """The address of the InRelease."""
        return _url(self.repository)


@dataclass(frozen=True, slots=True)
class Archive:
    """Some repositories, verified, and all they offer for one architecture."""

    releases: tuple[Release, ...]
    index: PackageIndex

    @property
    def date(self) -> str:
        """The newest date of the releases, RFC 3339."""
        return max(release.date for release in self.releases)


def load_keyring(keyring: Iterable[str], *, transport: Transport, near: Path) -> tuple[bytes, ...]:
    """The OpenPGP keys a definition names: https or file addresses, paths beside `near`."""
    found = []
    for text in keyring:
        if "://" in text:
            found.append(transport.get(text, max_bytes=LIMITS.keyring_bytes).data)
            continue
        try:
            found.append((near / text).read_bytes())
        except OSError as trouble:
            raise RepositoryError(
                f"the key {text} cannot be read: {trouble.strerror}",
                "give an https address, or a path beside the definition",
            ) from trouble
    return tuple(found)


def open_archive(
    repositories: Iterable[Repository],
    *,
    keys: Iterable[bytes] | Callable[[Repository], Iterable[bytes]],
    architecture: str,
    transport: Transport,
    cache: Path,
    now: datetime,
) -> Archive:
    """All `repositories` for `architecture` (Debian's word: "amd64"), verified as of `now`.

    `keys` are OpenPGP certificates, armored or not; Debian's own repositories, and all if there are
    no `keys`, are verified against the Debian keys shipped with Ironhull; a function gives those of
    each repository. Packages files are kept in `cache` under their sha256.
    """
    given = keys if callable(keys) else tuple(keys)
    index = PackageIndex(architecture)
    releases = []
    for repository in repositories:
        if repository.architectures and architecture not in repository.architectures:
            continue
        signed = _get_release(repository, transport)
        own = tuple(given(repository)) if callable(given) else given
        trusted = own + (debian_keys() if not own or _debian(repository) else ())
        release = read_release(signed, repository, keys=trusted, now=now)
        for path in _index_paths(release, architecture):
            data = _packages(release, path, transport, cache)
            index.add(data, base=repository.url, origin=f"{repository.url} {repository.suite}")
        releases.append(release)
    if not releases:
        raise RepositoryError(f"no repository has packages for {architecture}")
    return Archive(tuple(releases), index)


def debian_keys() -> tuple[bytes, ...]:
    """The public keys of Debian's archive shipped with Ironhull (scripts/export_debian_keys.py)."""
    return tuple(path.read_bytes() for path in sorted(_KEYS.glob("*.asc")))


def read_release(
    data: bytes, repository: Repository, *, keys: Iterable[bytes], now: datetime
) -> Release:
    """The InRelease in `data`, once its signature, dates and names are right."""
    url = _url(repository)
    signed = verify_clearsigned(data, tuple(keys), url)
    try:
        fields = read_fields(signed.text.decode("utf-8").strip("\n"))
        files = _files(fields.get("SHA256", ""))
    except ValueError as trouble:
        raise RepositoryError(f"{url}: {trouble}") from trouble
    names = (fields.get("Suite", ""), fields.get("Codename", ""))
    if repository.suite not in names:
        raise RepositoryError(
            f"{url}: is the release of {' or '.join(filter(None, names)) or 'nothing'}, not of "
            f"{repository.suite}",
            "a server in between may be answering with another release; check the suite",
        )
    date = _check_dates(fields, repository, now)
    return Release(
        repository=repository,
        sha256=hashlib.sha256(data).hexdigest(),
        date=date.strftime("%Y-%m-%dT%H:%M:%SZ"),
        suite=names[0],
        codename=names[1],
        architectures=tuple(fields.get("Architectures", "").split()),
        components=tuple(fields.get("Components", "").split()),
        by_hash=fields.get("Acquire-By-Hash", "no").lower() == "yes",
        all_in_binary=_all_in_binary(fields),
        signers=signed.signers,
        files=files,
        priority=_priority(fields),
    )


def _priority(fields: Mapping[str, str]) -> int:
    if fields.get("NotAutomatic", "no").lower() != "yes":
        return 500
    return 100 if fields.get("ButAutomaticUpgrades", "no").lower() == "yes" else 1


def _all_in_binary(fields: Mapping[str, str]) -> bool:
    """Whether packages for every architecture are listed with each one's own (as apt decides)."""
    unsupported = fields.get("No-Support-for-Architecture-all", "").split()
    return "all" not in fields.get("Architectures", "").split() or "Packages" in unsupported


def _url(repository: Repository) -> str:
    return redact(f"{repository.url}/dists/{repository.suite}/InRelease")


def _debian(repository: Repository) -> bool:
    host = urlsplit(repository.url).hostname or ""
    name = Path(repository.signed_by).name
    return host == "debian.org" or host.endswith(".debian.org") or name.startswith("debian-archive")


def _get_release(repository: Repository, transport: Transport) -> bytes:
    url = f"{repository.url}/dists/{repository.suite}/InRelease"
    try:
        return transport.get(url, max_bytes=LIMITS.release_bytes).data
    except MissingError as trouble:
        raise RepositoryError(
            f"{repository}: there is no InRelease at {redact(url)}",
            "check the address and the suite; archives with a detached signature only are not "
            "supported",
        ) from trouble


def _files(text: str) -> dict[str, tuple[str, int]]:
    found = {}
    for line in text.split("\n"):
        if not line.strip():
            continue
        match = _FILE.fullmatch(line.strip())
        if match is None:
            raise ValueError(f"not a line of SHA256: {line.strip()[:80]!r}")
        found[match[3]] = (match[1], int(match[2]))
    if not found:
        raise ValueError("holds no SHA256 of its files")
    return found


def _check_dates(fields: Mapping[str, str], repository: Repository, now: datetime) -> datetime:
    url = _url(repository)
    date = _date(fields.get("Date", ""), url, "Date")
    if date > now + _FUTURE:
        raise RepositoryError(
            f"{url}: is dated {date:%Y-%m-%d %H:%M} UTC, which is in the future",
            "check the clock of this machine",
        )
    if "Valid-Until" in fields and repository.check_valid_until:
        until = _date(fields["Valid-Until"], url, "Valid-Until")
        if until < now:
            raise RepositoryError(
                f"{url}: expired on {until:%Y-%m-%d %H:%M} UTC",
                "use a mirror that is up to date; for a snapshot write deb "
                "[check-valid-until=no] …",
            )
    return date


def _date(text: str, url: str, name: str) -> datetime:
    try:
        moment = email.utils.parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as trouble:
        raise RepositoryError(f"{url}: {name} is missing or not a date: {text[:60]!r}") from trouble


def _index_paths(release: Release, architecture: str) -> list[str]:
    """The Packages files to read, without suffix; those for "all" where they are apart."""
    found = []
    for component in release.repository.components:
        path = f"{component}/binary-{architecture}/Packages"
        if not _offered(release, path):
            what = "component" if component not in release.components else "architecture"
            offered = release.components if what == "component" else release.architectures
            raise RepositoryError(
                f"{release.url}: has no {path}",
                f"its {what}s: {', '.join(offered) or 'not told'}",
            )
        found.append(path)
        everywhere = f"{component}/binary-all/Packages"
        if not release.all_in_binary and _offered(release, everywhere):
            found.append(everywhere)
    return found


def _offered(release: Release, path: str) -> list[str]:
    return [s for s in (".xz", ".gz", "") if path + s in release.files]


def _packages(release: Release, path: str, transport: Transport, cache: Path) -> bytes:
    """The bytes of a Packages file, from the cache where it is there undamaged."""
    plain, size = release.files.get(path, ("", 0))
    if plain and (kept := cached_path(cache, plain)) and file_sha256(kept) == plain:
        return kept.read_bytes()
    if size > LIMITS.packages_index_bytes:
        raise RepositoryError(f"{release.url}: {path} is larger than we read")
    suffix = _offered(release, path)[0]
    packed = _download(release, path + suffix, transport, cache)
    where = f"{release.repository.url}/dists/{release.repository.suite}/{path}{suffix}"
    data = unpack(packed, suffix, size or LIMITS.packages_index_bytes, redact(where))
    if plain:
        if hashlib.sha256(data).hexdigest() != plain or len(data) != size:
            raise RepositoryError(f"{redact(where)}: unpacks to what InRelease does not list")
        keep(cache, plain, data)
    packed.unlink(missing_ok=True)
    return data


def _download(release: Release, path: str, transport: Transport, cache: Path) -> Path:
    digest, size = release.files[path]
    if size > LIMITS.packages_index_bytes:
        raise RepositoryError(f"{release.url}: {path} is larger than we read")
    base = f"{release.repository.url}/dists/{release.repository.suite}/"
    by_hash = f"{path.rpartition('/')[0]}/by-hash/SHA256/{digest}"
    dest = cached_path(cache, digest)
    for name in (by_hash, path) if release.by_hash else (path,):
        try:
            label = f"{release.repository.suite} {path}"
            return transport.download(base + name, dest, size=size, sha256=digest, label=label)
        except MissingError:
            continue
        except MismatchError as trouble:
            raise RepositoryError(
                f"not the {path} that InRelease lists: {trouble.message}", trouble.hint
            ) from trouble
    raise RepositoryError(
        f"{redact(base + path)}: listed in InRelease, but not there",
        "the mirror is being updated: try again in a few minutes",
    )
