"""`compare` as JSON: docs/schemas/compare.schema.json."""

from __future__ import annotations

from typing import Any

from ironhull.compare import Change, Comparison
from ironhull.counts import Counts, has_numbers
from ironhull.formats.json_report import SCHEMA_VERSION, delta_json, dump, finding_json, report_json
from ironhull.model import SEVERITIES, Finding, Report

__all__ = ["compare_json", "write_compare_json"]


def write_compare_json(comparison: Comparison) -> str:
    """The document of one comparison."""
    return dump(compare_json(comparison))


def compare_json(comparison: Comparison) -> dict[str, Any]:
    """Both reports without findings, the difference, and what changed."""
    numbers = comparison.packages
    analyzed, other = report_json(comparison.report), report_json(comparison.other)
    for report in (analyzed, other):
        del report["schema_version"]
    return {
        "schema": "ironhull/compare",
        "schema_version": SCHEMA_VERSION,
        "analyzed": analyzed,
        "comparison": other,
        "difference": delta_json(comparison.report, comparison.other),
        "packages": {
            "added": numbers.added,
            "removed": numbers.removed,
            "changed": numbers.changed,
            "unchanged": numbers.unchanged,
        },
        "changes": [_change(change, comparison) for change in comparison.changes],
        "unchanged_hidden": comparison.unchanged_hidden,
        "findings_gone": _findings(comparison, comparison.gone),
        "findings_new": _findings(comparison, comparison.new),
        "cautions": list(comparison.cautions),
        **_policies(comparison),
        **_filters(comparison),
    }


def _policies(comparison: Comparison) -> dict[str, Any]:
    """What policies say of both images and how they compare, where they were evaluated."""
    if not comparison.policies:
        return {}
    from ironhull.formats.json_policy import verdicts_json

    return {
        "policies": {
            "analyzed": verdicts_json(comparison.report.verdicts),
            "comparison": verdicts_json(comparison.other.verdicts),
            "changes": [
                {
                    "name": change.name,
                    "kind": change.kind,
                    "analyzed": change.mine.state if change.mine else None,
                    "comparison": change.theirs.state if change.theirs else None,
                }
                for change in comparison.policies
            ],
        }
    }


def _filters(comparison: Comparison) -> dict[str, Any]:
    if comparison.listed is None:
        return {}
    shown = len(comparison.gone) + len(comparison.new)
    return {
        "filters": {
            "applied": list(comparison.listed.filters),
            "shown": shown,
            "total": shown + comparison.findings_hidden,
        }
    }


def _findings(comparison: Comparison, findings: tuple[Finding, ...]) -> list[dict[str, Any]] | None:
    return [finding_json(f) for f in findings] if comparison.comparable else None


def _change(change: Change, comparison: Comparison) -> dict[str, Any]:
    mine = _side(change.versions, change.packages)
    theirs = _side(change.versions_before, change.packages_before)
    mine["vulnerabilities"] = _numbers(comparison.report, change.counts)
    theirs["vulnerabilities"] = _numbers(comparison.other, change.counts_before)
    return {
        "kind": change.kind,
        "type": change.ecosystem,
        "name": change.name,
        "analyzed": mine,
        "comparison": theirs,
    }


def _side(versions: tuple[str, ...], packages: tuple[str, ...]) -> dict[str, Any]:
    return {"versions": list(versions), "packages": list(packages)}


def _numbers(report: Report, counts: Counts) -> dict[str, int] | None:
    known = has_numbers(report)
    return dict(zip(SEVERITIES, counts.by_severity, strict=True)) if known else None
