"""Two builds of a base image side by side, by their locks: packages, and what is known of them now.

A lock names every package with its version and source, which is what advisories of Debian go by:
an image of the past need not be kept to compare it.
"""

from __future__ import annotations

from ironhull import __version__
from ironhull.builders.debian_base.accounts import run_as
from ironhull.builders.debian_base.build import package_of
from ironhull.builders.debian_base.definition import Definition
from ironhull.builders.debian_base.lock import Lock
from ironhull.compare import Comparison, compare
from ironhull.config import Settings
from ironhull.errors import AdvisoryError
from ironhull.model import Distro, MadeWith, Report, Sbom, Subject

__all__ = ["differing", "lock_sbom"]


def differing(
    new: tuple[str, Lock], old: tuple[str, Lock], definition: Definition, settings: Settings
) -> tuple[Comparison, str]:
    """(`new` beside `old`, why vulnerabilities are not compared or ""); each has a name first."""
    from ironhull.pipeline import judging

    listed = [lock_sbom(lock, definition, name) for name, lock in (new, old)]
    try:
        with judging(settings) as judge:
            mine, theirs = map(judge, listed)
    except AdvisoryError as trouble:
        bare = [Report(one, (), (), MadeWith(__version__)) for one in listed]
        return compare(*bare), str(trouble)
    return compare(mine, theirs), ""


def lock_sbom(lock: Lock, definition: Definition, name: str) -> Sbom:
    """The Debian packages of `lock` as what is in the image of `definition`, called `name`."""
    release = definition.os_release
    distro = Distro(
        release.get("ID", "debian"),
        release.get("VERSION_ID", ""),
        release.get("VERSION_CODENAME", ""),
        release.get("PRETTY_NAME", ""),
    )
    packages = (package_of(deb, f"{distro.id}-{distro.version}") for deb in lock.packages)
    ordered = sorted(packages, key=lambda p: (p.ecosystem, p.name, p.version, p.arch))
    user = run_as(definition.accounts)
    return Sbom(Subject(name, platform=lock.platform, user=user), distro, tuple(ordered))
