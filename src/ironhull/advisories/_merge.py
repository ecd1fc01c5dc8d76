"""Many sources, one advisory: claims on one (scope, package) become one per vulnerability.

A vulnerability is its CVE where any source names one, otherwise whatever its aliases tie together.
In a distribution's scope the best source decides (tracker, then its OSV conversion, then DSA/DLA,
then changelogs); where that one knows no fix and a changelog of the archive names one, the fix is
shown for older versions. Elsewhere every source's ranges count, since each sees versions the others
miss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ironhull.advisories._severity import severity_of
from ironhull.model import Advisory, Range
from ironhull.values import replace

__all__ = ["fixed_by", "merge"]

Facts = Callable[[str], list[tuple[str, str]]]

_CHANGELOGS = ("snapshot", "apt")


def merge(claims: list[Advisory], facts: Facts) -> Iterator[Advisory]:
    """The advisories of one (scope, package), by id. `facts` gives (kind, value) of a CVE."""
    for name, group in sorted(_groups(claims).items()):
        yield _rated(_one(name, group), facts)


def _groups(claims: Iterable[Advisory]) -> dict[str, list[Advisory]]:
    """Claims by the vulnerability they speak of; one that lists several CVEs is in several."""
    groups: dict[str, list[Advisory]] = {}
    known: dict[str, set[str]] = {}  # other name -> CVEs
    nameless: list[Advisory] = []
    for claim in claims:
        cves = _cves(claim)
        if not cves:
            nameless.append(claim)
        for cve in cves:
            groups.setdefault(cve, []).append(claim)
            if len(cves) == 1:
                for other in (claim.id, *claim.aliases):
                    known.setdefault(other, set()).add(cve)
    for names, tied in _tied(nameless):
        owners = sorted(set().union(*(known.get(name, set()) for name in names)))
        for owner in owners or [min(names, key=_preference)]:
            groups.setdefault(owner, []).extend(tied)
    return groups


def _cves(claim: Advisory) -> list[str]:
    found = {name for name in (claim.id, *claim.aliases) if name.startswith("CVE-")}
    if claim.id.startswith("CVE-"):
        return [claim.id]
    return sorted(found)


def _tied(claims: list[Advisory]) -> Iterator[tuple[set[str], list[Advisory]]]:
    """Claims without a CVE, tied together by the names they share."""
    clusters: list[tuple[set[str], list[Advisory]]] = []
    for claim in claims:
        names = {claim.id, *claim.aliases}
        tied = [claim]
        apart = []
        for cluster in clusters:
            if names.isdisjoint(cluster[0]):
                apart.append(cluster)
            else:
                names |= cluster[0]
                tied = cluster[1] + tied
        clusters = [*apart, (names, tied)]
    yield from clusters


def _preference(name: str) -> tuple[int, str]:
    order = ("GHSA-", "PYSEC-", "DSA-", "DLA-")
    place = next((i for i, prefix in enumerate(order) if name.startswith(prefix)), len(order))
    return place, name


def _rank(claim: Advisory) -> int:
    if "debian-tracker" in claim.sources:
        return 0
    if any(name in claim.sources for name in _CHANGELOGS):
        return 4
    if claim.id.startswith("DEBIAN-CVE-"):
        return 1
    return 2 if claim.id.startswith(("DSA-", "DLA-")) else 3


def _one(name: str, group: list[Advisory]) -> Advisory:
    ranked = sorted(group, key=lambda claim: (_rank(claim), claim.id))
    best = ranked[0]
    merged = _by_authority(ranked) if ":" in best.scope else _by_union(ranked)
    others = {other for claim in group for other in (claim.id, *claim.aliases)}
    if len({cve for cve in others if cve.startswith("CVE-")}) > 1:
        # a claim on several CVEs: the other CVEs are vulnerabilities of their own
        others = {other for other in others if not other.startswith("CVE-")}
    aliases = sorted(
        (other for other in others - {name} if not other.startswith("DEBIAN-CVE-")),
        key=_preference,
    )
    return replace(
        merged,
        id=name,
        aliases=tuple(aliases),
        cvss=tuple(dict.fromkeys(cvss for claim in ranked for cvss in claim.cvss)),
        cwes=tuple(dict.fromkeys(cwe for claim in ranked for cwe in claim.cwes)),
        summary=next((claim.summary for claim in ranked if _says(claim)), best.summary),
        published=min((claim.published for claim in ranked if claim.published), default=""),
        modified=max(claim.modified for claim in ranked),
        sources=tuple(dict.fromkeys(source for claim in ranked for source in claim.sources)),
    )


def _says(claim: Advisory) -> bool:
    """Whether the summary is about the vulnerability ("openssl - security update" is not)."""
    return bool(claim.summary) and not claim.id.startswith(("DSA-", "DLA-"))


def _by_authority(ranked: list[Advisory]) -> Advisory:
    best = ranked[0]
    if any(span.fixed for span in best.ranges) or not best.ranges:
        return best
    for claim in ranked[1:]:
        if _rank(claim) == 4 and claim.ranges:
            return fixed_by(best, claim)
    return best


def fixed_by(best: Advisory, changelog: Advisory) -> Advisory:
    """`best`, which knew no fix, with the one that a changelog of the archive names.

    Older versions get the fix. Newer ones stay what `best` says they are: a changelog may name a
    CVE that it repairs in part, and whoever decides for the distribution has not closed it. Only
    where `best` is undetermined the changelog decides alone.
    """
    repaired = tuple(Range(introduced=span.fixed) for span in changelog.ranges if span.fixed)
    if best.status == "undetermined":
        return replace(best, ranges=changelog.ranges, versions=(), status="fixed", reason="")
    return replace(best, ranges=(*changelog.ranges, *repaired), versions=())


def _by_union(ranked: list[Advisory]) -> Advisory:
    best = min(ranked, key=lambda claim: _preference(claim.id))
    ranges = tuple(dict.fromkeys(span for claim in ranked for span in claim.ranges))
    return replace(
        best,
        ranges=ranges,
        versions=tuple(dict.fromkeys(text for claim in ranked for text in claim.versions)),
        status="fixed" if any(span.fixed for span in ranges) else best.status,
    )


def _rated(advisory: Advisory, facts: Facts) -> Advisory:
    known = facts(advisory.id) if advisory.id.startswith("CVE-") else []
    severity, source, scores = severity_of(advisory, known)
    return replace(advisory, severity=severity, severity_source=source, cvss=scores)
