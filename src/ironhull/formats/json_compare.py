"""`compare` as JSON: docs/schemas/compare.schema.json."""

from __future__ import annotations

from typing import Any

from ironhull.compare import Change, Comparison
from ironhull.counts import Counts
from ironhull.formats.json_report import SCHEMA_VERSION, delta_json, dump, finding_json, report_json
from ironhull.model import SEVERITIES

__all__ = ["write_compare_json"]


def write_compare_json(comparison: Comparison) -> str:
    """Both reports without findings, the difference, and what changed."""
    numbers = comparison.packages
    analyzed, other = report_json(comparison.report), report_json(comparison.other)
    for report in (analyzed, other):
        del report["schema_version"]
    return dump(
        {
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
            "changes": [_change(change) for change in comparison.changes],
            "unchanged_hidden": comparison.unchanged_hidden,
            "findings_gone": [finding_json(f) for f in comparison.gone],
            "findings_new": [finding_json(f) for f in comparison.new],
            "cautions": list(comparison.cautions),
        }
    )


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "type": change.ecosystem,
        "name": change.name,
        "analyzed": _side(change.versions, change.packages, change.counts),
        "comparison": _side(change.versions_before, change.packages_before, change.counts_before),
    }


def _side(versions: tuple[str, ...], packages: tuple[str, ...], counts: Counts) -> dict[str, Any]:
    return {
        "versions": list(versions),
        "packages": list(packages),
        "vulnerabilities": dict(zip(SEVERITIES, counts.by_severity, strict=True)),
    }
