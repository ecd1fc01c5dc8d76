"""What to build on instead of a base: found, scanned, compared, ranked."""

from __future__ import annotations

from collections.abc import Callable

from ironhull.errors import Error, ReferenceFault
from ironhull.limits import LIMITS
from ironhull.model import (
    Advice,
    BaseImage,
    Image,
    KnownImage,
    Problem,
    Report,
    Suggestion,
)
from ironhull.oci.names import Reference
from ironhull.recommending._known import Known
from ironhull.recommending._offers import Offer, family_offers, offers_of, tag_end
from ironhull.recommending._ranking import Measured, ranked, report_end, suggestion_of
from ironhull.recommending._tags import parse_tag, product_of
from ironhull.values import dataclass, replace

__all__ = ["Asked", "Scan", "advise"]

Scan = Callable[[Image], Report]
"""Judges an image as the base was judged: by the same index and statements."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted: `refresh` and `updates`, `limit` images to scan at most.

    `tag` is what the base is called where the image does not tell, or is wrong; `day` the present
    one (YYYY-MM-DD). Of base `families` (hardening.families) the fitting image is suggested.
    """

    day: str
    refresh: bool = True
    updates: bool = True
    limit: int = 8
    tag: str = ""
    families: tuple[str, ...] = ()


def advise(base: BaseImage | None, known: Known, scan: Scan, asked: Asked) -> Advice:
    """What to do about `base`, as far as `known` tells."""
    if base is None:
        return Advice(None, because="the base image is not known")
    reference = _reference(base, asked.tag)
    if reference is None:
        because = f"{base.name} has no tag that could be looked up: give one with --tag"
        return replace(Advice(base, because=because), ends=report_end(base.report, ""))
    product = product_of(reference.repository)
    tag = parse_tag(reference.tag, product)
    there = known.tags(reference)
    own = [each for each in known.named(base) if base.digest in each.digests]
    measured = Measured(
        tag,
        product,
        base.report,
        base.report.sbom.subject.content_size if base.report else 0,
        report_end(base.report, tag_end(product, tag)),
        own[0].created if own else "",
    )
    state, because, fresh = _state(base, own, reference, known, there)
    work = _Work(known, scan, asked, measured)
    refresh = None
    if fresh is not None and asked.refresh:
        refresh = work.suggest(Offer(reference.familiar, tag, "same tag", fresh))
    updates: tuple[Suggestion, ...] = ()
    left: tuple[tuple[str, int], ...] = ()
    if asked.updates:
        offers, left = offers_of(reference, known, there, asked.day)
        offers += family_offers(asked.families, reference, known, [o.known for o in offers])
        same = {d for each in (*own, *((fresh,) if fresh else ())) for d in each.digests}
        same |= {base.digest}
        fit = [each for each in offers if not same.intersection(each.known.digests)]
        updates = tuple(work.suggest(offer) for offer in fit)
    every = ranked([*((refresh,) if refresh else ()), *updates], asked.day)
    return Advice(
        base,
        state,
        because,
        next((each for each in every if each.channel == "same tag"), None),
        tuple(each for each in every if each.channel != "same tag"),
        left,
        measured.ends,
        (*dict.fromkeys((*known.problems, *work.problems)),),
    )


def _reference(base: BaseImage, tag: str) -> Reference | None:
    """The name of the base with a tag; of several names the first that has one."""
    for name in (base.name, *base.also):
        try:
            found = Reference.parse(name)
        except ReferenceFault:
            continue
        if tag:
            return Reference.parse(f"{found.registry}/{found.repository}:{tag}")
        if found.tag:
            return Reference(found.registry, found.repository, found.tag)
    return None


def _state(
    base: BaseImage,
    own: list[KnownImage],
    reference: Reference,
    known: Known,
    there: dict[str, KnownImage],
) -> tuple[str, str, KnownImage | None]:
    """Whether the tag still leads to the base, what that rests on, and where it leads now."""
    now = known.remote_tag(reference, reference.tag)
    where = f"{reference.registry} answers now"
    if now is None:
        now = there.get(reference.tag)
        origin = now.origin if now else ""
        date = f" of {now.seen[:10]}" if now and now.seen else ""
        where = "the local store has it" if origin == "store" else f"the index{date} has it"
    if now is None:
        return "not known", f"what {reference.familiar} leads to now is not known", None
    digests = {base.digest, *(digest for each in own for digest in each.digests)} - {""}
    if not digests:
        return "not known", "the digest of the base is not known", now
    if digests & set(now.digests):
        return "current", f"{reference.familiar} leads to it, as {where}", None
    made = own[0].created if own else ""
    if made and now.created and now.created < made and not known.remote:
        return "not known", f"{reference.familiar} leads to an older image, as {where}", None
    return "outdated", f"{reference.familiar} leads to another image, as {where}", now


class _Work:
    """Scans offers until the limit is reached; the others are suggested without numbers."""

    def __init__(self, known: Known, scan: Scan, asked: Asked, base: Measured) -> None:
        self.problems: list[Problem] = []
        self._known, self._scan, self._asked, self._base = known, scan, asked, base
        self._scanned: dict[str, tuple[Report | None, str]] = {}

    def suggest(self, offer: Offer) -> Suggestion:
        """The offer beside the base."""
        key = offer.known.digest or offer.name
        if key not in self._scanned:
            self._scanned[key] = self._report(offer)
        report, why = self._scanned[key]
        ends = report_end(report, tag_end(self._base.product, offer.tag))
        return suggestion_of(offer, self._base, report, why, ends, self._asked.day)

    def _report(self, offer: Offer) -> tuple[Report | None, str]:
        if not offer.known.digest:
            build = f"`ironhull base build {offer.name}` makes it"
            get = build if offer.name.startswith("ironhull/") else "`ironhull pull` gets it"
            return None, f"not scanned: it is not known here, {get}"
        if len(self._scanned) >= min(self._asked.limit, LIMITS.suggestions):
            return None, "not scanned: there are more suggestions than --limit"
        image = self._known.image(offer.known)
        if image is None:
            return None, "not scanned: it is in the index alone, `ironhull pull` gets it"
        try:
            return self._scan(image), ""
        except Error as trouble:
            self.problems.append(Problem("suggestion", offer.name, trouble.message))
            return None, f"not scanned: {trouble.message}"
