"""Documents and images through the code under test: read, matched, and what became of findings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ironhull.model import Finding, Report, Statement
from ironhull.statements import read_vex
from ironhull.vex import Base, Identity, Judge
from tests.quality.vex.oracle import Known, World
from tests.quality.vex.worlds import Found, report_of


@dataclass(frozen=True)
class Verdict:
    """The statement that decides about one copy of a package: where it is, and its status."""

    document: str
    number: int
    status: str


Verdicts = dict[tuple[str, str, str], list[Verdict | None]]
"""By package URL, place and vulnerability; each should hold one."""


def statements_of(documents: Iterable[tuple[Any, str]]) -> list[Statement]:
    """The statements of JSON documents, named "1", "2"…, with the base each came with."""
    found: list[Statement] = []
    for number, (document, base) in enumerate(documents, 1):
        data = json.dumps(document).encode()
        read, _ = read_vex(data, str(number), origin="base" if base else "file")
        found += [replace(s, base=base) if base else s for s in read]
    return found


def reference(known: Known) -> str:
    """What an image was asked for as."""
    (repository, tag), *_ = known.repositories
    if tag:
        return f"{repository}:{tag}"
    return f"{repository}@{known.digests[0]}" if known.digests else repository


def judged(
    statements: Sequence[Statement], world: World, found: Iterable[Found], name: str = ""
) -> Verdicts:
    """What decides about each of `found`."""
    report = report_of(world, name or reference(world.image), found)
    return verdicts(marked(statements, world, report))


def marked(statements: Sequence[Statement], world: World, report: Report) -> Report:
    """The report with the statements that decide."""
    bases = tuple(
        Base(base.digests, tuple(f"{full}:{tag}" for full, tag in base.repositories), layers)
        for base, layers in world.bases
    )
    return Judge(statements, report.sbom, Identity(bases=bases)).apply(report)


def verdicts(report: Report) -> Verdicts:
    """The statement of every copy of a package that a finding is about."""
    found: Verdicts = {}
    for finding in report.findings:
        for package in finding.packages:
            for place in [at.path for at in package.locations] or [""]:
                key = package.purl, place, finding.advisory.id
                found.setdefault(key, []).append(verdict(finding))
    return found


def verdict(finding: Finding) -> Verdict | None:
    """The statement of one finding."""
    said = finding.statement
    if said is None:
        return None
    return Verdict(said.document.partition(" ")[0], said.number, said.status)
