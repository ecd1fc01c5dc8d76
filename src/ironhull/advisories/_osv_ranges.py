"""Affected versions of an OSV record, evaluated as the schema says (schema 1.7, "Evaluation").

Events of one range are sorted by version; "introduced" begins an affected span, "fixed" and
"last_affected" end it, "limit" bounds the whole range. Where several events name one version, an
end comes before a new beginning, and a beginning that ends at once affects nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from ironhull.model import Range
from ironhull.values import replace

__all__ = ["bounded", "spans"]

Order = Callable[[str], bytes]
_Event = tuple[str, str]

_KINDS = ("introduced", "fixed", "last_affected", "limit")
_BOUND = re.compile(r"(<=?)\s*(\S+)")


def spans(events: Sequence[Mapping[str, str]], order: Order) -> list[Range]:
    """The affected spans of one range, lowest first.

    Events of versions that cannot be ordered are taken in the order they are written in.
    """
    flat = [event for entry in events for event in entry.items() if event[0] in _KINDS]
    limits = [version for kind, version in flat if kind == "limit"]
    flat = [event for event in flat if event[0] != "limit"]
    if _is_plain(flat):
        found = [Range(**dict(flat))]
    else:
        try:
            found = list(_evaluated(_sorted(flat, order)))
        except ValueError:
            found = list(_evaluated([[event] for event in flat]))
    return _limited(found, limits, order) if limits and "*" not in limits else found


def _is_plain(events: list[_Event]) -> bool:
    """Whether there is nothing to sort: from the beginning of time to one end at most."""
    if not 0 < len(events) < 3 or events[0] != ("introduced", "0"):
        return False
    return len(events) == 1 or (events[1][0] != "introduced" and events[1][1] != "0")


def _sorted(events: list[_Event], order: Order) -> list[list[_Event]]:
    """Events grouped by version, lowest first; raises ValueError."""
    keyed = [(b"" if event[1] == "0" else order(event[1]), event) for event in events]
    keyed.sort(key=lambda pair: pair[0])
    return [[event for _, event in group] for _, group in groupby(keyed, lambda pair: pair[0])]


def _evaluated(groups: list[list[_Event]]) -> Iterator[Range]:
    begin: str | None = None
    for group in groups:
        at = dict(reversed(group))  # one of a kind is as good as another
        fixed, introduced, last = (at.get(k) for k in ("fixed", "introduced", "last_affected"))
        if begin is not None and fixed is not None:
            yield Range(begin, fixed=fixed)
            begin = introduced
        elif begin is None and fixed is None:
            begin = introduced
        if begin is not None and last is not None:
            yield Range(begin, last_affected=last)
            begin = None
    if begin is not None:
        yield Range(begin)


def _limited(found: list[Range], limits: list[str], order: Order) -> list[Range]:
    """What of the spans is before one of the limits, so before the highest."""
    try:
        limit = max(limits, key=order)
        end = order(limit)
        return [cut for span in found if (cut := _before(span, limit, end, order)) is not None]
    except ValueError:
        return found


def _before(span: Range, limit: str, end: bytes, order: Order) -> Range | None:
    if span.introduced != "0" and order(span.introduced) >= end:
        return None
    if span.fixed:
        inside = order(span.fixed) <= end
    else:
        inside = bool(span.last_affected) and order(span.last_affected) < end
    return span if inside else Range(span.introduced, limit=limit)


def bounded(found: list[Range], said: object, order: Order) -> list[Range]:
    """Spans of which the last has no end, ended where a database last knew of affected versions.

    The GitHub Advisory Database writes "<= 1.2.3" or "< 2" (`last_known_affected_version_range`) of
    an advisory without a fix. Where the events have an end, that one counts.
    """
    match = _BOUND.fullmatch(said.strip()) if isinstance(said, str) else None
    if match is None or not found or found[-1] != Range(found[-1].introduced):
        return found
    span, version = found[-1], match[2]
    try:
        above = span.introduced == "0" or order(span.introduced) <= order(version)
        order(version)
    except ValueError:
        return found
    if not above:
        return found
    end = {"last_affected": version} if match[1] == "<=" else {"limit": version}
    return [*found[:-1], replace(span, **end)]
