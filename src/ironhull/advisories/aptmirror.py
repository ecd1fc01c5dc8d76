"""The `apt` source: fixed CVEs learnt from an image's own Debian repositories, and nothing else.

Where a newer version of an installed source package is on offer, the changelog in its smallest
binary package says which CVEs the versions in between repaired. The caller brings the archive,
verified (`offers`), and fetches packages (`fetch`), so that this module needs no trust of its own.
Facts are cached by the digest of the package they were read from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol

from ironhull.advisories._learned import Learned
from ironhull.ecosystems import deb
from ironhull.errors import Error
from ironhull.model import Advisory, Problem, Progress, Range, Sbom, Upstream
from ironhull.store.files import atomic_write
from ironhull.values import dataclass

__all__ = ["Offer", "learn"]

_CANDIDATES = 4  # packages tried per source: the documents of some are only a link to another's
_STAGE = "advisories"


class Offer(Protocol):
    """A binary package an archive offers (`builders.debian_base.archive.Deb` is one)."""

    @property
    def name(self) -> str: ...
    @property
    def source(self) -> Upstream: ...
    @property
    def url(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def sha256(self) -> str: ...


Fetch = Callable[[Offer], Path]
"""Downloads a package, verified, and says where it is; raises errors.Error."""


@dataclass(frozen=True, slots=True)
class _Task:
    """A source package that a newer one replaces, and where that one's changelog may be."""

    name: str
    installed: str
    newer: tuple[Offer, ...]


def learn(
    sbom: Sbom,
    offers: Iterable[Offer],
    *,
    fetch: Fetch,
    cache: Path,
    date: str = "",
    progress: Progress | None = None,
) -> Learned | None:
    """What newer packages of the distribution repair; None for an image that is not Debian.

    `offers` are all binary packages of main, updates and security of the image's release, `date`
    (RFC 3339) that of the archive. A source whose changelog cannot be had is a Problem and is not
    among the `examined`.
    """
    installed, scope = _installed(sbom)
    if not installed:
        return None
    tasks, current = _tasks(installed, offers)
    advisories: list[Advisory] = []
    problems: list[Problem] = []
    examined = set(current)
    for done, task in enumerate(tasks):
        if progress:
            progress("changelogs of newer packages", done, len(tasks))
        try:
            facts = _facts(task, fetch, cache)
        except (Error, ValueError) as trouble:
            problems.append(Problem(_STAGE, f"apt: {task.name}", str(trouble)))
            continue
        examined.add(task.name)
        advisories += (
            _advisory(scope, task.name, cve, version)
            for cve, version in sorted(facts.items())
            if _newer(version, task.installed)
        )
    return Learned(
        scope=scope,
        advisories=tuple(advisories),
        examined=frozenset(examined),
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
        scope = deb.scope(package, sbom.distro)
        name, version = package.source.name, package.source.version or package.version
        if _key(version) is not None and (name not in found or _newer(found[name], version)):
            found[name] = version
    return found, scope


def _tasks(installed: Mapping[str, str], offers: Iterable[Offer]) -> tuple[list[_Task], list[str]]:
    """Sources with a newer version on offer, and those that are the newest already."""
    offered: dict[str, list[Offer]] = {}
    for offer in offers:
        if offer.source.name in installed and _key(offer.source.version) is not None:
            offered.setdefault(offer.source.name, []).append(offer)
    tasks, current = [], []
    for name, found in sorted(offered.items()):
        newest = max(found, key=lambda offer: deb.sort_key(offer.source.version)).source.version
        if not _newer(newest, installed[name]):
            current.append(name)
            continue
        newer = [offer for offer in found if offer.source.version == newest]
        newer.sort(key=lambda offer: (offer.size, offer.name))
        tasks.append(_Task(name, installed[name], tuple(newer[:_CANDIDATES])))
    return tasks, current


def _facts(task: _Task, fetch: Fetch, cache: Path) -> dict[str, str]:
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


def _advisory(scope: str, package: str, cve: str, version: str) -> Advisory:
    return Advisory(
        id=cve,
        scope=scope,
        package=package,
        ranges=(Range(fixed=version),),
        status="fixed",
        url=f"https://security-tracker.debian.org/tracker/{cve}",
        sources=("apt",),
    )


def _key(version: str) -> bytes | None:
    try:
        return deb.sort_key(version)
    except ValueError:
        return None


def _newer(left: str, right: str) -> bool:
    first, second = _key(left), _key(right)
    return first is not None and second is not None and first > second
