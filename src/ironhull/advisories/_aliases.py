"""Which claims speak of the same vulnerability.

A vulnerability is its CVE where any record names one, otherwise whatever its names tie together.
Records tie names that others use alone: a GHSA naming CVE A and GO-1 makes a record of GO-1 one on
CVE A, also where it is about another package. A record that lists several CVEs (USN, RHSA, DSA)
speaks for each of them and ties none. Malicious packages are no vulnerabilities and tied apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from ironhull.advisories._authority import authority_of
from ironhull.model import Advisory, Range
from ironhull.values import dataclass

__all__ = ["Facts", "cve_of", "cves_of", "facts_of", "origin", "preference", "vulnerabilities"]

Facts = Callable[[str], Iterable[tuple[str, ...]]]
"""(kind, value, whose) of what any record says of a CVE or another name."""

_OF_A_CVE = re.compile(r"(?:[A-Z]+-)?(CVE-\d{4}-\d{4,19})", re.ASCII)

_MANY = 64
"""Names followed from one claim; more are an accident of somebody's data."""

_PREFERRED = ("CVE-", "GHSA-", "PYSEC-", "GO-", "RUSTSEC-", "DSA-", "DLA-", "USN-", "RHSA-")


def preference(name: str) -> tuple[int, str]:
    """Sort key: the name people know a vulnerability by first."""
    place = (i for i, prefix in enumerate(_PREFERRED) if name.startswith(prefix))
    return next(place, len(_PREFERRED)), name


def cve_of(name: str) -> str:
    """The CVE of a name that is one, or of a distribution's record made of one; else "".

    Such are DEBIAN-CVE-…, UBUNTU-CVE-… and ALPINE-CVE-….
    """
    found = _OF_A_CVE.fullmatch(name)
    return found[1] if found else ""


def cves_of(claim: Advisory) -> list[str]:
    """The CVEs a claim speaks of, sorted; none where it names none or is about malice."""
    if claim.kind == "malicious":
        return []
    if own := cve_of(claim.id):
        return [own]
    return sorted({cve for name in claim.aliases if (cve := cve_of(name))})


def facts_of(claim: Advisory) -> Iterator[tuple[str, str, str, str]]:
    """(name, kind, value, whose): what a claim says that is true of the vulnerability everywhere.

    Kinds: "cvss 3.1" (a vector), "word" (one of SEVERITIES), "alias" (a CVE, or another name).
    Numbers of a distribution's notices tie nothing outside of it and are left out.
    """
    if claim.kind == "malicious":
        return
    cves = cves_of(claim)
    names = sorted({claim.id, *claim.aliases}) if authority_of(claim.scope) is None else []
    if not cves:
        for name in names:
            yield from ((name, "alias", other, claim.id) for other in names if other != name)
    if len(cves) != 1:
        return  # several at once: whose severity it is cannot be told
    (cve,) = cves
    for name in names:
        if not cve_of(name):
            yield name, "alias", cve, claim.id
    whose = origin(claim)
    for cvss in claim.cvss:
        yield cve, f"cvss {cvss.version}", cvss.vector, cvss.source or whose
    yield from ((cve, "word", word, who) for who, word in claim.words)
    if claim.severity != "unspecified" and claim.severity_source:
        yield cve, "word", claim.severity, claim.severity_source


def origin(claim: Advisory) -> str:
    """Whose a claim is, in a word people know: "GHSA", "PYSEC", else the key of its source."""
    kind = claim.id.partition("-")[0]
    if kind in ("GHSA", "PYSEC", "RUSTSEC", "GO"):
        return kind
    return claim.sources[0] if claim.sources else ""


