"""Sbom x index -> findings: which known vulnerabilities the packages of an image have.

Packages are grouped by (source package, source version); each group is looked up once and each
(source package, vulnerability) gives one finding that holds the installed packages of the group
that are affected. A malicious package is a finding of its own kind. What could not be checked is
said per scope, never left out: see `Matched.coverage`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ironhull.advisories._coverage import Known, coverage_of
from ironhull.advisories._groups import Group, Keys, Scopes
from ironhull.advisories._learned import Learned
from ironhull.advisories._severity import ORDER, rated, severity_of
from ironhull.counts import vulnerability_id
from ironhull.ecosystems import Ecosystem
from ironhull.model import SEVERITIES, Advisory, Coverage, Finding, Package, Problem, Range, Sbom
from ironhull.store.advisories import AdvisoryIndex
from ironhull.values import dataclass, replace

__all__ = ["Learned", "Matched", "Matcher", "match"]

_MANY = 200_000  # package versions remembered

_Place = tuple[str, str, str, str]
"""Ecosystem, scope, name and version."""

_Held = tuple[Advisory, list[Range]]
"""An advisory and those of its ranges a version is in; none where it is listed by itself."""


@dataclass(frozen=True, slots=True)
class Matched:
    """Findings sorted worst first, what was checked per scope, and trouble with single packages."""

    findings: tuple[Finding, ...]
    coverage: tuple[Coverage, ...]
    problems: tuple[Problem, ...] = ()


def match(
    sbom: Sbom,
    index: AdvisoryIndex | None,
    *,
    learned: Iterable[Learned] = (),
    order: Sequence[str] = ORDER,
) -> Matched:
    """Findings of `sbom`; without an index only what was `learned` is known.

    `order` is the rule that picks severities (`advisories._severity.ORDER`).
    """
    return Matcher(index, learned=learned, order=order).match(sbom)


class Matcher:
    """Judges SBOMs by one index and remembers what it found of every package version.

    A finding belongs to a package version, so the next image with the same one costs little. To be
    used by one thread, as its index.
    """

    def __init__(
        self,
        index: AdvisoryIndex | None,
        *,
        learned: Iterable[Learned] = (),
        order: Sequence[str] = ORDER,
    ) -> None:
        extras = {item.scope: item for item in learned}
        covered = set(extras)
        if index is not None:
            covered |= {scope for source in index.sources for scope, _ in source.scopes}
        self._known = Known(index, extras, Scopes(frozenset(covered)), Keys())
        self._order = tuple(order)
        self._news = {scope: _by_package(item.advisories) for scope, item in extras.items()}
        self._remembered: dict[_Place, tuple[Finding, ...]] = {}

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that may judge packages seen so far, whether the index covers them or not."""
        return self._known.scopes.asked

    def match(self, sbom: Sbom) -> Matched:
        """The findings of one SBOM."""
        known = self._known
        found = known.scopes.groups(sbom, known.keys)
        self._remember(found.groups)
        findings = [finding for group in found.groups for finding in self._findings(group)]
        findings.sort(key=_worst_first)
        problems = [problem for item in known.learned.values() for problem in item.problems]
        return Matched(
            tuple(findings),
            coverage_of(sbom, found, known),
            (*found.problems, *problems),
        )

    def _findings(self, group: Group) -> Iterator[Finding]:
        """One finding per vulnerability, whatever the names that lead to it."""
        found: dict[str, Finding] = {}
        for pair, packages in group.lookups.items():
            for judged in self._remembered[(group.row.key, group.scope, *pair)]:
                identifier = vulnerability_id(judged.advisory)
                before = found.get(identifier)
                if before is None:
                    found[identifier] = _installed(judged, packages)
                else:
                    better = _joined(group.row, before, judged)
                    found[identifier] = _installed(better, [*before.packages, *packages])
        yield from found.values()

    # ── package versions ─────────────────────────────────────────────────────────────────────────

    def _remember(self, groups: Iterable[Group]) -> None:
        """Judge the package versions that were not judged before; scores are asked for at once."""
        if len(self._remembered) >= _MANY:
            self._remembered.clear()
        new: dict[_Place, tuple[Ecosystem, list[_Held]]] = {}
        for group in groups:
            for name, version in group.lookups:
                place = (group.row.key, group.scope, name, version)
                if place not in self._remembered and place not in new:
                    new[place] = (group.row, self._held_against(group.row, *place[1:]))
        cves = {cve for _, held in new.values() for advisory, _ in held for cve in _cves(advisory)}
        index = self._known.index
        scores = index.epss_of(sorted(cves)) if index is not None and cves else {}
        for place, (row, held) in new.items():
            self._remembered[place] = tuple(
                self._finding(row, place[3], each, scores) for each in held
            )

    def _held_against(self, row: Ecosystem, scope: str, name: str, version: str) -> list[_Held]:
        """The advisories that hold for a package version, each with the ranges it is in."""
        index, key = self._known.index, self._known.keys.key(row, version)
        if key is None:
            return []
        found: dict[str, tuple[Advisory, tuple[int, ...]]] = {}
        if index is not None:
            for advisory, ranges in index.affecting(scope, name, key):
                fitting = tuple(n for n in ranges if row.fits(version, advisory.ranges[n]))
                if fitting or not ranges:
                    found.setdefault(advisory.id, (advisory, fitting))
        for advisory in self._new_here(row, scope, name, key, found):
            found[advisory.id] = (advisory, (0,))
        return [
            (advisory, [advisory.ranges[number] for number in numbers])
            for advisory, numbers in found.values()
        ]

    def _new_here(
        self,
        row: Ecosystem,
        scope: str,
        name: str,
        key: bytes,
        found: dict[str, tuple[Advisory, tuple[int, ...]]],
    ) -> list[Advisory]:
        """What was learnt and the index does not know: fixes, and vulnerabilities it never met.

        A vulnerability the index knows, and does not hold against this version, stays out.
        """
        if scope not in self._news:
            return []
        from ironhull.advisories._merge import fixed_by

        index, known = self._known.index, None
        new = []
        for advisory in self._news[scope].get(name, ()):
            if not _below(row, key, advisory):
                continue
            if advisory.id in found:
                theirs, numbers = found[advisory.id]
                if not any(theirs.ranges[number].fixed for number in numbers):
                    sources = (*theirs.sources, *advisory.sources)
                    new.append(replace(fixed_by(theirs, advisory), sources=sources))
                continue
            if known is None:
                known = {theirs.id for theirs in (index.lookup(scope, name) if index else ())}
            if advisory.id not in known:
                new.append(rated(advisory, index.facts(advisory.id) if index else ()))
        return new

    def _finding(
        self, row: Ecosystem, version: str, held: _Held, scores: Mapping[str, tuple[float, float]]
    ) -> Finding:
        index = self._known.index
        advisory, ranges = held
        if self._order != ORDER:
            word, whose = severity_of(advisory, self._order)
            advisory = replace(advisory, severity=word, severity_source=whose)
        deciding = _deciding(row, ranges)
        fixed = deciding.fixed if deciding else ""
        status = advisory.status
        if fixed:
            status = "fixed"
        elif status == "fixed":
            status = "unfixed"
        cves = _cves(advisory)
        return Finding(
            packages=(),
            advisory=advisory,
            fixed=fixed,
            because=_because(row, version, deciding, advisory.scope),
            status=status,
            kev=index is not None and any(index.kev(cve) for cve in cves),
            epss=next((scores[cve] for cve in cves if cve in scores), None),
        )


