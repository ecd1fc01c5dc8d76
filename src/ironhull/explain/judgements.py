"""A vulnerability against the packages of a report: for each the verdict, and what decided it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from ironhull.counts import vulnerability_id
from ironhull.ecosystems import ECOSYSTEMS, Ecosystem
from ironhull.explain.comparisons import against
from ironhull.explain.remedies import remedies
from ironhull.explain.values import (
    AFFECTED,
    IGNORED,
    NOT_AFFECTED,
    NOT_CHECKED,
    SUPPRESSED,
    Comparison,
    Considered,
    Explanation,
    Index,
    Judgement,
    Spoken,
)
from ironhull.model import Finding, Package, Report
from ironhull.values import dataclass, replace

__all__ = ["Considers", "judged"]

_ANY = "*"  # "examined" of every package of a scope

Considers = Callable[[Finding], tuple[Considered, ...]]
"""Tells which ignore rules, or VEX statements, were looked at for a finding."""


@dataclass(frozen=True, slots=True)
class _Held:
    """What the packages are held against."""

    explanation: Explanation
    report: Report
    index: Index
    unmatched: Mapping[str, str]  # cataloger -> why nothing is held against what it finds
    rules: Considers
    statements: Considers


def judged(
    explanation: Explanation,
    report: Report,
    index: Index,
    *,
    unmatched: Mapping[str, str],
    rules: Considers,
    statements: Considers,
) -> Explanation:
    """`explanation` with a judgement on each package of `report` it could be about."""
    held = _Held(explanation, report, index, unmatched, rules, statements)
    findings = _findings(explanation, report)
    found = [
        judgement
        for package in report.sbom.packages
        for judgement in _of_package(package, findings.get(package.purl, ()), held)
    ]
    order = (AFFECTED, SUPPRESSED, IGNORED, NOT_CHECKED, NOT_AFFECTED)
    found.sort(key=lambda j: (order.index(j.verdict), *_place(j.package)))
    subject = report.sbom.subject
    return replace(
        explanation, judgements=tuple(found), subject=subject, made_with=report.made_with
    )


def _place(package: Package) -> tuple[str, ...]:
    source = package.source
    return (package.ecosystem, source.name, source.version, package.name, package.version)


def _findings(explanation: Explanation, report: Report) -> dict[str, list[Finding]]:
    """The report's findings of the vulnerability by purl of the installed package."""
    found: dict[str, list[Finding]] = {}
    for finding in report.findings:
        if vulnerability_id(finding.advisory) == explanation.id:
            for package in finding.packages:
                found.setdefault(package.purl, []).append(finding)
    return found


def _of_package(package: Package, findings: Iterable[Finding], held: _Held) -> Iterator[Judgement]:
    row = ECOSYSTEMS.get(package.ecosystem)
    lookups = row.lookups(package) if row else ((package.name, package.version),)
    spoken = _about(package, row, lookups, held)
    if spoken is None and not findings:
        return
    named = dict(lookups)
    name = spoken.advisory.package if spoken and spoken.advisory.package in named else lookups[0][0]
    base = Judgement(
        package=package,
        scope=_scope(package, row, held),
        looked_up=name if name != package.name else "",
        version=named.get(name, package.version),
        verdict=NOT_AFFECTED,
        why="",
        spoken=spoken,
    )
    if not findings:
        yield _unaffected(base, row, held)
        return
    for finding in findings:
        yield _affected(base, finding, row, held)


def _about(
    package: Package,
    row: Ecosystem | None,
    lookups: tuple[tuple[str, str], ...],
    held: _Held,
) -> Spoken | None:
    """What is said of a package of this name, best by the scope that judges it."""
    names = [name for name, _ in lookups]
    scopes = row.scopes(package, held.report.sbom.distro) if row else ()
    mine = [s for s in held.explanation.spoken if s.advisory.package in names]
    own = [s for s in mine if s.advisory.scope in scopes]
    if own:
        return min(own, key=lambda s: scopes.index(s.advisory.scope))
    return next((s for s in mine if _same_system(s, row)), None)


