"""Sbom x index -> findings: which known vulnerabilities the packages of an image have.

Packages are grouped by (source package, source version); each group is looked up once and each
(source package, vulnerability) gives one finding that holds the installed packages of the group.
What could not be checked is said per scope, never left out: see `Matched.coverage`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ironhull.advisories._learned import Learned
from ironhull.advisories._merge import fixed_by
from ironhull.advisories._severity import severity_of
from ironhull.ecosystems import ECOSYSTEMS, Ecosystem
from ironhull.model import SEVERITIES, Advisory, Coverage, Finding, Package, Problem, Range, Sbom
from ironhull.store.advisories import AdvisoryIndex
from ironhull.values import dataclass, field, replace

__all__ = ["Learned", "Matched", "match"]


_UNMATCHED = {
    "kernel": "not matched by default: distributions repair kernels without changing their version"
}
"""By cataloger (`Package.found_by`), why no advisory is held against what it finds."""


@dataclass(frozen=True, slots=True)
class Matched:
    """Findings sorted worst first, what was checked per scope, and trouble with single packages."""

    findings: tuple[Finding, ...]
    coverage: tuple[Coverage, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Group:
    """The installed packages of one source package and version in one scope."""

    row: Ecosystem
    scope: str
    version: str
    packages: list[Package] = field(default_factory=list)
    key: bytes | None = None


def match(sbom: Sbom, index: AdvisoryIndex | None, *, learned: Iterable[Learned] = ()) -> Matched:
    """Findings of `sbom`; without an index only what was `learned` is known."""
    extras = {item.scope: item for item in learned}
    groups, problems = _groups(sbom)
    findings = [
        finding
        for group in groups
        if group.key is not None
        for finding in _findings(group, index, extras.get(group.scope))
    ]
    findings.sort(key=_worst_first)
    coverage = _coverage(sbom, groups, index, extras)
    problems += [problem for item in extras.values() for problem in item.problems]
    return Matched(tuple(findings), coverage, tuple(problems))


def _groups(sbom: Sbom) -> tuple[list[_Group], list[Problem]]:
    groups: dict[tuple[str, str, str], _Group] = {}
    problems: list[Problem] = []
    for package in sbom.judged:
        row = ECOSYSTEMS.get(package.ecosystem)
        if row is None or package.found_by in _UNMATCHED:
            continue
        scope = row.scopes(package, sbom.distro)[0]
        version = package.source.version or package.version
        place = (scope, row.names(package)[0], version)
        group = groups.get(place)
        if group is None:
            group = groups[place] = _Group(row, scope, version)
            try:
                group.key = row.order(version)
            except ValueError as fault:
                message = f"version not compared, so not checked: {fault}"
                problems.append(Problem("match", package.purl, message))
        group.packages.append(package)
    return list(groups.values()), problems


# ── findings ─────────────────────────────────────────────────────────────────────────────────────


def _findings(
    group: _Group, index: AdvisoryIndex | None, learned: Learned | None
) -> Iterator[Finding]:
    assert group.key is not None
    found: dict[str, tuple[Advisory, tuple[int, ...]]] = {}
    for name in group.row.names(group.packages[0]):
        if index is not None:
            for advisory, ranges in index.affecting(group.scope, name, group.key):
                found.setdefault(advisory.id, (advisory, ranges))
        if learned is not None:
            for advisory in _new_here(group, name, index, learned, found):
                found[advisory.id] = (advisory, (0,))
    for advisory, numbers in found.values():
        yield _finding(group, advisory, [advisory.ranges[number] for number in numbers], index)


def _new_here(
    group: _Group,
    name: str,
    index: AdvisoryIndex | None,
    learned: Learned,
    found: Mapping[str, tuple[Advisory, tuple[int, ...]]],
) -> Iterator[Advisory]:
    """What was learnt and the index does not know: fixes, and vulnerabilities it never heard of.

    A vulnerability the index knows, and does not hold against this version, stays out.
    """
    known: dict[str, Advisory] | None = None
    for advisory in learned.advisories:
        if advisory.package != name or not _below(group, advisory):
            continue
        if advisory.id in found:
            theirs, numbers = found[advisory.id]
            if not any(theirs.ranges[number].fixed for number in numbers):
                sources = (*theirs.sources, learned.source)
                yield replace(fixed_by(theirs, advisory), sources=sources)
            continue
        if known is None:
            listed = index.lookup(group.scope, name) if index is not None else ()
            known = {theirs.id: theirs for theirs in listed}
        if advisory.id not in known:
            severity, whose, scores = severity_of(advisory)
            yield replace(advisory, severity=severity, severity_source=whose, cvss=scores)


def _below(group: _Group, advisory: Advisory) -> bool:
    try:
        return group.key is not None and group.key < group.row.order(advisory.ranges[0].fixed)
    except (ValueError, IndexError):
        return False


def _finding(
    group: _Group, advisory: Advisory, ranges: list[Range], index: AdvisoryIndex | None
) -> Finding:
    deciding = _deciding(group.row, ranges)
    fixed = deciding.fixed if deciding else ""
    status = advisory.status
    if fixed:
        status = "fixed"
    elif status == "fixed":
        status = "unfixed"
    cves = [name for name in (advisory.id, *advisory.aliases) if name.startswith("CVE-")]
    packages = sorted(group.packages, key=lambda package: (package.name, package.arch))
    return Finding(
        packages=tuple(packages),
        advisory=advisory,
        fixed=fixed,
        because=_because(group, deciding),
        status=status,
        kev=index is not None and any(index.kev(cve) for cve in cves),
        epss=next((score for cve in cves if index and (score := index.epss(cve))), None),
    )


def _deciding(row: Ecosystem, ranges: list[Range]) -> Range | None:
    """Of the ranges a version is in, the one that must be left last; one with a fix if any has."""
    fixed = [span for span in ranges if span.fixed]
    if fixed:
        return max(fixed, key=lambda span: row.order(span.fixed))
    return ranges[0] if ranges else None


def _because(group: _Group, span: Range | None) -> str:
    """The comparison that decided, as a reader can redo it."""
    if span is None:
        return f"{group.version} is listed as affected"
    parts = [] if span.introduced in ("", "0") else [f"{span.introduced} <="]
    parts.append(group.version)
    if span.fixed:
        parts.append(f"< {span.fixed}")
    elif span.last_affected:
        parts.append(f"<= {span.last_affected}")
    elif not parts[:-1]:
        return f"every version is affected, {group.version} too: no fix is known in {group.scope}"
    return f"{' '.join(parts)} ({group.row.order_name})"


def _worst_first(finding: Finding) -> tuple[object, ...]:
    scores = finding.advisory.cvss
    return (
        SEVERITIES.index(finding.advisory.severity),
        not finding.kev,
        -(scores[0].score if scores else 0.0),
        finding.package.ecosystem,
        finding.package.source.name,
        finding.package.source.version,
        finding.advisory.id,
    )


# ── coverage ─────────────────────────────────────────────────────────────────────────────────────


def _coverage(
    sbom: Sbom,
    groups: list[_Group],
    index: AdvisoryIndex | None,
    extras: Mapping[str, Learned],
) -> tuple[Coverage, ...]:
    rows: list[Coverage] = []
    by_scope: dict[str, list[_Group]] = {}
    for group in groups:
        by_scope.setdefault(group.scope, []).append(group)
    for scope, members in by_scope.items():
        rows += _covered(scope, members, index, extras.get(scope))
    rows += _unknown(sbom)
    rows += _owned(sbom, rows)
    return tuple(sorted(rows, key=lambda row: (row.scope, row.checked, row.note)))


def _covered(
    scope: str, members: list[_Group], index: AdvisoryIndex | None, learned: Learned | None
) -> Iterator[Coverage]:
    broken = sum(len(group.packages) for group in members if group.key is None)
    sound = [group for group in members if group.key is not None]
    covering = index.covering(scope) if index is not None else ()
    full = [source for source, checked in covering if checked == "full"]
    partial = [source for source, checked in covering if checked != "full"]
    if full:
        names = [source.name for source in (*full, *partial)]
        dates = [source.date for source in full]
        if learned is not None:
            names.append(learned.source)
        yield Coverage(scope, _size(sound), "full", tuple(names), max(dates, default=""))
    else:
        names = [source.name for source in partial]
        dates = [source.date for source in partial]
        if learned is not None:
            names.append(learned.source)
            dates.append(learned.date)
        yield from _partly(scope, sound, index, learned, (tuple(names), max(dates, default="")))
    if broken:
        yield Coverage(scope, broken, "not checked", note="versions that cannot be compared")


def _partly(
    scope: str,
    groups: list[_Group],
    index: AdvisoryIndex | None,
    learned: Learned | None,
    by: tuple[tuple[str, ...], str],
) -> Iterator[Coverage]:
    """Rows of a scope of which no source knows everything."""
    seen: list[_Group] = []
    unseen: list[_Group] = []
    for group in groups:
        names = group.row.names(group.packages[0])
        known = any(
            (index is not None and index.examined(scope, name))
            or (learned is not None and group.key is not None and learned.covers(name, group.key))
            for name in names
        )
        (seen if known else unseen).append(group)
    if seen:
        note = "only vulnerabilities that a newer package repairs are known"
        yield Coverage(scope, _size(seen), "fixed-only", by[0], by[1], note)
    if unseen:
        asked = by[0] or seen
        why = "no advisory data on these packages" if asked else "no advisory data on this scope"
        yield Coverage(scope, _size(unseen), "not checked", note=why)


def _size(groups: Iterable[_Group]) -> int:
    return sum(len(group.packages) for group in groups)


def _unknown(sbom: Sbom) -> Iterator[Coverage]:
    """Packages that are not matched, or of ecosystems whose versions we cannot compare."""
    counts: dict[tuple[str, str], int] = {}
    for package in sbom.judged:
        why = _UNMATCHED.get(package.found_by, "")
        if why or package.ecosystem not in ECOSYSTEMS:
            place = (package.ecosystem, why or "no advisory source for it")
            counts[place] = counts.get(place, 0) + 1
    for (ecosystem, why), count in counts.items():
        yield Coverage(ecosystem, count, "not checked", note=why)


def _owned(sbom: Sbom, rows: list[Coverage]) -> Iterator[Coverage]:
    """Packages a distribution ships: its advisories speak for them, upstream's do not."""
    counts: dict[str, int] = {}
    for package in sbom.packages:
        if package.owned_by:
            row = ECOSYSTEMS.get(package.ecosystem)
            scope = row.scopes(package, sbom.distro)[0] if row else package.ecosystem
            counts[scope] = counts.get(scope, 0) + 1
    for scope, count in counts.items():
        left = "shipped by distribution packages, left to the advisories on those"
        place = next((i for i, row in enumerate(rows) if row.scope == scope), None)
        if place is None:
            yield Coverage(scope, 0, "not checked", note=f"{count}, all {left}")
        else:
            row_ = rows[place]
            notes = filter(None, (row_.note, f"{count} more {left}"))
            rows[place] = replace(row_, note="; ".join(notes))
