"""How suggestions compare with the base, in which order they are listed, which is recommended.

The rules (docs/recommendations.md): what has fewer vulnerabilities goes before what has as many,
that before what nobody could count, that before what has more. Within each the smaller step goes
first, then the fewer vulnerabilities (critical before high and so on), then the smaller image.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ironhull.compare import compare
from ironhull.counts import count, coverage_notes, has_numbers
from ironhull.ecosystems import end_of_support, runtime_end
from ironhull.model import CHANNELS, VERDICTS, Report, Suggestion
from ironhull.recommending._offers import Offer
from ironhull.recommending._tags import Tag, is_long_term
from ironhull.values import dataclass, replace

__all__ = ["Measured", "ranked", "report_end", "suggestion_of"]

_NOTABLE = 0.02  # of the size of the base, from which a difference is told
_WORDS = ("critical", "high", "medium", "low", "unspecified")
_TOOLS = (
    ("shell", frozenset(("bash", "busybox", "busybox-binsh", "dash", "mksh", "zsh"))),
    ("package manager", frozenset(("apk-tools", "apt", "dnf", "microdnf", "tdnf", "zypper"))),
)
_DATABASES = ("postgres", "mysql", "mariadb", "mongo", "mongodb")


@dataclass(frozen=True, slots=True)
class Measured:
    """The base that suggestions are compared with; `report` is None where nobody could read it."""

    tag: Tag
    product: str
    report: Report | None
    size: int
    ends: str
    created: str = ""


def suggestion_of(
    offer: Offer, base: Measured, report: Report | None, why: str, ends: str, day: str
) -> Suggestion:
    """`offer` beside `base`; `report` is None where it was not scanned, because of `why`."""
    verdict, caution = _verdict(report, base.report)
    benefits = [*_fewer(report, base.report, verdict)]
    drawbacks = [*_more(report, base.report, verdict), *caution]
    size = report.sbom.subject.content_size if report else offer.known.size
    _size(size, base.size, benefits, drawbacks)
    if ends and base.ends and ends > base.ends:
        benefits.append(f"supported until {ends}, the base until {base.ends}")
    elif ends and base.ends and ends < base.ends:
        drawbacks.append(f"supported until {ends}, the base until {base.ends}")
    if ends and ends < day[:10]:
        drawbacks.append(f"nobody has repaired it since {ends}")
    drawbacks += [*_risks(offer, base), *_missing(report, base.report)]
    return Suggestion(
        name=offer.name,
        digest=offer.known.index_digest or offer.known.digest,
        channel=offer.channel,
        verdict=verdict,
        size=size,
        created=offer.known.created,
        origin=offer.known.origin,
        report=report,
        why=why,
        ends=ends,
        benefits=tuple(benefits),
        drawbacks=tuple(drawbacks),
    )


def ranked(suggestions: Iterable[Suggestion], day: str) -> tuple[Suggestion, ...]:
    """In order, images that several names lead to once, and the best that has a use marked."""
    distinct: dict[str, Suggestion] = {}
    for each in sorted(suggestions, key=lambda s: _rank(s, day)):
        key = each.digest or each.name
        if key in distinct:
            first = distinct[key]
            distinct[key] = replace(first, also=(*first.also, each.name))
        else:
            distinct[key] = each
    listed = list(distinct.values())
    for place, each in enumerate(listed):
        if is_useful(each, day):
            listed[place] = replace(each, recommended=True)
            break
    return tuple(listed)


def is_useful(suggestion: Suggestion, day: str) -> bool:
    """Whether one may be recommended: better, or equal with a benefit; supported, and counted."""
    if suggestion.ends and suggestion.ends < day[:10]:
        return False
    if suggestion.verdict == "better":
        return True
    useful = bool(suggestion.benefits) or suggestion.channel in ("same tag", "same minor")
    return suggestion.verdict == "equal" and useful


def _rank(suggestion: Suggestion, day: str) -> tuple[object, ...]:
    over = bool(suggestion.ends) and suggestion.ends < day[:10]
    report = suggestion.report
    counts = count(report.findings).by_severity if report is not None else ()
    return (
        over,
        VERDICTS.index(suggestion.verdict),
        CHANNELS.index(suggestion.channel),
        counts,
        suggestion.size,
        suggestion.name,
    )


def report_end(report: Report | None, told: str) -> str:
    """The first day support of what is in an image ends; `told` is what its tag says of that."""
    ends = [told]
    if report is not None:
        ends.append(end_of_support(report.sbom.distro))
        found = (runtime_end(p.ecosystem, p.name, p.version) for p in report.sbom.packages)
        ends += [runtime[2] for runtime in found if runtime]
    return min(filter(None, ends), default="")


# ── vulnerabilities ──────────────────────────────────────────────────────────────────────────────


def _verdict(report: Report | None, base: Report | None) -> tuple[str, tuple[str, ...]]:
    """One of VERDICTS, and what must stand beside it."""
    if report is None or base is None or not (has_numbers(report) and has_numbers(base)):
        return "not known", tuple(coverage_notes(report)) if report is not None else ()
    mine, theirs = count(report.findings).by_severity, count(base.findings).by_severity
    if mine > theirs:
        return "worse", ()
    if compare(report, base).less_checked:
        return "not known", coverage_notes(report)
    return ("better" if mine < theirs else "equal"), ()


def _fewer(report: Report | None, base: Report | None, verdict: str) -> Iterable[str]:
    if verdict != "better" or report is None or base is None:
        return ()
    return (f"fewer vulnerabilities: {_difference(report, base)}",)


def _more(report: Report | None, base: Report | None, verdict: str) -> Iterable[str]:
    if verdict != "worse" or report is None or base is None:
        return ()
    return (f"more vulnerabilities: {_difference(report, base)}",)


def _difference(report: Report, base: Report) -> str:
    mine, theirs = count(report.findings).by_severity, count(base.findings).by_severity
    return ", ".join(
        f"{a - b:+} {word}" for a, b, word in zip(mine, theirs, _WORDS, strict=True) if a != b
    )


# ── the rest ─────────────────────────────────────────────────────────────────────────────────────


def _size(size: int, base: int, benefits: list[str], drawbacks: list[str]) -> None:
    if not (size and base) or abs(size - base) < base * _NOTABLE:
        return
    share = f"{abs(size - base) / base:.0%}"
    if size < base:
        benefits.append(f"{share} smaller")
    else:
        drawbacks.append(f"{share} larger")


def _missing(report: Report | None, base: Report | None) -> Sequence[str]:
    """What steps of a build may need that the base has."""
    if report is None or base is None:
        return ()
    mine, theirs = ({p.name for p in each.sbom.packages} for each in (report, base))
    gone = [what for what, names in _TOOLS if theirs & names and not mine & names]
    if not gone:
        return ()
    return (f"no {' and no '.join(gone)}: steps of a build that need one move to another stage",)


def _risks(offer: Offer, base: Measured) -> Sequence[str]:
    """What a step asks of whoever takes it."""
    found = [offer.said] if offer.said else []
    if offer.channel == "another major" and is_long_term(base.product, offer.tag.numbers) is False:
        found.append("a release without long-term support")
    if offer.channel in ("another major", "long-term support"):
        found.append("another major release: things may work differently")
        if base.product in _DATABASES:
            found.append("data has to be migrated to it")
    if offer.channel == "newer distribution":
        found.append("another release of the distribution: system libraries change")
    if "alpine" in offer.tag.words and "alpine" not in base.tag.words:
        found.append("another C library (musl): programs and wheels made for glibc do not run")
    return found
