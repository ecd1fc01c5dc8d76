"""Secrets as rules and results of SARIF, and as cases of JUnit."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from ironhull.formats._secrets import hidden_by, secret_remedy, secret_sentence
from ironhull.formats._xml import attributes, text_of
from ironhull.formats.text_table import safe
from ironhull.model import SecretFinding

__all__ = ["rule_id", "sarif_secret", "sarif_secret_rule", "secret_case"]

_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
_SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}
"""GitHub's `security-severity`: the middle of the band."""


def rule_id(finding: SecretFinding) -> str:
    """`secret/github-token`."""
    return f"secret/{safe(finding.rule)}"


def sarif_secret_rule(finding: SecretFinding) -> dict[str, Any]:
    """The reportingDescriptor of the rule that found a secret."""
    score = _SCORES.get(finding.severity)
    return {
        "id": rule_id(finding),
        "name": "EmbeddedSecret",
        "shortDescription": {"text": _plain(f"{finding.title} in an image")},
        "fullDescription": {"text": _plain(f"A secret ({finding.title}) is part of the image.")},
        "help": {"text": _plain(secret_remedy()), "markdown": _plain(secret_remedy())},
        "defaultConfiguration": {"level": _LEVELS.get(finding.severity, "warning")},
        "properties": {
            "precision": "high",
            "tags": ["security", "secret", safe(finding.category)],
            **({"security-severity": score} if score else {}),
        },
    }


def sarif_secret(finding: SecretFinding, place: int) -> dict[str, Any]:
    """The result of a secret, `place` the index of its rule."""
    hidden = hidden_by(finding)
    return {
        "ruleId": rule_id(finding),
        "ruleIndex": place,
        "level": _LEVELS.get(finding.severity, "warning"),
        "message": {"text": _plain(f"{secret_sentence(finding)} {secret_remedy()}")},
        "locations": [_location(finding)],
        "partialFingerprints": {
            "primaryLocationLineHash": f"{finding.fingerprint}:{finding.line}",
            "ironhullSecret/v1": finding.fingerprint,
        },
        **(
            {
                "suppressions": [
                    {"kind": "external", "status": "accepted", "justification": safe(hidden)}
                ]
            }
            if hidden
            else {}
        ),
        "properties": {
            "kind": "secret",
            "source": finding.source,
            "layer": finding.layer,
            "removedIn": finding.removed_in,
        },
    }


def _location(finding: SecretFinding) -> dict[str, Any]:
    file = finding.source == "FILE"
    path = finding.path if file else f"{finding.source.lower()}/{finding.path}"
    parts = [part for part in path.split("/") if part not in ("", ".", "..")]
    uri = "/".join(quote(part, safe="", errors="backslashreplace") for part in parts)
    region = {"startLine": finding.line, "endLine": finding.end_line}
    artifact = {"uri": uri or "image", **({"uriBaseId": "IMAGEROOT"} if file else {})}
    snippet = {"snippet": {"text": safe(finding.match)}}
    return {"physicalLocation": {"artifactLocation": artifact, "region": {**region, **snippet}}}


def _plain(text: str) -> str:
    """`text` without what SARIF messages give a meaning (section 3.11)."""
    return safe(text).replace("{", "{{").replace("}", "}}").replace("](", "] (")


def secret_case(finding: SecretFinding) -> str:
    """A failed case; a skipped one where something hides the secret."""
    name = f"{finding.rule} line {finding.line}"
    case = attributes(classname=finding.path or finding.source, name=name)
    if hidden := hidden_by(finding):
        content = f"<skipped{attributes(message=hidden)}/>"
    else:
        message = f"{secret_sentence(finding)} {secret_remedy()}"
        said = attributes(message=message, type=finding.severity)
        content = f"<failure{said}>{text_of(finding.match)}</failure>"
    return f'<testcase{case} time="0">{content}</testcase>\n'