def _same_system(spoken: Spoken, row: Ecosystem | None) -> bool:
    """Whether it is about packages of the same kind of system, if of another release."""
    return row is not None and spoken.advisory.scope.split(":")[0] in row.folders


def _scope(package: Package, row: Ecosystem | None, held: _Held) -> str:
    """The scope that judges a package: the first its ecosystem names that there is data on."""
    if row is None:
        return package.ecosystem
    scopes = row.scopes(package, held.report.sbom.distro)
    covered = {line.scope for line in held.report.coverage if line.checked != "not checked"}
    return next((scope for scope in scopes if scope in covered), scopes[0])


# ── verdicts ─────────────────────────────────────────────────────────────────────────────────────


def _affected(base: Judgement, finding: Finding, row: Ecosystem | None, held: _Held) -> Judgement:
    spoken = base.spoken or Spoken(finding.advisory, (), row.order_name if row else "")
    same = spoken.advisory.scope == finding.advisory.scope
    spoken = replace(spoken, advisory=finding.advisory, claims=spoken.claims if same else ())
    package = next((p for p in finding.packages if p.purl == base.package.purl), base.package)
    return replace(
        base,
        package=package,
        scope=finding.advisory.scope,
        verdict=_verdict(finding),
        why=finding.because,
        comparisons=_comparisons(base.version, spoken, row, affected=True),
        remedies=remedies(finding, held.report),
        statements=held.statements(finding),
        rules=held.rules(finding),
        finding=finding,
        spoken=spoken,
    )


def _verdict(finding: Finding) -> str:
    if finding.ignored is not None:
        return IGNORED
    return SUPPRESSED if finding.suppressed else AFFECTED


def _unaffected(base: Judgement, row: Ecosystem | None, held: _Held) -> Judgement:
    assert base.spoken is not None
    compared = _comparisons(base.version, base.spoken, row, affected=False)
    said = replace(base, comparisons=compared)
    if why := _unchecked(base, row, held):
        return replace(said, verdict=NOT_CHECKED, why=why)
    advisory = base.spoken.advisory
    if advisory.scope != base.scope:
        why = f"the sources that decide for {base.scope} do not hold it against {base.version}"
        return replace(base, why=why, comparisons=(), spoken=None)
    if advisory.withdrawn:
        return replace(said, why=f"withdrawn on {advisory.withdrawn[:10]}")
    texts = [c.text for c in compared if not c.source] or [c.text for c in compared]
    return replace(said, why="; ".join(dict.fromkeys(texts)) or "no range holds")


def _unchecked(base: Judgement, row: Ecosystem | None, held: _Held) -> str:
    """Why nothing was held against the package; "" where it was."""
    package = base.package
    if package.owned_by:
        return f"{package.owned_by} ships it: the advisories on that decide"
    if why := held.unmatched.get(package.found_by, ""):
        return why
    if row is None:
        return f"versions of {package.ecosystem} packages are not compared"
    states = {c.checked for c in held.report.coverage if c.scope == base.scope}
    if not states - {"not checked"}:
        return f"no advisory data on {base.scope}"
    try:
        row.order(base.version)
    except ValueError as fault:
        return f"version not compared: {fault}"
    names = (base.looked_up or package.name, _ANY)
    if "full" not in states and not any(held.index.examined(base.scope, n) for n in names):
        return f"of {base.scope} only some packages are known, and this is none of them"
    return ""


def _comparisons(
    version: str, spoken: Spoken, row: Ecosystem | None, *, affected: bool
) -> tuple[Comparison, ...]:
    """The version against what was merged, then against what each source says."""
    if row is None:
        return ()
    merged = list(against(version, spoken.advisory, row))
    found: list[Comparison] = []
    for claim in spoken.claims:
        name = claim.sources[0] if claim.sources else "?"
        said = f"{name} ({claim.id})" if claim.id != spoken.advisory.id else name
        found += against(version, claim, row, source=said)
    # an index holds the versions of a merged advisory as keys: only its claims can list them
    listed = any(claim.versions for claim in spoken.claims) and not spoken.advisory.versions
    if listed and (not spoken.advisory.ranges or (affected and not any(c.holds for c in merged))):
        merged = []
    return (*merged, *found)
