"""What the sources of an index say of a vulnerability, grouped by vulnerability."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ironhull.counts import vulnerability_id
from ironhull.ecosystems import ecosystem_of_scope
from ironhull.explain.values import Explanation, Index, Spoken
from ironhull.model import Advisory
from ironhull.values import replace

__all__ = ["known", "names_of"]

Rate = Callable[[Advisory], Advisory]


def _as_it_is(advisory: Advisory) -> Advisory:
    return advisory


def known(
    index: Index,
    asked: str,
    *,
    learned: Sequence[Advisory] = (),
    rule: tuple[str, ...] = (),
    rate: Rate = _as_it_is,
) -> tuple[Explanation, ...]:
    """One explanation for each vulnerability that `asked` names, none where nobody knows it.

    `learned` are advisories that are not of the index (what an archive's changelogs say); `rule` is
    the order of judgements that picks severities, and `rate` applies it.
    """
    wanted = asked.strip().lower()
    advisories = list(index.about(asked.strip()))
    there = {(a.scope, a.package, a.id) for a in advisories}
    advisories += [
        advisory
        for advisory in learned
        if wanted in names_of(advisory)
        and (advisory.scope, advisory.package, advisory.id) not in there
    ]
    groups: dict[str, list[Advisory]] = {}
    for advisory in map(rate, advisories):
        groups.setdefault(vulnerability_id(advisory), []).append(advisory)
    return tuple(
        replace(_explained(index, asked.strip(), name, group, learned), rule=rule)
        for name, group in sorted(groups.items())
    )


def names_of(advisory: Advisory) -> frozenset[str]:
    """Every identifier of an advisory, in small letters."""
    return frozenset(name.lower() for name in (advisory.id, *advisory.aliases))


def _explained(
    index: Index,
    asked: str,
    name: str,
    group: list[Advisory],
    learned: Sequence[Advisory],
) -> Explanation:
    spoken = tuple(_spoken(index, advisory, learned) for advisory in group)
    aliases = {alias for a in group for alias in (a.id, *a.aliases)}
    cves = [alias for alias in (name, *sorted(aliases)) if alias.startswith("CVE-")]
    said = [a for s in spoken for a in (s.advisory, *s.claims)]
    return Explanation(
        asked=asked,
        id=name,
        aliases=tuple(sorted(aliases - {name})),
        lead=_lead(group),
        spoken=spoken,
        kev=any(index.kev(cve) for cve in cves[:1]),
        kev_words=_words("kev", index, cves[:1]),
        epss=next((score for cve in cves[:1] if (score := index.epss(cve))), None),
        data=_dates(index, spoken),
        published=min((a.published for a in said if a.published), default=""),
        modified=max((a.modified for a in said), default=""),
        cwes=tuple(dict.fromkeys(cwe for a in said for cwe in a.cwes)),
    )


def _spoken(index: Index, advisory: Advisory, learned: Iterable[Advisory]) -> Spoken:
    row = ecosystem_of_scope(advisory.scope)
    claims = index.claims(advisory.scope, advisory.package, advisory.id)
    place = (advisory.scope, advisory.package)
    also = (a for a in learned if (a.scope, a.package) == place and a.id == advisory.id)
    return Spoken(advisory, (*claims, *also), row.order_name if row else "")


def _words(kind: str, index: Index, names: Iterable[str]) -> str:
    said = (value for name in names for k, value, _ in index.facts(name) if k == kind)
    return next(said, "")


def _dates(index: Index, spoken: Iterable[Spoken]) -> tuple[tuple[str, str], ...]:
    """Of each source that speaks of it, the date; several may give under one key ("osv-…")."""
    found: dict[str, str] = {}
    for said in spoken:
        keys = {key for a in (said.advisory, *said.claims) for key in a.sources}
        for source, _ in index.covering(said.advisory.scope):
            if source.name in keys or any(source.name.startswith(f"{key}-") for key in keys):
                found[source.name] = source.date
    return tuple(sorted(found.items()))


def _lead(group: list[Advisory]) -> Advisory:
    """The one that tells most: with a summary, upstream's before a distribution's, with scores."""
    return min(
        group,
        key=lambda a: (not a.summary, ":" in a.scope, not a.cvss, a.scope, a.package, a.id),
    )
