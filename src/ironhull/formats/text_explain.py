"""`explain` as text: the vulnerability, what each source says of it, and why it holds or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeVar

from ironhull.explain.comparisons import range_text
from ironhull.explain.values import (
    AFFECTED,
    IGNORED,
    NOT_CHECKED,
    SUPPRESSED,
    Considered,
    Explanation,
    Judgement,
    Spoken,
)
from ironhull.formats._findings import links
from ironhull.formats.text_cves import percentile
from ironhull.formats.text_table import layer_name, made_line, plural, safe
from ironhull.model import Advisory, Subject

__all__ = ["write_explanations"]

_K = TypeVar("_K")
_MARKS = {AFFECTED: "✗", IGNORED: "-", SUPPRESSED: "-", NOT_CHECKED: "?"}
_LISTED = 12  # versions, aliases and packages that are named; of more the number is told
_SCOPES = 30  # scopes an image is not of


def write_explanations(explanations: Sequence[Explanation]) -> str:
    """The vulnerabilities one after the other, as `explain` found them."""
    lines: list[str] = []
    for explanation in explanations:
        lines += ["", ""] if lines else []
        lines += _explained(explanation)
    return "\n".join(lines) + "\n"


def _explained(explanation: Explanation) -> Iterator[str]:
    lead = explanation.lead
    kind = "malicious package" if lead.kind == "malicious" else lead.severity.upper()
    exploited = " (CISA KEV)" if explanation.kev else ""
    yield f"{safe(explanation.id)}  {kind}{exploited}"
    if lead.summary:
        yield safe(lead.summary)
    yield ""
    yield from _facts(list(_about(explanation)))
    yield from ("", "What the sources say")
    yield from _sources(explanation)
    if explanation.subject is not None:
        yield from _image(explanation, explanation.subject)
    if explanation.made_with is not None:
        yield from ("", made_line(explanation.made_with))


def _facts(facts: Sequence[tuple[str, str]], indent: str = "  ") -> Iterator[str]:
    width = max((len(name) for name, _ in facts), default=0)
    for name, value in facts:
        yield f"{indent}{name:<{width}}  {safe(value)}".rstrip()


def _about(explanation: Explanation) -> Iterator[tuple[str, str]]:
    lead = explanation.lead
    if explanation.aliases:
        yield "Aliases", _some(explanation.aliases)
    dates = [f"{word} {date[:10]}" for word, date in _dates(explanation) if date]
    if dates:
        yield "Dates", ", ".join(dates)
    yield from _severity(explanation)
    if explanation.epss:
        score, place = explanation.epss
        yield "EPSS", f"{score * 100:.2f}%, {percentile(place)}"
    words = explanation.kev_words or "listed as exploited"
    yield "CISA KEV", words if explanation.kev else "not listed"
    if explanation.cwes:
        yield "Weaknesses", _some(explanation.cwes)
    for number, (_, url) in enumerate(links(lead)[:_LISTED]):
        yield "" if number else "Links", url
    if explanation.data:
        yield "Data", ", ".join(f"{name} of {date[:10]}" for name, date in explanation.data)


def _dates(explanation: Explanation) -> tuple[tuple[str, str], ...]:
    return (
        ("published", explanation.published),
        ("modified", explanation.modified),
        ("withdrawn", explanation.lead.withdrawn),
    )


def _severity(explanation: Explanation) -> Iterator[tuple[str, str]]:
    """The severity of each scope that has one of its own, and everything it was chosen from."""
    advisories = [spoken.advisory for spoken in explanation.spoken]
    chosen = _by(((a.severity, a.severity_source), a.scope) for a in advisories)
    for number, ((word, whose), scopes) in enumerate(chosen.items()):
        where = f" in {_some(scopes)}" if len(chosen) > 1 else ""
        yield "" if number else "Severity", f"{word}, by {whose or 'no source'}{where}"
    if explanation.rule:
        yield "", f"the first that speaks decides: {', '.join(explanation.rule)}"
    vectors = dict.fromkeys(cvss for a in advisories for cvss in a.cvss)
    for cvss in vectors:
        source = f" ({cvss.source})" if cvss.source else ""
        yield "", f"CVSS {cvss.version}  {cvss.score:.1f}  {cvss.vector}{source}"
    said = [(word, whose) for a in advisories for whose, word in a.words]
    said += [(a.urgency, a.scope) for a in advisories if a.urgency]
    for word, sources in _by(said).items():
        yield "", f"{word}, say{'s' if len(sources) == 1 else ''} {_some(sources)}"


def _by(pairs: Iterable[tuple[_K, str]]) -> dict[_K, list[str]]:
    """The second of the pairs by the first, each once."""
    found: dict[_K, dict[str, None]] = {}
    for key, value in pairs:
        found.setdefault(key, {})[value] = None
    return {key: list(values) for key, values in found.items()}


def _some(texts: Sequence[str]) -> str:
    more = f", {len(texts) - _LISTED} more" if len(texts) > _LISTED else ""
    return ", ".join(texts[:_LISTED]) + more


# ── sources ──────────────────────────────────────────────────────────────────────────────────────


def _sources(explanation: Explanation) -> Iterator[str]:
    """Scope by scope; where an image was named, scopes it is not of are only counted up."""
    here = {j.spoken.advisory.scope for j in explanation.judgements if j.spoken}
    near = [s for s in explanation.spoken if s.advisory.scope in here or not here]
    far = [s for s in explanation.spoken if s not in near]
    for spoken in near:
        yield from _spoken(spoken)
    if far:
        names = [f"{s.advisory.scope} {s.advisory.package}" for s in far]
        more = f", {len(names) - _SCOPES} more" if len(names) > _SCOPES else ""
        yield from ("", f"  Also of: {safe(', '.join(names[:_SCOPES]))}{more}")


def _spoken(spoken: Spoken) -> Iterator[str]:
    advisory = spoken.advisory
    order = f"  ({spoken.order})" if spoken.order else ""
    yield ""
    yield f"  {safe(advisory.scope)}  {safe(advisory.package)}{order}"
    rows = [(_whose(claim, advisory), _said(claim)) for claim in spoken.claims]
    told = advisory.ranges or not any(claim.versions for claim in spoken.claims)
    if told and (len(rows) != 1 or _said(advisory) != rows[0][1]):
        rows.append(("together" if rows else "known", _said(advisory)))
    yield from _facts(rows, "    ")


def _whose(claim: Advisory, advisory: Advisory) -> str:
    source = claim.sources[0] if claim.sources else "?"
    return f"{source} ({claim.id})" if claim.id != advisory.id else source


def _said(claim: Advisory) -> str:
    """`< 1.2 | >= 2.0, < 2.1; will-not-fix: no-dsa`."""
    parts = [" | ".join(range_text(span) for span in claim.ranges)] if claim.ranges else []
    if claim.versions:
        parts.append(f"versions {_some(claim.versions)}")
    if not parts:
        parts.append("not affected")
    if claim.status != "fixed":
        parts.append(f"{claim.status}{f': {claim.reason}' if claim.reason else ''}")
    if claim.withdrawn:
        parts.append(f"withdrawn on {claim.withdrawn[:10]}")
    return "; ".join(parts)


# ── in an image ──────────────────────────────────────────────────────────────────────────────────


def _image(explanation: Explanation, subject: Subject) -> Iterator[str]:
    yield from ("", f"In {safe(subject.name)}")
    if not explanation.judgements:
        yield from ("", "  no package of that name")
    for _, group in groupby(explanation.judgements, key=_alike):
        judgements = list(group)
        yield from ("", *_judged(judgements, subject))


def _alike(judgement: Judgement) -> tuple[object, ...]:
    """Judgements that are told as one: packages of one source with the same verdict."""
    package = judgement.package
    name = package.source.name
    told = (judgement.statements, judgement.rules)
    return (package.ecosystem, name, judgement.version, judgement.verdict, judgement.why, told)


def _judged(judgements: Sequence[Judgement], subject: Subject) -> Iterator[str]:
    first = judgements[0]
    names = dict.fromkeys(f"{j.package.name} {j.package.version}" for j in judgements)
    mark = _MARKS.get(first.verdict, "✓")
    yield f"  {mark} {safe(_some(list(names)))}: {first.verdict}"
    facts = [("because", first.why)]
    if first.looked_up:
        facts.append(("looked up as", f"{first.looked_up} {first.version}"))
    facts.append(("judged by", first.scope))
    facts += _numbered("compared", _compared(first))
    facts += _numbered("found", _places(judgements, subject))
    facts += _numbered("fix", [r.what for r in first.remedies[:1]])
    for number, remedy in enumerate(first.remedies):
        facts += [("", remedy.what)] if number else []
        facts += [("", f"$ {remedy.command}")] if remedy.command else []
    if first.verdict in (AFFECTED, IGNORED, SUPPRESSED):
        facts += _numbered("VEX", [_considered(s) for s in first.statements] or ["no statement"])
        facts += _numbered("ignore rules", [_considered(r) for r in first.rules] or ["none"])
    yield from _facts(facts, "      ")


def _numbered(name: str, values: Iterable[str]) -> list[tuple[str, str]]:
    return [("" if number else name, value) for number, value in enumerate(values)]


def _compared(judgement: Judgement) -> Iterator[str]:
    """Range by range; what decides is left out where it is what `because` says."""
    words = {True: "in", False: "out", None: "?"}
    for comparison in judgement.comparisons:
        if comparison.source or comparison.text not in judgement.why:
            source = comparison.source or "together"
            yield f"{words[comparison.holds]:<4}{source}: {comparison.text}"


def _places(judgements: Iterable[Judgement], subject: Subject) -> Iterator[str]:
    """Path and layer of each place, once; those of many packages are mostly one database."""
    places = dict.fromkeys(at for j in judgements for at in j.package.locations)
    for number, at in enumerate(places):
        if number == _LISTED:
            yield f"{plural(len(places) - _LISTED, 'more place')}"
            return
        yield f"{at.path}{f', {layer_name(at.layer, subject)}' if at.layer else ''}"
    removed = dict.fromkeys(j.package.removed_in for j in judgements if j.package.removed_in)
    yield from (f"removed by {layer_name(layer, subject)}" for layer in removed)


def _considered(row: Considered) -> str:
    until = f" until {row.until}" if row.until and row.applies else ""
    reason = f": {row.reason}" if row.reason else ""
    return f"{row.where}: {row.what}: {row.outcome}{until}{reason}"
