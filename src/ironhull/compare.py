"""Two reports side by side: what one image has that the other has not.

`compare(a, b)` asks what `a`, the image analysed, changed against `b`, the one it is compared to.
Totals are always those of the two whole images; hiding unchanged packages hides lines, no numbers,
and filters choose which findings are listed as new or gone, and which of them a gate sees.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ironhull.counts import (
    Counts,
    checked,
    count,
    finding_order,
    has_numbers,
    vulnerability_id,
)
from ironhull.health import PolicyChange, policy_changes
from ironhull.model import Finding, Package, Report
from ironhull.values import dataclass

__all__ = ["Change", "Comparison", "Listed", "PackageChanges", "compare"]

KINDS = ("added", "removed", "changed", "unchanged")

_REACH = {"full": 0, "fixed-only": 1, "not checked": 2}
"""How far a scope is checked, farthest first (`model.Coverage.checked`)."""

_DISTRO_PACKAGES = ("deb", "rpm", "apk")
"""Ecosystems whose purl namespace is the distribution, not part of the name."""


@dataclass(frozen=True, slots=True)
class Change:
    """A source package in the two images: its versions, installed packages and counts there.

    `kind` is one of KINDS; a source package is unchanged if every package made from it is.
    """

    kind: str
    ecosystem: str
    name: str
    versions: tuple[str, ...]
    versions_before: tuple[str, ...]
    packages: tuple[str, ...]
    packages_before: tuple[str, ...]
    counts: Counts
    counts_before: Counts


@dataclass(frozen=True, slots=True)
class PackageChanges:
    """Installed packages: `added` - `removed` is the difference of the two package totals."""

    added: int
    removed: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Listed:
    """What filters leave of the findings of the two reports, and the filters as they were given."""

    findings: tuple[Finding, ...]
    other_findings: tuple[Finding, ...]
    filters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """`report` (analysed) against `other`; `new` and `gone` findings worst first.

    With `listed` only what its filters leave is among these, and `findings_hidden` counts the rest.
    `unchanged_hidden` counts the lines `ignore_unchanged` took from `changes`. `cautions` say in a
    line each why the vulnerability counts are not like for like. `terse`: what is unchanged is not
    to be listed. Where an image has no counts (`comparable` is false), no finding is called new or
    gone.
    """

    report: Report
    other: Report
    counts: Counts
    other_counts: Counts
    packages: PackageChanges
    changes: tuple[Change, ...]
    unchanged_hidden: int
    new: tuple[Finding, ...]
    gone: tuple[Finding, ...]
    cautions: tuple[str, ...]
    listed: Listed | None = None
    findings_hidden: int = 0
    terse: bool = False

    @property
    def comparable(self) -> bool:
        """Whether both images have counts to compare at all."""
        return has_numbers(self.report) and has_numbers(self.other)

    @property
    def worse(self) -> bool:
        """Whether some severity has more findings than in the other image, of those listed."""
        mine, theirs = self.counts, self.other_counts
        if self.listed is not None:
            mine, theirs = count(self.listed.findings), count(self.listed.other_findings)
        pairs = zip(mine.by_severity, theirs.by_severity, strict=True)
        return any(mine > theirs for mine, theirs in pairs)

    @property
    def less_checked(self) -> bool:
        """Whether something unchecked in this image may hide that it got worse.

        True if a scope reaches less far than in the other image, or one only this image has was
        not checked at all.
        """
        mine, theirs = _reach(self.report), _reach(self.other)
        return any(
            _REACH.get(reach, 2) > _REACH.get(theirs.get(scope, "fixed-only"), 2)
            for scope, reach in mine.items()
        )

    @property
    def packages_differ(self) -> bool:
        """Whether any package was added, removed or changed."""
        return bool(self.packages.added or self.packages.removed or self.packages.changed)

    @property
    def policies(self) -> tuple[PolicyChange, ...]:
        """What policies say of both images; nothing where none were evaluated."""
        return policy_changes(self.report.verdicts, self.other.verdicts)


def compare(
    report: Report,
    other: Report,
    *,
    ignore_unchanged: bool = False,
    listed: Listed | None = None,
) -> Comparison:
    """Compare `report` with `other`, with source packages worst changed first."""
    changes = _changes(report, other)
    shown = tuple(c for c in changes if c.kind != "unchanged") if ignore_unchanged else changes
    every = _new_and_gone(report, other)
    new, gone = _left(every, listed) if listed is not None else every
    return Comparison(
        report=report,
        other=other,
        counts=count(report.findings),
        other_counts=count(other.findings),
        packages=_package_changes(report, other),
        changes=shown,
        unchanged_hidden=len(changes) - len(shown),
        new=new,
        gone=gone,
        cautions=_cautions(report, other),
        listed=listed,
        findings_hidden=sum(map(len, every)) - len(new) - len(gone),
        terse=ignore_unchanged,
    )


# ── packages ─────────────────────────────────────────────────────────────────────────────────────

_Key = tuple[str, str]
"""Ecosystem and name."""


def _key(package: Package, name: str) -> _Key:
    if package.namespace and package.ecosystem not in _DISTRO_PACKAGES:
        name = f"{package.namespace}/{name}"
    return package.ecosystem, name


def _package_changes(report: Report, other: Report) -> PackageChanges:
    """Per name: equal versions are unchanged, pairs of the rest changed, the others come or go."""
    mine, theirs = _versions(report.sbom.counted), _versions(other.sbom.counted)
    added = removed = changed = unchanged = 0
    for key in mine.keys() | theirs.keys():
        here, there = mine.get(key, Counter()), theirs.get(key, Counter())
        same = (here & there).total()
        left, right = here.total() - same, there.total() - same
        both = min(left, right)
        unchanged, changed = unchanged + same, changed + both
        added, removed = added + left - both, removed + right - both
    return PackageChanges(added, removed, changed, unchanged)


def _versions(packages: Iterable[Package]) -> dict[_Key, Counter[str]]:
    found: dict[_Key, Counter[str]] = {}
    for package in packages:
        found.setdefault(_key(package, package.name), Counter())[package.version] += 1
    return found


def _changes(report: Report, other: Report) -> tuple[Change, ...]:
    mine, theirs = _by_source(report), _by_source(other)
    found, found_before = _findings_by_source(report), _findings_by_source(other)
    changes = []
    for key in mine.keys() | theirs.keys():
        here, there = mine.get(key, ()), theirs.get(key, ())
        change = Change(
            kind=_kind(here, there),
            ecosystem=key[0],
            name=key[1],
            versions=_distinct(p.source.version for p in here),
            versions_before=_distinct(p.source.version for p in there),
            packages=_distinct(p.name for p in here),
            packages_before=_distinct(p.name for p in there),
            counts=count(found.get(key, ())),
            counts_before=count(found_before.get(key, ())),
        )
        changes.append(change)
    return tuple(sorted(changes, key=_most_changed))


def _by_source(report: Report) -> dict[_Key, list[Package]]:
    """The counted packages, and those a finding names, by source package."""
    groups: dict[_Key, list[Package]] = {}
    packages = dict.fromkeys(
        (*report.sbom.counted, *(p for f in report.findings for p in f.packages))
    )
    for package in packages:
        groups.setdefault(_key(package, package.source.name), []).append(package)
    return groups


def _findings_by_source(report: Report) -> dict[_Key, list[Finding]]:
    groups: dict[_Key, list[Finding]] = {}
    for finding in report.findings:
        key = _key(finding.package, finding.package.source.name)
        groups.setdefault(key, []).append(finding)
    return groups


def _kind(here: Iterable[Package], there: Iterable[Package]) -> str:
    mine = Counter((p.name, p.version) for p in here)
    theirs = Counter((p.name, p.version) for p in there)
    if not theirs:
        return "added"
    if not mine:
        return "removed"
    return "unchanged" if mine == theirs else "changed"


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(texts)))


def _most_changed(change: Change) -> tuple[object, ...]:
    deltas = tuple(
        -abs(a - b)
        for a, b in zip(change.counts.by_severity, change.counts_before.by_severity, strict=True)
    )
    return (KINDS.index(change.kind), *deltas, change.ecosystem, change.name)


# ── findings ─────────────────────────────────────────────────────────────────────────────────────


def _finding_key(finding: Finding) -> tuple[str, str, str]:
    package = finding.package
    return (*_key(package, package.source.name), vulnerability_id(finding.advisory))


def _new_and_gone(report: Report, other: Report) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    if not (has_numbers(report) and has_numbers(other)):
        return (), ()
    mine, theirs = report.effective, other.effective
    before = {_finding_key(f) for f in theirs}
    after = {_finding_key(f) for f in mine}
    new = sorted((f for f in mine if _finding_key(f) not in before), key=finding_order)
    gone = sorted((f for f in theirs if _finding_key(f) not in after), key=finding_order)
    return tuple(new), tuple(gone)


def _left(
    every: tuple[tuple[Finding, ...], tuple[Finding, ...]], listed: Listed
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    mine = {_finding_key(finding) for finding in listed.findings}
    theirs = {_finding_key(finding) for finding in listed.other_findings}
    new, gone = every
    return (
        tuple(finding for finding in new if _finding_key(finding) in mine),
        tuple(finding for finding in gone if _finding_key(finding) in theirs),
    )


def _cautions(report: Report, other: Report) -> tuple[str, ...]:
    """Why counts differ for other reasons than the images: coverage and advisory data."""
    mine, theirs = _reach(report), _reach(other)
    lines = [
        f"{scope}: {mine[scope]} in the analyzed image, {theirs[scope]} in the comparison image"
        for scope in sorted(mine.keys() & theirs.keys())
        if mine[scope] != theirs[scope]
    ]
    alone = [
        (scope, reach, name)
        for reached, unlike, name in ((mine, theirs, "analyzed"), (theirs, mine, "comparison"))
        for scope, reach in reached.items()
        if scope not in unlike and reach != "full"
    ]
    lines += [f"{scope}: {reach}, only in the {name} image" for scope, reach, name in sorted(alone)]
    if report.made_with.index_digest != other.made_with.index_digest:
        lines.append("the two reports were made with different advisory data")
    if not has_numbers(report) or not has_numbers(other):
        lines.append(f"vulnerabilities: {checked(report)} against {checked(other)}")
    return tuple(lines)


def _reach(report: Report) -> dict[str, str]:
    """How far each scope is checked; a scope of several rows is as weak as its weakest."""
    reached: dict[str, str] = {}
    for row in report.coverage:
        weaker = _REACH.get(row.checked, 2) > _REACH.get(reached.get(row.scope, "full"), 2)
        if row.packages and (weaker or row.scope not in reached):
            reached[row.scope] = row.checked
    return reached