def _cves(advisory: Advisory) -> list[str]:
    """The CVEs of a vulnerability; malice is none."""
    if advisory.kind == "malicious":
        return []
    return [name for name in (advisory.id, *advisory.aliases) if name.startswith("CVE-")]


def _by_package(advisories: Iterable[Advisory]) -> dict[str, list[Advisory]]:
    found: dict[str, list[Advisory]] = {}
    for advisory in advisories:
        found.setdefault(advisory.package, []).append(advisory)
    return found


def _below(row: Ecosystem, key: bytes, advisory: Advisory) -> bool:
    try:
        return key < row.order(advisory.ranges[0].fixed)
    except (ValueError, IndexError):
        return False


def _deciding(row: Ecosystem, ranges: list[Range]) -> Range | None:
    """Of the ranges a version is in, the one that must be left last; one with a fix if any has."""
    fixed = [span for span in ranges if span.fixed]
    if len(fixed) > 1:
        return max(fixed, key=lambda span: row.order(span.fixed))
    return next(iter(fixed or ranges), None)


def _because(row: Ecosystem, version: str, span: Range | None, scope: str) -> str:
    """The comparison that decided, as a reader can redo it."""
    if span is None:
        return f"{version} is listed as affected"
    parts = [] if span.introduced in ("", "0") else [f"{span.introduced} <="]
    parts.append(version)
    if span.fixed:
        parts.append(f"< {span.fixed}")
    elif span.last_affected:
        parts.append(f"<= {span.last_affected}")
    elif span.limit:
        parts.append(f"< {span.limit}, which is not said to repair it")
    elif not parts[:-1]:
        return f"every version is affected, {version} too: no fix is known in {scope}"
    return f"{' '.join(parts)} ({row.order_name})"


def _installed(judged: Finding, packages: list[Package]) -> Finding:
    """The finding of a package version, in the packages that are installed."""
    if len(packages) > 1:
        packages = sorted(dict.fromkeys(packages), key=lambda p: (p.name, p.arch))
    return Finding(
        tuple(packages),
        judged.advisory,
        judged.fixed,
        judged.because,
        judged.status,
        judged.kev,
        judged.epss,
    )


def _joined(row: Ecosystem, one: Finding, other: Finding) -> Finding:
    """One vulnerability found by two names: the fix that must be reached last, every alias."""
    best = one
    if other.fixed and (not one.fixed or row.order(one.fixed) < row.order(other.fixed)):
        best = other
    advisory = replace(
        best.advisory,
        aliases=tuple(dict.fromkeys((*one.advisory.aliases, *other.advisory.aliases))),
        sources=tuple(dict.fromkeys((*one.advisory.sources, *other.advisory.sources))),
    )
    return replace(best, advisory=advisory)


def _worst_first(finding: Finding) -> tuple[object, ...]:
    scores = finding.advisory.cvss
    return (
        SEVERITIES.index(finding.severity),
        finding.advisory.kind != "malicious",
        not finding.kev,
        -(scores[0].score if scores else 0.0),
        finding.package.ecosystem,
        finding.package.source.name,
        finding.package.source.version,
        finding.advisory.id,
    )
