"""GitLab's report of secret detection, schema 15.2 (gitlab-org/security-products/
security-report-schemas, secret-detection-report-format.json).

GitLab knows secrets in commits; an image has none, so the commit is zeros and the file says where
in the image it is. A secret that a rule or the baseline hides is a message of the scan.
"""

from __future__ import annotations

from typing import Any

from ironhull.formats._common import dump_pieces, piece, uuid_of
from ironhull.formats._findings import moment
from ironhull.formats._markdown import bounded
from ironhull.formats._secrets import (
    active_secrets,
    hidden_by,
    secret_place,
    secret_remedy,
    secret_sentence,
)
from ironhull.formats.gitlab import SCHEMA_VERSION, TOOL, schema_address
from ironhull.formats.text_cves import Shown
from ironhull.formats.text_table import safe
from ironhull.model import Report, SecretFinding

__all__ = ["write_gitlab_secrets"]

_NAME, _PATH = 255, 1_024  # characters
_COMMIT = "0" * 40


def write_gitlab_secrets(report: Report, shown: Shown) -> bytes:
    """The report of the secrets shown; equal reports give equal bytes."""
    name = report.sbom.subject.name
    found = [piece(_vulnerability(finding, name)) for finding in active_secrets(shown)]
    messages = [
        *(
            {"level": "info", "value": safe(f"{secret_sentence(s)} {hidden_by(s)}")}
            for s in shown.secrets
            if s.ignored is not None
        ),
        *(
            {"level": "warn", "value": safe(f"{p.where}: {p.message}")}
            for p in report.problems
            if p.stage == "secrets"
        ),
    ]
    time = moment(report)[:19]
    document = {
        "version": SCHEMA_VERSION,
        "schema": schema_address("secret-detection"),
        "scan": {
            "analyzer": TOOL,
            "scanner": TOOL,
            "type": "secret_detection",
            "start_time": time,
            "end_time": time,
            "status": "failure" if report.secrets is None else "success",
            "messages": messages,
        },
        "vulnerabilities": found,
    }
    return dump_pieces(document, len(found))


def _vulnerability(finding: SecretFinding, image: str) -> dict[str, Any]:
    severity = finding.severity
    where = secret_place(finding)
    rule = safe(finding.rule)
    return {
        "id": uuid_of(safe(f"{finding.fingerprint} {where} {finding.line} {image}")),
        "category": "secret_detection",
        "name": bounded(safe(finding.title), _NAME),
        "description": safe(f"{secret_sentence(finding)} Shown as: {finding.match}"),
        "severity": "Unknown" if severity == "unspecified" else severity.capitalize(),
        "solution": secret_remedy(),
        "identifiers": [{"type": "ironhull_secret", "name": rule, "value": rule}],
        "location": {
            "file": bounded(safe(where), _PATH),
            "start_line": finding.line,
            "end_line": finding.end_line,
            "commit": {"sha": _COMMIT},
        },
    }
