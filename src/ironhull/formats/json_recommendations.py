"""`recommendations` as JSON: docs/schemas/recommendations.schema.json."""

from __future__ import annotations

from ironhull.formats._bases import advice_json
from ironhull.formats.json_report import dump, report_json
from ironhull.model import Advice, Report
from ironhull.values import replace

__all__ = ["write_recommendations_json"]


def write_recommendations_json(report: Report) -> str:
    """The report without its findings, with the base, what proves it, and the suggestions."""
    advice = report.advice or Advice(None)
    document = {
        "schema": "ironhull/recommendations",
        **report_json(replace(report, advice=None)),
        "advice": advice_json(advice),
    }
    return dump(document)
