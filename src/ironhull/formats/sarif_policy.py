"""Verdicts as SARIF 2.1.0: a rule per policy, a result per deviation.

A policy without data, or one that could not be evaluated, is a notification: it is no result, and
it must not look like a policy that is met.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from ironhull.formats._sarif import SCHEMA, driver, message, notification, quoted
from ironhull.formats.json_report import dump
from ironhull.formats.text_policy import unchecked
from ironhull.formats.text_table import plural, problems_of, safe
from ironhull.health import score, state_of
from ironhull.limits import LIMITS
from ironhull.model import Report, Verdict, Violation

__all__ = ["write_policies_sarif"]

_LEVELS = {"CRITICAL": "error", "HIGH": "error", "MEDIUM": "warning", "LOW": "note"}


def write_policies_sarif(report: Report) -> str:
    """The log: results of the policies not met, at most as many as readers take."""
    results = [
        _result(report, index, verdict, violation)
        for index, verdict in enumerate(report.verdicts)
        for violation in verdict.violations
    ]
    kept = results[: LIMITS.sarif_results]
    notes = list(_notifications(report))
    if len(kept) < len(results):
        left = plural(len(results) - len(kept), "deviation")
        notes.insert(0, notification("left-out", "warning", f"{left} left out"))
    return dump({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report, kept, notes)]})


def _run(
    report: Report, results: list[dict[str, Any]], notes: list[dict[str, Any]]
) -> dict[str, Any]:
    subject, health = report.sbom.subject, score(report.verdicts)
    return {
        "tool": {
            "driver": driver([_rule(verdict) for verdict in report.verdicts]),
        },
        "automationDetails": {"id": f"ironhull-policy/{quoted(_repository(subject.name))}/"},
        "invocations": [
            {
                "executionSuccessful": all(v.state != "error" for v in report.verdicts),
                "toolExecutionNotifications": notes,
            }
        ],
        "columnKind": "unicodeCodePoints",
        "properties": {
            "image": subject.name,
            "digest": subject.digest,
            "policyStatus": state_of(report.verdicts),
            "healthScore": "" if health is None else str(health),
        },
        "results": results,
    }


def _rule(verdict: Verdict) -> dict[str, Any]:
    return {
        "id": safe(verdict.name),
        "name": "Policy",
        "shortDescription": {"text": message(verdict.title)},
        "fullDescription": {"text": message(verdict.title)},
        "help": {"text": message(_remedies(verdict) or verdict.title)},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["policy"], "state": verdict.state, "weight": verdict.weight},
    }


def _remedies(verdict: Verdict) -> str:
    return "\n".join(dict.fromkeys(v.remediation for v in verdict.violations if v.remediation))


def _result(report: Report, index: int, verdict: Verdict, violation: Violation) -> dict[str, Any]:
    severity = str(violation.detail.get("severity", "")).upper()
    text = ". ".join(part for part in (violation.message, violation.remediation) if part)
    facts = json.dumps(dict(violation.detail), sort_keys=True)
    said = f"{verdict.name}\0{violation.message}\0{facts}".encode("utf-8", "backslashreplace")
    mark = hashlib.sha256(said).hexdigest()
    return {
        "ruleId": safe(verdict.name),
        "ruleIndex": index,
        "level": _LEVELS.get(severity, "error"),
        "message": {"text": message(text or verdict.shown)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quoted(report.sbom.subject.name) or "image"},
                    "region": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1},
                }
            }
        ],
        "partialFingerprints": {"ironhullDeviation/v1": mark[:32]},
        "properties": {"detail": dict(violation.detail)},
    }


def _notifications(report: Report) -> Iterator[dict[str, Any]]:
    for verdict in report.verdicts:
        if verdict.state in ("no data", "error"):
            level = "error" if verdict.state == "error" else "warning"
            why = verdict.message or "the policy does not say why"
            text = f"{verdict.title}: {verdict.state}: {why}"
            yield notification(verdict.state.replace(" ", "-"), level, text)
    for note in unchecked(report):
        yield notification("coverage", "warning", f"vulnerabilities: {note}")
    for each in problems_of(report):
        text = f"{each.stage}: {each.where}: {each.message}"
        yield notification("problem", "warning", text)


def _repository(name: str) -> str:
    head, colon, tag = name.partition("@")[0].rpartition(":")
    return head if colon and "/" not in tag else name.partition("@")[0]
