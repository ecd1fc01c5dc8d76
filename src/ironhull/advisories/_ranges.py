"""Ranges of several records on one vulnerability.

A range without end says that its record knows no fix, not that there is none: often it was written
before the fix and never touched again. Where another record knows the fixes, what it says of the
versions it speaks of counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ironhull.ecosystems import ecosystem_of_scope
from ironhull.model import Advisory, Range
from ironhull.values import dataclass, replace

__all__ = ["ended"]

Order = Callable[[str], bytes]


def ended(claims: Sequence[Advisory]) -> list[Advisory]:
    """The claims, those that know no fix ended where the ones that know every fix begin.

    What they say of versions before the first range with a fix, and after the last, stays.
    """
    informed = [claim for claim in claims if claim.ranges and all(r.fixed for r in claim.ranges)]
    if not informed or not any(_endless(span) for claim in claims for span in claim.ranges):
        return list(claims)
    row = ecosystem_of_scope(claims[0].scope)
    if row is None:
        return list(claims)
    try:
        known = _Known.of([span for claim in informed for span in claim.ranges], row.order)
        return [_ended(claim, known) for claim in claims]
    except ValueError:
        return list(claims)


@dataclass(frozen=True, slots=True)
class _Known:
    """What versions the ranges with a fix speak of: from `text` (its key `first`) to `last`."""

    order: Order
    text: str
    first: bytes
    last: bytes

    @classmethod
    def of(cls, spans: Sequence[Range], order: Order) -> _Known:
        lowest = min(spans, key=lambda span: _low(span, order))
        last = max(order(span.fixed) for span in spans)
        return cls(order, lowest.introduced, _low(lowest, order), last)


def _endless(span: Range) -> bool:
    return not (span.fixed or span.last_affected or span.limit)


def _low(span: Range, order: Order) -> bytes:
    return b"" if span.introduced in ("", "0") else order(span.introduced)


def _ended(claim: Advisory, known: _Known) -> Advisory:
    ranges: list[Range] = []
    begins: list[bytes] = []  # of what was ended
    for span in claim.ranges:
        low = _low(span, known.order)
        if not _endless(span) or low >= known.last:
            ranges.append(span)
            continue
        begins.append(max(low, known.first))
        if low < known.first:
            ranges.append(replace(span, limit=known.text))
    if not begins:
        return claim
    listed = tuple(v for v in claim.versions if not _within(v, min(begins), known.order))
    return replace(claim, ranges=tuple(ranges), versions=listed)


def _within(version: str, begin: bytes, order: Order) -> bool:
    """Whether a version that is listed, too, is just one of the range that was ended."""
    try:
        return order(version) >= begin
    except ValueError:
        return False
