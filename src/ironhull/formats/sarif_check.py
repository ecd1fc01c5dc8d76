"""What the rules say of a Dockerfile as SARIF 2.1.0: a result per remark, at its lines.

Remarks that a comment in the Dockerfile leaves out have `suppressions` of the kind "inSource".
"""

from __future__ import annotations

import hashlib
from typing import Any

from ironhull.formats._sarif import SCHEMA, driver, message, notification, quoted
from ironhull.formats.json_report import dump
from ironhull.hardening.rules import RULES, Checked, Remark, Rule
from ironhull.limits import LIMITS

__all__ = ["write_check_sarif"]

_PLACES = {rule.id: index for index, rule in enumerate(RULES)}


def write_check_sarif(checked: Checked) -> str:
    """The log of one Dockerfile; equal results give equal text."""
    every = [*checked.remarks, *checked.ignored]
    left = len(every) - LIMITS.sarif_results
    notes = [
        notification("problem", "warning", f"{each.where}: {each.message}")
        for each in checked.problems
    ]
    if left > 0:
        notes.append(notification("left-out", "warning", f"{left} remarks left out"))
    seen: dict[str, int] = {}
    results = [
        _result(checked, remark, index >= len(checked.remarks), seen)
        for index, remark in enumerate(every[: LIMITS.sarif_results])
    ]
    run = {
        "tool": {"driver": driver([_rule(rule) for rule in RULES])},
        "automationDetails": {"id": f"ironhull-harden/{quoted(checked.name)}/"},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return dump({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": "Dockerfile",
        "shortDescription": {"text": message(rule.title)},
        "fullDescription": {"text": message(rule.why)},
        "help": {"text": message(f"{rule.why}\n{rule.remedy}")},
        "defaultConfiguration": {"level": rule.level},
        "properties": {"tags": ["dockerfile", "security"]},
    }


def _result(
    checked: Checked, remark: Remark, suppressed: bool, seen: dict[str, int]
) -> dict[str, Any]:
    said = f"{remark.rule}\0{remark.text}\0{remark.message}".encode("utf-8", "backslashreplace")
    mark = hashlib.sha256(said).hexdigest()[:32]
    seen[mark] = seen.get(mark, 0) + 1
    first = max(remark.line, 1)
    result = {
        "ruleId": remark.rule,
        "ruleIndex": _PLACES[remark.rule],
        "level": remark.level,
        "message": {"text": message(f"{remark.message}. {remark.remedy}")},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quoted(checked.name) or "Dockerfile"},
                    "region": {"startLine": first, "endLine": max(remark.end, first)},
                }
            }
        ],
        "partialFingerprints": {"ironhullRemark/v1": f"{mark}:{seen[mark]}"},
    }
    if suppressed:
        result["suppressions"] = [{"kind": "inSource"}]
    return result
