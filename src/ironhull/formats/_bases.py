"""The base image and its suggestions as rows of text and as JSON, the same in every command."""

from __future__ import annotations

from typing import Any

from ironhull.counts import count, has_numbers
from ironhull.formats.text_table import (
    count_row,
    delta_row,
    safe,
    signed,
    signed_size,
    size_text,
)
from ironhull.model import Advice, BaseImage, Report, Suggestion

__all__ = ["advice_json", "advice_rows", "base_line", "differences", "sizes", "updated"]

_RULES = {
    "provenance": "the provenance attestation",
    "annotation": "an annotation",
    "label": "a label",
    "dockerfile": "the Dockerfile",
    "layers": "its layers",
}

Row = tuple[str, str, str]


def base_line(base: BaseImage | None) -> str:
    """`base image: certain: named by …`: how sure it is and which rule found it, on one line."""
    if base is None:
        return (
            "base image: no provenance, annotation or label names one, and no known image has the"
            " same lowest layers"
        )
    if base.because:
        return f"base image: {base.certainty}: {safe(base.because)}"
    proof = "its layers are in the image" if base.verified else "not verified by its layers"
    return f"base image: named by {_RULES.get(base.rule, safe(base.rule))}, {proof}"


def updated(advice: Advice) -> Suggestion | None:
    """The update to show at a glance: the first that is recommended or at least not worse."""
    useful = [each for each in advice.updates if each.verdict in ("better", "equal")]
    marked = [each for each in useful if each.recommended]
    return next(iter((*marked, *(u for u in useful if u.benefits))), None)


def advice_rows(report: Report) -> list[Row]:
    """The rows "Refreshed base image" and "Updated base image", where there is something to say."""
    advice = report.advice
    if advice is None:
        return []
    base = advice.base.report if advice.base is not None else None
    rows: list[Row] = []
    if advice.refresh is not None:
        rows += _suggested(" Refreshed base image", advice.refresh, base)
    if (update := updated(advice)) is not None:
        rows += _suggested(" Updated base image", update, base)
    return rows


def _suggested(title: str, found: Suggestion, base: Report | None) -> list[Row]:
    if found.report is None:
        return [(title, f" {safe(found.name)}", f"   {safe(found.why)}")]
    report = found.report
    numbers = count_row(count(report.findings)) if has_numbers(report) else "   not checked"
    rows: list[Row] = [(title, f" {safe(found.name)}", numbers)]
    size, packages = sizes(found, base)
    delta = differences(report, base)
    rows.append(("   size", f" {size}", delta))
    rows.append(("   packages", f" {packages}", f"   {found.verdict}"))
    return rows


def sizes(found: Suggestion, base: Report | None) -> tuple[str, str]:
    """Size and number of packages, each with its difference to the base."""
    size = size_text(found.size)
    if base is not None:
        size += signed_size(found.size, base.sbom.subject.content_size)
    if found.report is None:
        return size, ""
    packages = len(found.report.sbom.counted)
    return size, f"{packages}{signed(packages - len(base.sbom.counted)) if base else ''}"


def differences(report: Report, base: Report | None) -> str:
    """The signed row under the counts; nothing where there is none or it is not known."""
    if base is None or not (has_numbers(report) and has_numbers(base)):
        return ""
    return delta_row(count(report.findings), count(base.findings))


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────


def advice_json(advice: Advice) -> dict[str, Any]:
    """What to do about the base image: docs/schemas/common.schema.json, `advice`."""
    base = advice.base.report if advice.base is not None else None
    return {
        "state": advice.state,
        "because": advice.because,
        "end_of_support": advice.ends,
        "refresh": _suggestion_json(advice.refresh, base) if advice.refresh else None,
        "updates": [_suggestion_json(each, base) for each in advice.updates],
        "left_out": [{"reason": why, "tags": number} for why, number in advice.left_out],
    }


def _suggestion_json(found: Suggestion, base: Report | None) -> dict[str, Any]:
    from ironhull.formats.json_report import delta_json, image_json

    report = found.report
    return {
        "name": found.name,
        "also": list(found.also),
        "digest": found.digest,
        "channel": found.channel,
        "verdict": found.verdict,
        "recommended": found.recommended,
        "content_size": found.size,
        "created": found.created,
        "end_of_support": found.ends,
        "seen_in": found.origin,
        "benefits": list(found.benefits),
        "drawbacks": list(found.drawbacks),
        "not_scanned": found.why,
        "scanned": image_json(report) if report is not None else None,
        "difference": delta_json(report, base) if report is not None and base is not None else None,
    }
