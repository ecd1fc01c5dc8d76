"""Images that statements speak of, and others that they do not, as reports for the matcher."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from packageurl import PackageURL

from ironhull.model import (
    Advisory,
    Distro,
    Finding,
    Location,
    MadeWith,
    Package,
    Platform,
    Relation,
    Report,
    Sbom,
    Subject,
    Upstream,
)
from tests.quality.vex.oracle import Installed, World

_JOINED = {"npm": "/", "golang": "/", "composer": "/", "swift": "/", "maven": ":", "hex": "/"}
Found = tuple[Installed, str, tuple[str, ...]]
"""An installed copy, the name of a vulnerability of it, further names."""


def package_of(installed: Installed) -> Package:
    """The package as a cataloger would give it."""
    purl = PackageURL.from_string(installed.purl)
    qualifiers = dict(purl.qualifiers or {})
    namespace, name = purl.namespace or "", purl.name
    if namespace and purl.type in _JOINED:
        namespace, name = "", f"{namespace}{_JOINED[purl.type]}{name}"
    version = purl.version or ""
    if epoch := qualifiers.pop("epoch", ""):
        version = f"{epoch}:{version}"
    qualifiers.pop("upstream", None)
    return Package(
        purl.type,
        name,
        version,
        arch=qualifiers.pop("arch", ""),
        upstream=Upstream(*installed.source) if installed.source else None,
        locations=(Location(installed.place, installed.layer),) if installed.place else (),
        namespace=namespace,
        distro=qualifiers.pop("distro", ""),
        checksums=installed.checksums,
        qualifiers=tuple(sorted(qualifiers.items())),
    )


def subject_of(world: World, name: str) -> Subject:
    """The subject of a report on the image, called `name`."""
    digests = (*world.image.digests, "", "")
    os, arch = world.image.os, world.image.arch
    return Subject(
        name,
        digest=digests[0],
        layers=world.layers,
        index_digest=digests[1],
        platform=Platform(os, arch) if os else None,
    )


def report_of(world: World, name: str, found: Iterable[Found]) -> Report:
    """A report of one finding for each of `found`, in their order."""
    packages = {installed: package_of(installed) for installed in world.packages}
    release = world.release
    relations = tuple(
        Relation(user, "depends-on", used) for used, by in world.users.items() for user in by
    )
    return Report(
        Sbom(
            subject_of(world, name),
            Distro(release.id, release.version, release.codename) if release else None,
            tuple(packages.values()),
            relations,
        ),
        tuple(finding((packages[installed],), names) for installed, *names in found),
        (),
        MadeWith("test"),
    )


def finding(packages: Sequence[Package], names: Sequence[Any]) -> Finding:
    """A finding of the vulnerability `names[0]`, with `names[1]` its aliases."""
    first = packages[0]
    advisory = Advisory(names[0], "", first.source.name, aliases=tuple(names[1]))
    return Finding(tuple(packages), advisory, "", "", "unfixed")
