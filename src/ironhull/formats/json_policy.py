"""Verdicts as JSON: docs/schemas/policy.schema.json, and the result file of Docker Scout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ironhull.formats.json_report import dump, report_json
from ironhull.health import deviations, score, state_of
from ironhull.model import Report, Verdict

__all__ = ["verdicts_json", "write_policies_json", "write_results"]

_HEAD = ("schema_version", "made_with", "image", "coverage", "problems")


def verdicts_json(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The part `policies` of a document: `score` is null where no policy has a weight."""
    health = score(verdicts)
    states = [verdict.state for verdict in verdicts]
    return {
        "status": state_of(verdicts).partition(" ")[0].lower(),
        "met": states.count("met"),
        "not_met": states.count("not met"),
        "no_data": states.count("no data"),
        "errors": states.count("error"),
        "total": len(states),
        "score": None if health is None else {"grade": health.grade, "share": health.share},
        "results": [_verdict(verdict) for verdict in verdicts],
    }


def write_policies_json(report: Report) -> str:
    """A document of the verdicts and of what was checked.

    How long each took is in the result file only.
    """
    head = {key: value for key, value in report_json(report).items() if key in _HEAD}
    policies = verdicts_json(report.verdicts)
    return dump({"schema": "ironhull/policy", **head, "policies": policies})


def write_results(report: Report) -> str:
    """`--result-file`: by policy name `pass`, `violations` (details), `bindings`, `metrics`.

    (docs.docker.com, "Local policies".) What could not be evaluated has `error` beside.
    """
    return dump({verdict.name: _result(verdict) for verdict in report.verdicts})


def _result(verdict: Verdict) -> dict[str, Any]:
    made: dict[str, Any] = {
        "pass": verdict.state == "met",
        "violations": [dict(each.detail) for each in verdict.violations],
        "bindings": dict(verdict.document),
        "metrics": {"timer_rego_query_eval_ns": round(verdict.seconds * 1e9)},
    }
    if verdict.state == "error":
        made["error"] = verdict.message
    return made


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "name": verdict.name,
        "title": verdict.shown,
        "state": verdict.state,
        "result_type": verdict.result_type,
        "result": deviations(verdict),
        "weight": verdict.weight,
        "message": verdict.message,
        "source": verdict.source,
        "violations": [
            {
                "message": each.message,
                "detail": dict(each.detail),
                "remediation": each.remediation,
            }
            for each in verdict.violations
        ],
        "prints": list(verdict.prints),
    }
