"""Joining the stages: load, catalogue, match; `building` joins those of a build.

Everything below takes plain arguments; these two modules know the settings and give them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

from ironhull import __version__
from ironhull.config import Settings
from ironhull.errors import Error, UsageError
from ironhull.lazy import contextmanager
from ironhull.model import (
    EVERY_PLATFORM,
    Image,
    Platform,
    Progress,
    Sbom,
)
from ironhull.values import dataclass, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ironhull.inventory import SharedLayers
    from ironhull.match import Learned
    from ironhull.model import ImageChoice, Report
    from ironhull.registry import Registries
    from ironhull.searching import Searched
    from ironhull.transport import Transport
    from ironhull.weighing import Weighing

__all__ = [
    "Choice",
    "Opened",
    "choices",
    "judging",
    "learn",
    "load",
    "now",
    "opened",
    "parse_platform",
    "read",
    "registries",
    "sbom",
    "scan",
    "transport",
]

_DOCUMENT = "sbom://"


def now() -> str:
    """The present moment as an RFC 3339 string in UTC, whole seconds."""
    from datetime import UTC, datetime

    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_platform(text: str) -> Platform | None:
    """`OS/ARCH[/VARIANT]`; None for the empty string. Raises UsageError."""
    if not text:
        return None
    parts = text.split("/")
    if len(parts) not in (2, 3) or not all(parts):
        hint = "one platform is meant here" if text == "all" else "such as linux/arm64"
        raise UsageError(f"--platform {text} is not OS/ARCH[/VARIANT]", hint)
    return Platform(*parts)


def transport(settings: Settings, progress: Progress | None = None) -> Transport:
    """The HTTP client of a run."""
    from ironhull.debian.repositories import DEBIAN, DEBIAN_SECURITY
    from ironhull.transport import Transport

    mirrors = {DEBIAN: settings.debian_mirror, DEBIAN_SECURITY: settings.debian_security}
    return Transport(
        user_agent=f"ironhull/{__version__}",
        progress=progress,
        mirrors={of: to for of, to in mirrors.items() if to},
        offline=settings.offline,
    )


def registries(settings: Settings, *, plain_http: bool = False) -> Registries:
    """The client of registries of a run, with the credentials of Docker and Podman."""
    from pathlib import Path

    from ironhull.registry import Hosts, Keychain, Registries, credential_files

    return Registries(
        hosts=Hosts(
            mirrors=settings.mirrors,
            insecure=frozenset(settings.insecure),
            ca_files=(settings.ca_file,) if settings.ca_file else (),
            plain_http=plain_http,
        ),
        keychain=Keychain(credential_files(os.environ, Path.home())),
        user_agent=f"ironhull/{__version__}",
        offline=settings.offline,
    )


# ── reading ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Opened:
    """What a reference leads to for one platform: an image, or (`sbom://`) the document itself.

    `reference` is that reference, with its prefix: what lies beside the image is found by it.
    """

    image: Image | None
    document: Sbom | None = None
    reference: str = ""


Choice = tuple[str, Callable[[], Opened]]
"""A platform ("" where it is not known) and what opens the image for it; that raises Error."""


def load(reference: str, settings: Settings, platform: Platform | None = None) -> Image:
    """The image `reference` names; the one built last for the empty string."""
    from ironhull.sources import open_image

    if not reference:
        from ironhull.store.images import ImageStore

        reference = ImageStore(settings.images).latest()
    return open_image(
        reference,
        images=settings.places.images,
        platform=platform,
        environment=os.environ,
        cache=settings.places.cache if settings.cache_bytes else None,
        registries=lambda: registries(settings),
    )


def opened(reference: str, settings: Settings, platform: Platform | None = None) -> Opened:
    """What `reference` names, for one platform."""
    if not reference.startswith(_DOCUMENT):
        return Opened(load(reference, settings, platform), reference=reference)
    return Opened(None, _documents(reference, platform)[0], reference)


def choices(reference: str, settings: Settings) -> tuple[Choice, ...]:
    """Every platform there is of what `reference` names, in its own order; at least one."""
    if reference.startswith(_DOCUMENT):
        return tuple(
            (str(found.subject.platform or ""), partial(Opened, None, found, reference))
            for found in _documents(reference, EVERY_PLATFORM)
        )
    image = load(reference, settings, EVERY_PLATFORM)
    if not image.choices:
        return ((str(image.platform), partial(Opened, image, None, reference)),)
    return tuple(
        (str(found.platform), partial(_opened, found, reference)) for found in image.choices
    )


def _opened(choice: ImageChoice, reference: str) -> Opened:
    return Opened(choice.open(), reference=reference)


def _documents(reference: str, platform: Platform | None) -> tuple[Sbom, ...]:
    import sys

    from ironhull.sources.sbom import read_sboms

    return read_sboms(reference.removeprefix(_DOCUMENT), platform, sys.stdin.buffer)


def read(
    found: Opened,
    settings: Settings,
    *,
    all_layers: bool = False,
    layers: SharedLayers | None = None,
) -> Sbom:
    """The SBOM of what was opened: an image is catalogued, a document is one already.

    `layers` holds those that several images of a run have in common.
    """
    if found.image is None:
        assert found.document is not None
        return found.document
    return sbom(found.image, settings, all_layers=all_layers, layers=layers)


def sbom(
    image: Image,
    settings: Settings | None = None,
    *,
    all_layers: bool = False,
    layers: SharedLayers | None = None,
) -> Sbom:
    """What is in `image`, through the caches; without settings nothing is cached.

    With `all_layers` also what later layers hide.
    """
    from ironhull.inventory import take_inventory

    cache = settings.places.cache if settings is not None and settings.cache_bytes else None
    return take_inventory(image, cache=cache, code=code(), all_layers=all_layers, shared=layers)


def code() -> str:
    """What stands for the code that runs, in the keys of what it makes."""
    from ironhull.store._code import running_code

    return running_code()


def scan(
    found: Opened,
    settings: Settings,
    *,
    all_layers: bool = False,
    layers: SharedLayers | None = None,
    vex: Weighing | None = None,
    scanners: Sequence[str] = ("vuln",),
) -> Report:
    """An image, its findings, and the same of its base where that can be told and read here.

    A document (`sbom://`) does not say what its image was made from: its base is not known. `vex`
    marks the findings that statements of exploitability speak of. `scanners` tells what is looked
    for ("vuln", "secret"); layers are read once for all.
    """
    from ironhull.model import MadeWith, Report

    searched: Searched | None = None
    listed: Sbom | None = None
    if "secret" in scanners:
        from ironhull.searching import search_opened

        searched, listed = search_opened(found, settings)
    if listed is None or all_layers:
        listed = read(found, settings, all_layers=all_layers, layers=layers)
    report = Report(listed, (), (), MadeWith(__version__))
    if "vuln" in scanners:
        report = _matched(found, listed, settings)
    report = replace(report, scanners=tuple(scanners))
    if searched is not None:
        problems = (*report.problems, *searched.problems)
        report = replace(report, secrets=searched.findings, problems=problems)
    return vex.weigh(found, report) if vex is not None and "vuln" in scanners else report


def _matched(found: Opened, listed: Sbom, settings: Settings) -> Report:
    with judging(settings) as judge:
        report = judge(listed)
        if found.image is not None:
            from ironhull.recommending import base_of

            base, problems = base_of(found.image, settings, judge)
            report = replace(report, base=base, problems=(*report.problems, *problems))
    return report


@contextmanager
def judging(settings: Settings) -> Iterator[Callable[[Sbom], Report]]:
    """What turns SBOMs into reports by one index; that their scopes are needed is noted."""
    from ironhull.advisories.learned import read_learned
    from ironhull.advisories.needs import note_needed
    from ironhull.advisories.opening import open_index
    from ironhull.match import Matcher
    from ironhull.model import JUDGEMENTS, MadeWith, Report

    learned = read_learned(settings.advisories)
    with open_index(settings.advisories, now=now) as index:
        matcher = Matcher(index, learned=learned, order=settings.severity or JUDGEMENTS)
        dates = tuple((source.name, source.date) for source in index.sources)
        made_with = MadeWith(__version__, index.digest, index.date, dates)

        def judge(found: Sbom) -> Report:
            matched = matcher.match(found)
            return Report(
                sbom=found,
                findings=matched.findings,
                coverage=matched.coverage,
                made_with=made_with,
                problems=matched.problems,
            )

        yield judge
        note_needed(settings.advisories, matcher.scopes)


# ── advisories ───────────────────────────────────────────────────────────────────────────────────


def learn(
    settings: Settings, *, progress: Progress | None = None
) -> tuple[tuple[str, Learned | Error], ...]:
    """The `apt` source: what newer Debian packages repair, learnt for every image of the store.

    Gives (name, what was learnt or why nothing was); images that are not Debian's are left out.
    """
    from datetime import UTC, datetime

    from ironhull.advisories.aptmirror import AptMirror
    from ironhull.advisories.learned import write_learned
    from ironhull.store.images import ImageStore

    mirror = AptMirror(
        transport(settings, progress),
        cache=settings.cache / "debian",
        now=datetime.now(UTC),
        progress=progress,
    )
    found: dict[str, tuple[str, Learned | Error]] = {}
    scopes: dict[str, Learned] = {}
    for stored in ImageStore(settings.images).list():
        try:
            image = load(f"local://{stored.digest}", settings)
            if image.digest in found:
                continue
            known = mirror.learn(sbom(image, settings))
        except Error as trouble:
            found[stored.digest] = (stored.name, trouble)
            continue
        if known is not None:
            found[image.digest] = (stored.name, known)
            before = scopes.get(known.scope)
            scopes[known.scope] = before.joined(known) if before else known
    for known in scopes.values():
        write_learned(settings.advisories, known)
    return tuple(found.values())
