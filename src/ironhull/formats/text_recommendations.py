"""`recommendations` as text: the image and its base, then what to build on instead, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ironhull.counts import count, has_numbers
from ironhull.formats._bases import base_line, sizes
from ironhull.formats.text_quickview import image_rows
from ironhull.formats.text_table import (
    count_row,
    footer,
    plural,
    problem_lines,
    safe,
    short_digest,
    table,
)
from ironhull.model import Advice, Report, Suggestion
from ironhull.values import replace

__all__ = ["write_recommendations"]

_HEADER = ("", "Image", "Step", "Vulnerabilities", "Size", "Packages")
_NAMED = 4


def write_recommendations(report: Report) -> str:
    """Image, base, how it was found, whether its tag moved on, suggestions in their order."""
    advice = report.advice or Advice(None)
    plain = replace(report, advice=None)
    lines = [*table(image_rows(plain)), "", base_line(report.base)]
    if advice.base is not None and advice.base.also:
        lines.append(f"  also known as {safe(', '.join(advice.base.also[:_NAMED]))}")
    if advice.base is None:
        lines.append(f"no advice: {safe(advice.because)}")
        lines += _how_to_tell()
    else:
        lines += _state(advice)
        lines += _suggestions(advice)
    lines += [*problem_lines(report), "", footer(report)]
    return "\n".join(lines) + "\n"


def _how_to_tell() -> list[str]:
    return [
        "  `ironhull bases index REF…` makes images known by their layers, and --dockerfile FILE",
        "  names what the image was built from",
    ]


def _state(advice: Advice) -> list[str]:
    lines = [f"refresh: {advice.state}: {safe(advice.because)}"]
    if advice.ends:
        lines.append(f"support ends {advice.ends}")
    return lines


def _suggestions(advice: Advice) -> list[str]:
    lines: list[str] = []
    if advice.refresh is not None:
        lines += ["", "Refresh: the same tag, as it is now", ""]
        lines += _listed([advice.refresh], advice)
    if advice.updates:
        lines += ["", "Update: other images, the best first", ""]
        lines += _listed(advice.updates, advice)
    if not lines:
        lines += ["", "Nothing to suggest"]
    if advice.left_out:
        told = (f"{plural(number, 'tag')} ({why})" for why, number in advice.left_out)
        lines += ["", f"not suggested: {safe(', '.join(told))}"]
    return lines


def _listed(found: Sequence[Suggestion], advice: Advice) -> Iterable[str]:
    """A table whose rows are followed by what speaks for and against each."""
    base = advice.base.report if advice.base is not None else None
    rows = []
    for each in found:
        size, packages = sizes(each, base)
        rows.append(
            (
                " ✓" if each.recommended else "",
                f" {safe(each.name)}",
                each.channel,
                _numbers(each),
                size,
                packages,
            )
        )
    header, rule, *lines = table(rows, header=_HEADER)
    yield from (header, rule)
    for line, each in zip(lines, found, strict=True):
        yield line
        yield from _reasons(each)


def _numbers(found: Suggestion) -> str:
    report = found.report
    if report is None:
        return "not scanned"
    if not has_numbers(report):
        return "not checked"
    counts = " ".join(count_row(count(report.findings)).split())
    return f"{counts}, {found.verdict}"


def _reasons(found: Suggestion) -> Iterable[str]:
    recommended = "recommended: " if found.recommended else ""
    if found.digest:
        also = f", also {', '.join(found.also[:_NAMED])}" if found.also else ""
        yield f"        {recommended}{short_digest(found.digest)}{safe(also)}"
    yield from (f"        + {safe(line)}" for line in found.benefits)
    yield from (f"        - {safe(line)}" for line in found.drawbacks)
    if found.why:
        yield f"        ! {safe(found.why)}"
