"""`quickview` as text: the image and its base at a glance, and what the numbers rest on."""

from __future__ import annotations

from itertools import zip_longest

from ironhull.counts import count, has_numbers
from ironhull.formats._bases import advice_rows, base_line
from ironhull.formats.text_policy import policy_lines
from ironhull.formats.text_table import (
    count_cells,
    coverage_table,
    delta_row,
    footer,
    image_size,
    problem_lines,
    safe,
    short_digest,
    signed,
    signed_size,
    size_text,
    table,
)
from ironhull.model import Report

__all__ = ["image_rows", "write_quickview"]


def write_quickview(report: Report) -> str:
    """Target and base image, policies, what was checked, totals, problems, the base rule."""
    rows = image_rows(report)
    lines = [
        *table(rows),
        *policy_lines(report.verdicts),
        "",
        "What was checked",
        "",
        *coverage_table(report),
        "",
    ]
    lines += [_summary(report), *problem_lines(report), "", base_line(report.base), footer(report)]
    return "\n".join(lines) + "\n"


def image_rows(report: Report) -> list[tuple[str, str, str]]:
    """The rows of the image, its base and what to build on instead."""
    return _target(report) + _base(report) + advice_rows(report)


def _target(report: Report) -> list[tuple[str, str, str]]:
    subject = report.sbom.subject
    base = report.base.report if report.base else None
    size, packages = size_text(image_size(subject)), str(len(report.sbom.counted))
    if base:
        size += signed_size(subject.content_size, base.sbom.subject.content_size)
        packages += signed(len(report.sbom.counted) - len(base.sbom.counted))
    facts = [
        (" Target", f" {safe(subject.name)}"),
        ("   digest", f" {short_digest(subject.digest)}"),
        ("   size", f" {size}"),
        ("   packages", f" {packages}"),
    ]
    return _side_by_side(facts, count_cells(report))


def _base(report: Report) -> list[tuple[str, str, str]]:
    base = report.base
    if base is None:
        return [(" Base image", " not known", "")]
    doubt = "" if base.certainty in ("certain", "claimed") else f" ({base.certainty})"
    facts = [(" Base image", f" {safe(base.name)}{doubt}")]
    if base.report is None:
        if base.digest:
            facts.append(("   digest", f" {short_digest(base.digest)}"))
        return _side_by_side(facts, ["   not scanned: not in the local store"])
    subject = base.report.sbom.subject
    facts += [
        ("   digest", f" {short_digest(subject.digest)}"),
        ("   size", f" {size_text(subject.content_size)}"),
        ("   packages", f" {len(base.report.sbom.counted)}"),
    ]
    rows = _side_by_side(facts, count_cells(base.report))
    return [*rows, ("   difference", "", _difference(report, base.report))]


def _difference(report: Report, base: Report) -> str:
    if not (has_numbers(report) and has_numbers(base)):
        return "   not known"
    return delta_row(count(report.findings), count(base.findings)) or "   none"


def _side_by_side(facts: list[tuple[str, str]], cells: list[str]) -> list[tuple[str, str, str]]:
    pairs = zip_longest(facts, cells, fillvalue=None)
    return [(*(fact or ("", "")), cell or "") for fact, cell in pairs]


def _summary(report: Report) -> str:
    if not has_numbers(report):
        return "vulnerabilities: not checked"
    return str(count(report.findings))
