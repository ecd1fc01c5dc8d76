"""What statements of exploitability (VEX) say of a report: gathered about its image, and applied.

A part of `pipeline`: `vexing` finds the statements, `vex` decides, the report tells the outcome.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.config import Settings
from ironhull.model import BaseImage, Finding, Report
from ironhull.values import replace

if TYPE_CHECKING:
    from ironhull.explain.values import Considered
    from ironhull.pipeline import Opened
    from ironhull.store.answer_cache import Input
    from ironhull.vex import Base, Identity, Judge
    from ironhull.vexing import Gathered

__all__ = ["Weighing"]

_FILES = ("oci-dir", "archive")  # origins whose images may be called by a path


class Weighing:
    """Applies VEX to reports, as one run was asked to.

    `wanted` are the sources the user names (`vexing.KEYWORDS` or paths), `attached` tells whether
    what comes with an image is used too. Where there are `authors` (regular expressions), one of
    them must have written a statement. `reference` is how the user named the image of the next
    report, `inputs` are the files the last one rests on, None where files do not tell.
    """

    def __init__(
        self,
        settings: Settings,
        wanted: Sequence[str] = (),
        *,
        attached: bool = True,
        authors: Sequence[re.Pattern[str]] = (),
    ) -> None:
        self._settings = settings
        self._wanted = tuple(wanted)
        self._attached = attached
        self._authors = tuple(authors)
        self._judge: Judge | None = None
        self.reference = ""
        self.inputs: tuple[Input, ...] | None = ()

    def weigh(self, found: Opened, report: Report) -> Report:
        """`report`, and that of its base image, with the statements that decide in the findings.

        Raises what `vexing.gather` raises.
        """
        self._judge, self.inputs = None, ()
        if not self._wanted and not self._attached:
            return report
        from ironhull.pipeline import now
        from ironhull.vexing import Asked, gather

        below = report.base.report if report.base is not None else None
        about = _names((*report.findings, *(below.findings if below is not None else ())))
        asked = Asked(self._wanted, self._attached, about, now=now(), reference=self.reference)
        gathered = gather(found, report.sbom, self._settings, asked)
        self.inputs = gathered.inputs
        if gathered.statements or gathered.refused or gathered.documents:
            report = self._applied(found, report, gathered)
        if gathered.problems:
            report = replace(report, problems=(*report.problems, *gathered.problems))
        return report

    def considered(self, finding: Finding) -> tuple[Considered, ...]:
        """Of every statement about the vulnerability of a finding of the last report: whether it
        decides, or why not."""
        return self._judge.considered(finding) if self._judge is not None else ()

    def _applied(self, found: Opened, report: Report, gathered: Gathered) -> Report:
        from ironhull.vex import Identity

        base = report.base
        known = () if base is None else _known(base)
        names = (*_called(found, report), *gathered.names)
        identity = Identity(names, gathered.digests, (*known, *gathered.bases))
        self._judge = self._judging(gathered, report, identity)
        if base is not None and base.report is not None:
            subject = base.report.sbom.subject
            of_base = Identity((base.name, subject.name), (base.digest,))
            judged = self._judging(gathered, base.report, of_base).apply(base.report)
            base = replace(base, report=judged)
        return replace(self._judge.apply(report), base=base)

    def _judging(self, gathered: Gathered, report: Report, identity: Identity) -> Judge:
        from ironhull.vex import Judge

        return Judge(
            gathered.statements,
            report.sbom,
            identity,
            refused=gathered.refused,
            authors=self._authors,
            documents=gathered.documents,
        )


def _names(findings: Iterable[Finding]) -> frozenset[str]:
    """Every name of the vulnerabilities found, in small letters."""
    return frozenset(
        name.lower()
        for finding in findings
        for name in (finding.advisory.id, *finding.advisory.aliases)
    )


def _called(found: Opened, report: Report) -> tuple[str, ...]:
    """What the image is called, if that is a name: a layout or archive may be known by its path."""
    name = report.sbom.subject.name
    if found.image is None or found.image.origin not in _FILES:
        return (name,)
    from ironhull.sources._pick import split_path

    return () if Path(split_path(name)[0]).exists() else (name,)


def _known(base: BaseImage) -> tuple[Base, ...]:
    """The base image that was found in the store, if the layers prove it."""
    if base.report is None or not base.verified:
        return ()
    from ironhull.vex import Base

    sbom = base.report.sbom
    subject = sbom.subject
    digests = (base.digest, subject.digest, subject.index_digest, subject.id)
    packages = frozenset(package.purl for package in sbom.packages)
    names = tuple(filter(None, (base.name, subject.name)))
    return (Base(tuple(filter(None, digests)), names, subject.layers, packages),)