def vulnerabilities(claims: Iterable[Advisory], facts: Facts) -> dict[str, list[Advisory]]:
    """Claims of one package by the vulnerability they speak of."""
    groups: dict[str, list[Advisory]] = {}
    known: dict[str, set[str]] = {}  # other name -> CVEs
    nameless: list[Advisory] = []
    malicious: list[Advisory] = []
    for claim in claims:
        cves = cves_of(claim)
        for cve in cves:
            groups.setdefault(cve, []).append(claim)
        if len(cves) == 1:
            for other in (claim.id, *claim.aliases):
                known.setdefault(other, set()).add(cves[0])
        elif not cves:
            (malicious if claim.kind == "malicious" else nameless).append(claim)
    if nameless:
        clusters = [_Cluster(tied, _owners(names, known, facts)) for names, tied in _tied(nameless)]
        for owner, tied in _owned(clusters, groups):
            groups.setdefault(owner, []).extend(tied)
    for _, tied in _tied(malicious):
        groups[min(claim.id for claim in tied)] = tied
    return groups


_Place = tuple[tuple[str, ...], tuple[Range, ...]]


def _place(claim: Advisory) -> _Place:
    return claim.sources, claim.ranges


@dataclass(frozen=True, slots=True)
class _Cluster:
    """Claims tied together that name no CVE, and the CVEs that other records tie them to."""

    claims: list[Advisory]
    owners: set[str]

    @property
    def place(self) -> _Place:
        """What the claims of one entry of a list have in common."""
        return _place(self.claims[0])

    @property
    def name(self) -> str:
        """The best known of the names."""
        return min((n for c in self.claims for n in (c.id, *c.aliases)), key=preference)


def _owned(
    clusters: list[_Cluster], groups: dict[str, list[Advisory]]
) -> Iterator[tuple[str, list[Advisory]]]:
    """The vulnerability each cluster is about: a CVE it is tied to, or one by its best name.

    Some lists (`Authority.pairs`) write a CVE and its GHSA side by side under the version that
    repairs them. Where no record tells which belong together, as many GHSAs as there are CVEs
    without one say nothing new; they become aliases where there is one CVE for them.
    """
    left: dict[_Place, list[_Cluster]] = {}
    taken: set[tuple[_Place, str]] = set()
    for cluster in clusters:
        for owner in sorted(cluster.owners):
            taken.add((cluster.place, owner))
            yield owner, cluster.claims
        if not cluster.owners and _is_of_pair(cluster):
            left.setdefault(cluster.place, []).append(cluster)
        elif not cluster.owners:
            yield cluster.name, cluster.claims
    for place, unowned in left.items():
        free = [cve for cve in _beside(place, groups) if (place, cve) not in taken]
        for cluster in unowned:
            if len(free) == 1:
                yield free[0], cluster.claims
            elif len(unowned) > len(free):
                yield cluster.name, cluster.claims


def _is_of_pair(cluster: _Cluster) -> bool:
    authority = authority_of(cluster.claims[0].scope)
    return (
        authority is not None
        and cluster.place[0] == (authority.pairs,)
        and cluster.name.startswith("GHSA-")
    )


def _beside(place: _Place, groups: dict[str, list[Advisory]]) -> list[str]:
    """The CVEs that a list names by themselves in the same entry."""
    return [
        cve
        for cve, claims in groups.items()
        if any(claim.id == cve and _place(claim) == place for claim in claims)
    ]


def _owners(names: set[str], known: dict[str, set[str]], facts: Facts) -> set[str]:
    """The CVEs that claims without one are about, told by other records; `names` grows."""
    owners = set().union(*(known.get(name, set()) for name in names))
    waiting = sorted(names)
    while waiting and not owners and len(names) < _MANY:
        name = waiting.pop(0)
        for kind, other, *_ in facts(name):
            if kind != "alias":
                continue
            if other.startswith("CVE-"):
                owners.add(other)
            elif other not in names:
                owners |= known.get(other, set())
                names.add(other)
                waiting.append(other)
    return owners


def _tied(claims: Iterable[Advisory]) -> Iterator[tuple[set[str], list[Advisory]]]:
    """Claims tied together by the names they share."""
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
