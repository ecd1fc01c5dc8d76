"""`compare` as text: the two images in columns, then packages and vulnerabilities that changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ironhull.compare import Change, Comparison
from ironhull.counts import Counts, source_package, vulnerability_id
from ironhull.formats.text_policy import compared_policies
from ironhull.formats.text_table import (
    count_cells,
    delta_row,
    footer,
    plural,
    problem_lines,
    safe,
    short_digest,
    signed,
    signed_size,
    size_text,
    table,
)
from ironhull.model import Finding, Report, Subject

__all__ = ["tag_of", "write_compare"]

_MARKS = {"added": "+", "removed": "-", "changed": "~", "unchanged": "="}

_NAMED = 3
"""Installed packages of one source that are named; of more, the number is told."""

Row = tuple[str, str, str]


def write_compare(comparison: Comparison) -> str:
    """Both images in a table, package changes, vulnerabilities gone and new, policies."""
    header = ("", "Analyzed Image", "Comparison Image")
    lines = table(list(_rows(comparison)), header=header)
    if comparison.cautions:
        lines += ["", "Not like for like", ""]
        lines += [f"  ! {safe(line)}" for line in comparison.cautions]
    lines += ["", *_packages(comparison)]
    if comparison.comparable:
        lines += ["", *_findings("gone", comparison.gone), "", *_findings("new", comparison.new)]
        lines += _hidden(comparison)
    else:
        lines += ["", "Vulnerabilities gone and new: not known, see above"]
    lines += compared_policies(comparison)
    for report in _both(comparison):
        lines += problem_lines(report)
    return "\n".join([*lines, "", *dict.fromkeys(footer(r) for r in _both(comparison))]) + "\n"


def tag_of(name: str) -> str:
    """The tag in an image name; nothing where it has none."""
    last = name.partition("@")[0].rpartition("/")[2]
    return "" if "://" in name else last.partition(":")[2]


def _both(comparison: Comparison) -> tuple[Report, Report]:
    return comparison.report, comparison.other


# ── the table ────────────────────────────────────────────────────────────────────────────────────


def _rows(comparison: Comparison) -> Iterator[Row]:
    a, b = _both(comparison)
    mine, theirs = a.sbom.subject, b.sbom.subject
    packages, others = len(a.sbom.counted), len(b.sbom.counted)
    yield _row(" Target", mine.name, theirs.name)
    yield _row("   digest", short_digest(mine.digest), short_digest(theirs.digest))
    yield _row("   tag", tag_of(mine.name), tag_of(theirs.name))
    yield _row("   platform", str(mine.platform or ""), str(theirs.platform or ""))
    yield _row("   provenance", mine.source, theirs.source)
    if mine.revision or theirs.revision:
        yield _row("", mine.revision, theirs.revision)
    yield _row("   base image", _base(a), _base(b))
    yield from _vulnerabilities(comparison)
    size = size_text(mine.content_size) + signed_size(mine.content_size, theirs.content_size)
    yield _row("   size", size, size_text(theirs.content_size))
    disk = size_text(mine.disk_size) + signed_size(mine.disk_size, theirs.disk_size)
    yield _row("   disk size", disk, size_text(theirs.disk_size))
    yield _row("   packages", f"{packages}{signed(packages - others)}", str(others))
    yield _row("   user", _user(mine), _user(theirs))


def _row(name: str, mine: str, theirs: str) -> Row:
    return (name, f" {safe(mine)}" if mine else "", f" {safe(theirs)}" if theirs else "")


def _base(report: Report) -> str:
    return report.base.name if report.base else "not known"


def _user(subject: Subject) -> str:
    """The user as the image config says it; none means root (OCI image-spec, config.md)."""
    return subject.user or "root (not set)"


def _vulnerabilities(comparison: Comparison) -> Iterator[Row]:
    mine, theirs = (count_cells(report) for report in _both(comparison))
    if comparison.comparable:
        yield ("   vulnerabilities", mine[0], theirs[0])
        yield ("", delta_row(comparison.counts, comparison.other_counts), "")
        yield ("", f"   {comparison.counts}", f"   {comparison.other_counts}")
        mine, theirs = mine[1:], theirs[1:]
        name = ""
    else:
        name = "   vulnerabilities"
    for i in range(max(len(mine), len(theirs))):
        yield (name, mine[i] if i < len(mine) else "", theirs[i] if i < len(theirs) else "")
        name = ""


# ── packages ─────────────────────────────────────────────────────────────────────────────────────


def _packages(comparison: Comparison) -> Iterator[str]:
    numbers = comparison.packages
    yield (
        f"Packages: {numbers.added} added, {numbers.removed} removed,"
        f" {numbers.changed} changed version, {numbers.unchanged} unchanged"
    )
    if comparison.changes:
        header = ("", "Package", "Analyzed", "Comparison", "Vulnerabilities")
        yield ""
        rows = [_change(change, comparable=comparison.comparable) for change in comparison.changes]
        yield from table(rows, header=header)
    if comparison.unchanged_hidden:
        yield ""
        hidden = plural(comparison.unchanged_hidden, "unchanged source package")
        yield f"{hidden} not shown: --ignore-unchanged"


def _change(change: Change, *, comparable: bool) -> Sequence[str]:
    names = change.packages or change.packages_before
    name = safe(change.name)
    if len(names) > _NAMED:
        name += f" ({len(names)} packages)"
    elif names != (change.name,):
        name += f" ({safe(', '.join(names))})"
    return (
        f" {_MARKS[change.kind]}",
        name,
        safe(", ".join(change.versions)),
        safe(", ".join(change.versions_before)),
        _deltas(change.counts, change.counts_before) if comparable else "not known",
    )


def _deltas(new: Counts, old: Counts) -> str:
    pairs = zip(new.by_severity, old.by_severity, "CHML?", strict=True)
    return " ".join(f"{a - b:+}{letter}" for a, b, letter in pairs if a != b)


# ── findings ─────────────────────────────────────────────────────────────────────────────────────


def _hidden(comparison: Comparison) -> list[str]:
    """How many findings filters left out of what is gone and new."""
    if comparison.listed is None:
        return []
    shown = len(comparison.gone) + len(comparison.new)
    total = plural(shown + comparison.findings_hidden, "finding")
    filters = " ".join(safe(option) for option in comparison.listed.filters)
    return ["", f"showing {shown} of {total} gone and new: {filters}"]


def _findings(word: str, findings: Sequence[Finding]) -> Iterator[str]:
    """A line for each severity of each source package, so that a kernel is no thousand lines."""
    yield f"Vulnerabilities {word}: {len(findings)}"
    if findings:
        yield ""
    groups: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        package = source_package(finding)
        exploited = " (CISA KEV)" if finding.kev else ""
        key = (finding.severity, f"{package.name} {package.version}")
        groups.setdefault(key, []).append(f"{vulnerability_id(finding.advisory)}{exploited}")
    for (severity, name), ids in groups.items():
        yield f"  {severity.upper():<11}  {safe(name)}: {safe(', '.join(ids))}"
