"""Many sources, one advisory: claims on one (scope, package) become one per vulnerability.

`_aliases` says which claims speak of the same vulnerability. In the scopes of a distribution the
most authoritative kind of statement decides (`_authority`). Where it knows no fix, a notice of the
distribution that ships one closes the vulnerability, and a changelog of the archive that names one
shows it for older versions. Elsewhere the ranges of all records count together, since each sees
versions the others miss; only a range without end gives way to the ranges of a record that knows
the fixes.
"""

from __future__ import annotations

from collections.abc import Iterator

from ironhull.advisories._aliases import (
    Facts,
    cve_of,
    cves_of,
    facts_of,
    origin,
    preference,
    vulnerabilities,
)
from ironhull.advisories._authority import Authority, authority_of, is_changelog
from ironhull.advisories._ranges import ended
from ironhull.advisories._severity import distribution_word, rated, score, word_of
from ironhull.advisories.debian_support import settled, without_support
from ironhull.model import SEVERITIES, Advisory, Cvss, Range
from ironhull.values import replace

__all__ = ["Facts", "facts_of", "fixed_by", "merge"]

_STRONGER = ("will-not-fix", "end-of-life")
"""What another statement of the distribution may add to a plain "unfixed"."""


def merge(claims: list[Advisory], facts: Facts) -> Iterator[Advisory]:
    """The advisories of one (scope, package), by id. `facts` tells what any record says of a name.

    The default rule picked their severities; `_severity.severity_of` applies another one.
    """
    claims, support = without_support(claims)
    for name, group in sorted(vulnerabilities(claims, facts).items()):
        known = facts(name) if name.startswith("CVE-") else ()
        yield rated(settled(_one(name, group, facts), support), known)


def _one(name: str, group: list[Advisory], facts: Facts) -> Advisory:
    authority = authority_of(group[0].scope)
    if authority is None or group[0].kind == "malicious":
        ranked = sorted((_named(claim) for claim in group), key=lambda claim: preference(claim.id))
        merged = _together(ended(ranked))
    else:
        ranked = sorted(
            (_about_one(_named(claim)) for claim in group),
            key=lambda claim: (authority.rank(claim), claim.id),
        )
        merged = _by_authority(ranked, authority)
    return replace(
        merged,
        id=name,
        aliases=_aliases(name, group, facts),
        urgency=next((c.urgency for c in ranked if distribution_word(c.urgency)), merged.urgency),
        severity="unspecified",
        severity_source="",
        words=tuple(dict.fromkeys(word for claim in ranked for word in claim.words)),
        cvss=tuple({(c.version, c.vector): c for x in ranked[::-1] for c in x.cvss[::-1]}.values()),
        cwes=tuple(dict.fromkeys(cwe for claim in ranked for cwe in claim.cwes)),
        summary=next((claim.summary for claim in ranked if _says(claim)), merged.summary),
        published=min((claim.published for claim in ranked if claim.published), default=""),
        modified=max(claim.modified for claim in ranked),
        sources=tuple(dict.fromkeys(source for claim in ranked for source in claim.sources)),
    )


def _named(claim: Advisory) -> Advisory:
    """A claim whose vectors and word say whose they are."""
    whose = origin(claim)
    cvss = tuple(c if c.source else replace(c, source=whose) for c in claim.cvss)
    words = claim.words
    if claim.severity_source and claim.severity != "unspecified" and claim.kind != "malicious":
        words = (*words, (claim.severity_source, claim.severity))
    return replace(claim, cvss=cvss, words=words)


def _about_one(claim: Advisory) -> Advisory:
    """What a notice on several CVEs says of the worst of them is a word, not a judgement of one."""
    if len(cves_of(claim)) < 2:
        return claim
    words = [word for _, word in claim.words]
    words += filter(None, [distribution_word(claim.urgency)])
    words += [word_of(Cvss(c.version, c.vector, score(c.vector) or 0.0)) for c in claim.cvss]
    worst = min(words, key=SEVERITIES.index, default="unspecified")
    said = ((claim.id, worst),) if worst != "unspecified" else ()
    return replace(claim, urgency="", cvss=(), cwes=(), words=said)


def _aliases(name: str, group: list[Advisory], facts: Facts) -> tuple[str, ...]:
    """Every other name, but those of other vulnerabilities that a notice lists, too."""
    names: set[str] = set()
    for claim in group:
        cves = cves_of(claim)
        names.add(claim.id)
        if len(cves) < 2:
            names.update(claim.aliases)
        else:
            names.update(a for a in claim.aliases if _belongs(a, name, cves, facts))
    made = {other for other in names if other != cve_of(other) == name}
    return tuple(sorted(names - made - {name}, key=preference))


def _belongs(alias: str, name: str, cves: list[str], facts: Facts) -> bool:
    """Whether an alias of a record on several CVEs is one of the vulnerability `name`."""
    if cve := cve_of(alias):
        return cve == name
    owners = {value for kind, value, *_ in facts(alias) if kind == "alias"}
    return not owners.intersection(cves) or name in owners


def _says(claim: Advisory) -> bool:
    """Whether the summary is about the vulnerability ("openssl - security update" is not)."""
    return bool(claim.summary) and len(cves_of(claim)) < 2 and not claim.id.startswith(_NOTICES)


_NOTICES = ("DSA-", "DLA-", "USN-", "RHSA-", "ALSA-", "RLSA-", "SUSE-", "openSUSE-")


# ── distributions ────────────────────────────────────────────────────────────────────────────────


def _by_authority(ranked: list[Advisory], authority: Authority) -> Advisory:
    first = authority.rank(ranked[0])
    deciding = [claim for claim in ranked if authority.rank(claim) == first]
    best = _together(deciding)
    if not best.ranges and not best.versions:
        return best  # not affected
    others = ranked[len(deciding) :]
    if not any(span.fixed for span in best.ranges):
        closing = [c for c in others if authority.may_close(c) and _fixes(c)]
        if closing:
            return replace(_together(closing), urgency=best.urgency)
        for claim in others:
            if is_changelog(claim) and claim.ranges:
                return fixed_by(best, claim)
    if best.status == "unfixed":
        told = next((c for c in others if c.status in _STRONGER), None)
        if told is not None:
            return replace(best, status=told.status, reason=best.reason or told.reason)
    return best


def _fixes(claim: Advisory) -> bool:
    return any(span.fixed for span in claim.ranges)


def _together(claims: list[Advisory]) -> Advisory:
    """Statements of one kind: whatever one of them calls affected is."""
    if len(claims) == 1:
        return claims[0]
    ranges = tuple(dict.fromkeys(span for claim in claims for span in claim.ranges))
    affected = [claim for claim in claims if claim.ranges or claim.versions]
    return replace(
        (affected or claims)[0],
        ranges=ranges,
        versions=tuple(dict.fromkeys(text for claim in claims for text in claim.versions)),
        status="fixed" if any(span.fixed for span in ranges) else (affected or claims)[0].status,
    )


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
