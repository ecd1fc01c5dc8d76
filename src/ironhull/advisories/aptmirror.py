"""The `apt` source: fixed CVEs learnt from an image's own Debian repositories, and nothing else.

Where a newer version of an installed source package is on offer, the changelog in its smallest
binary package says which CVEs the versions in between repaired. Everything is verified down from
the signature of the archive. Facts are cached by the digest of the package they were read from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.advisories._fixed import fixed_in
from ironhull.advisories._learned import Learned
from ironhull.ecosystems import deb
from ironhull.errors import Error
from ironhull.model import Advisory, Problem, Progress, Sbom
from ironhull.store.files import atomic_write
from ironhull.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from ironhull.debian.archive import Archive
    from ironhull.debian.model import Deb
    from ironhull.model import Platform
    from ironhull.transport import Transport

__all__ = ["AptMirror", "learn"]

_CANDIDATES = 4  # packages tried per source: the documents of some are only a link to another's
_STAGE = "advisories"


class AptMirror:
    """Debian's archive, asked once for each release and architecture, as it is `now`.

    Packages and indexes are kept in `cache`.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        cache: Path,
        now: datetime,
        progress: Progress | None = None,
    ) -> None:
        self._transport = transport
        self._cache = cache
        self._now = now
        self._progress = progress
        self._archives: dict[tuple[str, str], Archive] = {}

    def learn(self, sbom: Sbom) -> Learned | None:
        """What newer packages repair; None for an image that is not Debian's.

        Raises RepositoryError, TransportError, StoreError where the archive cannot be had.
        """
        platform = sbom.subject.platform
        if platform is None or sbom.distro is None or sbom.distro.id != "debian":
            return None
        archive = self._archive(sbom.distro.codename, platform)
        names = {package.name for package in sbom.packages if package.ecosystem == "deb"}
        return learn(
            sbom,
            [offer for name in sorted(names) for offer in archive.index.named(name)],
            fetch=self._fetch,
            cache=self._cache / "changelogs",
            date=archive.date,
            progress=self._progress,
        )

    def _fetch(self, offer: Deb) -> Path:
        from ironhull.debian.fetch import fetch_debs

        return fetch_debs([offer], cache=self._cache, transport=self._transport)[offer.sha256]

    def _archive(self, codename: str, platform: Platform) -> Archive:
        from ironhull.debian.architecture import debian_architecture
        from ironhull.debian.archive import open_archive
        from ironhull.debian.repositories import debian_repositories

        architecture = debian_architecture(platform)
        if (codename, architecture) not in self._archives:
            self._archives[codename, architecture] = open_archive(
                debian_repositories(codename),
                keys=(),
                architecture=architecture,
                transport=self._transport,
                cache=self._cache,
                now=self._now,
            )
        return self._archives[codename, architecture]


@dataclass(frozen=True, slots=True)
class _Task:
    """A source package that a newer one replaces, and where that one's changelog may be."""

    name: str
    installed: str
    newer: tuple[Deb, ...]


def learn(
    sbom: Sbom,
    offers: Iterable[Deb],
    *,
    fetch: Callable[[Deb], Path],
    cache: Path,
    date: str = "",
    progress: Progress | None = None,
) -> Learned | None:
    """What newer packages of the distribution repair; None for an image that is not Debian.

    `offers` are binary packages of the archive of the image's release, `date` (RFC 3339) that of
    the archive; `fetch` downloads one of them and raises errors.Error. A source whose changelog
    cannot be had is a Problem and is not among the `examined`.
    """
    installed, scope = _installed(sbom)
    if not installed:
        return None
    tasks, current = _tasks(installed, offers)
    advisories: list[Advisory] = []
    problems: list[Problem] = []
    examined = {name: installed[name] for name in current}
    for done, task in enumerate(tasks):
        if progress:
            progress("changelogs of newer packages", done, len(tasks))
        try:
            facts = _facts(task, fetch, cache)
        except (Error, ValueError) as trouble:
            problems.append(Problem(_STAGE, f"apt: {task.name}", str(trouble)))
            continue
        examined[task.name] = task.installed
        advisories += (
            fixed_in(version, cve, package=task.name, scope=scope, source="apt")
            for cve, version in sorted(facts.items())
            if _newer(version, task.installed)
        )
    return Learned(
        scope=scope,
        advisories=tuple(advisories),
        examined=examined,
        date=date,
        problems=tuple(problems),
    )


def _installed(sbom: Sbom) -> tuple[dict[str, str], str]:
    """Source package -> its oldest installed version that can be compared, and the scope."""
    found: dict[str, str] = {}
    scope = ""
    if sbom.distro is None or sbom.distro.id != "debian":
        return found, scope
    for package in sbom.counted:
        if package.ecosystem != "deb":
            continue
        scope = deb.scopes(package, sbom.distro)[0]
        name, version = package.source.name, package.source.version or package.version
        if _key(version) is not None and (name not in found or _newer(found[name], version)):
            found[name] = version
    return found, scope


def _tasks(installed: Mapping[str, str], offers: Iterable[Deb]) -> tuple[list[_Task], list[str]]:
    """Sources with a newer version on offer, and those that are the newest already."""
    from ironhull.advisories._changelog import newest

    offered: dict[str, list[Deb]] = {}
    for offer in offers:
        if offer.source.name in installed and _key(offer.source.version) is not None:
            offered.setdefault(offer.source.name, []).append(offer)
    tasks, current = [], []
    for name, found in sorted(offered.items()):
        best = newest(found)
        if _newer(best[0].source.version, installed[name]):
            tasks.append(_Task(name, installed[name], best[:_CANDIDATES]))
        else:
            current.append(name)
    return tasks, current


def _facts(task: _Task, fetch: Callable[[Deb], Path], cache: Path) -> dict[str, str]:
    """CVE -> the version that repaired it, of the whole changelog."""
    from ironhull.advisories._changelog import first_named, read_changelog

    for offer in task.newer:
        kept = cache / f"{offer.sha256}.json"
        facts = _cached(kept)
        if facts is None:
            text = read_changelog(fetch(offer))
            facts = {"": first_named(text, task.name)} if text else {}
            atomic_write(kept, json.dumps(facts).encode())
        if "" in facts:
            return facts[""]
    raise ValueError("no changelog in its smallest packages")


def _cached(path: Path) -> dict[str, dict[str, str]] | None:
    """Facts kept earlier, {} for a package without changelog; a damaged entry is a miss."""
    try:
        kept = json.loads(path.read_bytes())
        if not kept:
            return {}
        facts = {str(cve): str(version) for cve, version in kept[""].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return {"": facts}


def _key(version: str) -> bytes | None:
    try:
        return deb.sort_key(version)
    except ValueError:
        return None


def _newer(left: str, right: str) -> bool:
    first, second = _key(left), _key(right)
    return first is not None and second is not None and first > second
