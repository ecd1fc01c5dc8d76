"""Comparisons redone: an installed version against ranges, each as a line a reader can check."""

from __future__ import annotations

from collections.abc import Iterator

from ironhull.ecosystems import Ecosystem
from ironhull.explain.values import Comparison
from ironhull.model import Advisory, Range

__all__ = ["against", "range_text"]


def against(
    version: str, advisory: Advisory, row: Ecosystem, *, source: str = ""
) -> Iterator[Comparison]:
    """`version` against each range of `advisory` and its list of versions."""
    for span in advisory.ranges:
        yield _one(version, span, row, source)
    if advisory.versions:
        yield _listed(version, advisory.versions, row, source)
    if not advisory.ranges and not advisory.versions:
        yield Comparison(f"no version in {advisory.scope} is affected", holds=False, source=source)


def _one(version: str, span: Range, row: Ecosystem, source: str) -> Comparison:
    try:
        if not row.fits(version, span):
            text = f"{range_text(span)} is about other builds than {version}"
            return Comparison(text, False, source, span)
        holds, text = _placed(version, span, row)
    except ValueError as fault:
        return Comparison(f"{range_text(span)}: not compared: {fault}", None, source, span)
    return Comparison(f"{text} ({row.order_name})", holds, source, span)


def _placed(version: str, span: Range, row: Ecosystem) -> tuple[bool, str]:
    key = row.order(version)
    low = "" if span.introduced in ("", "0") else span.introduced
    if low and key < row.order(low):
        return False, f"{version} < {low}, where the range begins"
    head = f"{low} <= {version}" if low else version
    if end := span.fixed or span.limit:
        if key < row.order(end):
            return True, f"{head} < {end}"
        why = "which repairs it" if span.fixed else "where the range ends"
        return False, f"{version} >= {end}, {why}"
    if last := span.last_affected:
        holds = key <= row.order(last)
        return holds, f"{head} <= {last}" if holds else f"{version} > {last}, the last one affected"
    every = f"every version is affected, {version} too: no fix is known"
    return True, f"{head}, and no end is known" if low else every


def _listed(version: str, versions: tuple[str, ...], row: Ecosystem, source: str) -> Comparison:
    number = f"{len(versions)} version{'' if len(versions) == 1 else 's'} listed"
    try:
        key = row.order(version)
    except ValueError as fault:
        return Comparison(f"{number}: not compared: {fault}", None, source)
    for other in versions:
        try:
            same = other == version or row.order(other) == key
        except ValueError:
            continue
        if same:
            return Comparison(f"{version} is listed as affected", True, source)
    return Comparison(f"{version} is none of the {number}", False, source)


def range_text(span: Range) -> str:
    """`>= 1.0, < 1.2`; `>= 0` for all versions."""
    parts = [] if span.introduced in ("", "0") else [f">= {span.introduced}"]
    if span.fixed:
        parts.append(f"< {span.fixed}")
    elif span.last_affected:
        parts.append(f"<= {span.last_affected}")
    elif span.limit:
        parts.append(f"< {span.limit} (no fix said)")
    return ", ".join(parts) or ">= 0"
