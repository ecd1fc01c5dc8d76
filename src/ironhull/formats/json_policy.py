"""Verdicts as JSON: a document of ours, and the result file of Docker Scout's contract."""

from __future__ import annotations

import json
from typing import Any

from ironhull.health import deviations, score, state_of
from ironhull.model import Report, Verdict

__all__ = ["verdicts_json", "write_policies_json", "write_results"]


def verdicts_json(report: Report) -> dict[str, Any]:
    """The part `policies` of a report (docs/schemas/policy.json)."""
    verdicts = report.verdicts
    health = score(verdicts)
    return {
        "status": state_of(verdicts).partition(" ")[0].lower(),
        "met": sum(verdict.state == "met" for verdict in verdicts),
        "total": len(verdicts),
        "score": None if health is None else {"grade": health.grade, "share": health.share},
        "results": [_verdict(verdict) for verdict in verdicts],
    }


def write_policies_json(report: Report) -> str:
    """A document of the verdicts alone."""
    subject = report.sbom.subject
    problems = [{"stage": p.stage, "where": p.where, "message": p.message} for p in report.problems]
    document = {
        "schema": "ironhull.policy/1",
        "subject": {"name": subject.name, "digest": subject.digest},
        "policies": verdicts_json(report),
        "problems": problems,
        "made_with": {
            "ironhull": report.made_with.ironhull,
            "advisories": report.made_with.index_digest,
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def write_results(report: Report) -> str:
    """`--result-file`: by policy name `pass`, `violations` (details), `bindings`, `metrics`."""
    document = {
        verdict.name: {
            "pass": verdict.state == "met",
            "violations": [dict(each.detail) for each in verdict.violations],
            "bindings": dict(verdict.document),
            "metrics": {"timer_rego_query_eval_ns": round(verdict.seconds * 1e9)},
            **({"error": verdict.message} if verdict.state == "error" else {}),
        }
        for verdict in report.verdicts
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


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
