"""Base images: which one an image was built on, and what to build on instead.

A part of `pipeline`. The base is chosen by `base_choice` from what the image says of itself and
what is known of others; suggestions are images of the same repository and of known relatives, each
judged as the base is (docs/recommendations.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ironhull.model import Advice, BaseImage, Image, Report
from ironhull.recommending._advise import Asked, advise
from ironhull.recommending._dockerfile import base_in_dockerfile
from ironhull.recommending._identify import base_of, identify_base
from ironhull.recommending._known import Known, base_index
from ironhull.values import replace

if TYPE_CHECKING:
    from ironhull.config import Settings
    from ironhull.pipeline import Opened

__all__ = [
    "Asked",
    "Known",
    "advised",
    "base_in_dockerfile",
    "base_index",
    "base_of",
    "identify_base",
    "recommend",
]

_GLANCE = 4  # images that are scanned for a glance

Finish = Callable[["Opened", Report], Report]
"""What the run does with every report: statements of exploitability, ignore rules."""


def recommend(
    found: Opened,
    settings: Settings,
    asked: Asked,
    finish: Finish,
    *,
    remote: bool = True,
    also: Sequence[BaseImage] = (),
) -> Report:
    """The report of an image with `advice`; with `remote` registries are asked.

    `also` are claims of a Dockerfile. What a document (`sbom://`) is about has no base that could
    be told.
    """
    from ironhull.pipeline import judging, read

    with judging(settings) as judge:
        report = judge(read(found, settings))
        if found.image is None:
            because = "a document does not tell what its image was built on"
            return replace(report, advice=Advice(None, because=because))
        known = Known(settings, found.image.platform, remote=remote)
        base, problems = base_of(found.image, settings, judge, known, also)
        known.problems.clear()  # they are told
        report = finish(found, replace(report, base=base, problems=(*report.problems, *problems)))
        advice = advise(report.base, known, _scan(settings, judge, finish), asked)
        return replace(report, advice=advice)


def advised(report: Report, settings: Settings, finish: Finish, day: str) -> Report:
    """`report` with what the store and the index alone tell of its base, at a glance."""
    platform = report.sbom.subject.platform
    if report.base is None or platform is None:
        return report
    from ironhull.pipeline import judging

    known = Known(settings, platform)
    with judging(settings) as judge:
        asked = Asked(day, limit=_GLANCE)
        advice = advise(report.base, known, _scan(settings, judge, finish), asked)
    return replace(report, advice=advice)


def _scan(
    settings: Settings, judge: Callable[..., Report], finish: Finish
) -> Callable[[Image], Report]:
    from ironhull.pipeline import Opened, sbom

    def scan(image: Image) -> Report:
        kind = "registry" if image.origin == "registry" else "local"
        name = image.name if kind == "registry" else image.digest
        return finish(Opened(image, reference=f"{kind}://{name}"), judge(sbom(image, settings)))

    return scan
