"""What the rules say of a Dockerfile as JSON: docs/schemas/harden-check.schema.json."""

from __future__ import annotations

from typing import Any

from ironhull.formats.json_report import SCHEMA_VERSION, dump
from ironhull.hardening.rules import LEVELS, RULES, Checked, Remark

__all__ = ["write_check_json"]

_TITLES = {rule.id: rule.title for rule in RULES}


def write_check_json(checked: Checked) -> str:
    """The document of one Dockerfile."""
    return dump(
        {
            "schema": "ironhull/harden-check",
            "schema_version": SCHEMA_VERSION,
            "name": checked.name,
            "counts": {level: checked.count(level) for level in LEVELS},
            "remarks": [_remark(remark) for remark in checked.remarks],
            "ignored": [_remark(remark) for remark in checked.ignored],
            "problems": [{"where": p.where, "message": p.message} for p in checked.problems],
        }
    )


def _remark(remark: Remark) -> dict[str, Any]:
    return {
        "rule": remark.rule,
        "level": remark.level,
        "title": _TITLES[remark.rule],
        "line": remark.line or None,
        "end_line": remark.end or None,
        "text": remark.text,
        "message": remark.message,
        "remedy": remark.remedy,
    }
