"""Other predicates of Docker Scout: secrets, viruses, provenance, health.

(docs.docker.com/dhi/core-concepts/attestations; the policies of docker-hardened-images/policies
say what is read of them: an empty list of secrets is clean, `scanner.report` is base64.)
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from ironhull.errors import FormatError
from ironhull.predicates._shape import at, count, items, mapping, missing, parsed, text

__all__ = [
    "SECRETS_TYPE",
    "check_secrets",
    "check_virus",
    "read_secrets",
    "sum_up_provenance",
    "sum_up_secrets",
    "sum_up_virus",
]

SECRETS_TYPE = "https://scout.docker.com/secrets/v0.1"

_INFECTED = re.compile(r"^Infected files:\s*(\d+)\s*$", re.MULTILINE)


def read_secrets(data: bytes, name: str) -> Any:
    """Scout's list of secrets from itself, SARIF, Trivy's or gitleaks' JSON; raises FormatError."""
    found = parsed(data, name, "give Scout's, SARIF, Trivy's or gitleaks' JSON")
    if isinstance(found, dict) and isinstance(found.get("runs"), list):
        return _grouped(_of_sarif(found))
    if isinstance(found, dict) and "SchemaVersion" in found:
        return _grouped(_of_trivy(found))
    if isinstance(found, list) and found and all("RuleID" in mapping(item) for item in found):
        return _grouped(_of_gitleaks(found))
    if wrong := check_secrets(found):
        raise FormatError(
            f"{name}: no report of secrets: {wrong[0]}", "an empty list says there are none"
        )
    return found


_Row = tuple[str, dict[str, Any]]


def _of_sarif(document: dict[str, Any]) -> list[_Row]:
    rows: list[_Row] = []
    for run in items(document.get("runs")):
        for result in items(mapping(run).get("results")):
            place = mapping((items(mapping(result).get("locations")) or [None])[0])
            path = text(at(place, "physicalLocation.artifactLocation.uri"))
            first = at(place, "physicalLocation.region.startLine")
            last = at(place, "physicalLocation.region.endLine")
            title = text(at(result, "message.text"))
            rows.append((path, _finding(text(at(result, "ruleId")), title, "", (first, last))))
    return rows


def _of_trivy(document: dict[str, Any]) -> list[_Row]:
    rows: list[_Row] = []
    for target in items(document.get("Results")):
        path = text(mapping(target).get("Target"))
        for secret in items(mapping(target).get("Secrets")):
            rule, title = (text(at(secret, key)) for key in ("RuleID", "Title"))
            lines = (at(secret, "StartLine"), at(secret, "EndLine"))
            rows.append((path, _finding(rule, title, text(at(secret, "Severity")), lines)))
    return rows


def _of_gitleaks(found: list[Any]) -> list[_Row]:
    return [
        (
            text(at(item, "File")),
            _finding(
                text(at(item, "RuleID")),
                text(at(item, "Description")),
                "",
                (at(item, "StartLine"), at(item, "EndLine")),
            ),
        )
        for item in found
    ]


def _finding(rule: str, title: str, severity: str, lines: tuple[Any, Any]) -> dict[str, Any]:
    """A finding without the secret itself: an attestation is read by everybody."""
    said: dict[str, Any] = {"rule_id": rule, "title": title, "severity": severity.upper()}
    start, end = (line if isinstance(line, int) else 0 for line in lines)
    said |= {"start_line": start, "end_line": end or start}
    return {key: value for key, value in said.items() if value not in ("", 0)}


def _grouped(rows: list[_Row]) -> list[dict[str, Any]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for path, finding in rows:
        found.setdefault(path, []).append(finding)
    return [
        {"source": {"type": "FILE", "location": path}, "findings": found[path]}
        for path in sorted(found)
    ]


def check_secrets(predicate: Any) -> list[str]:
    """A list of sources with findings; an empty one says that there are none."""
    if not isinstance(predicate, list):
        return ["not a list of secrets"]
    return [
        f"[{number}]: {line}"
        for number, entry in enumerate(predicate)
        for line in missing(entry, ("source",), dict) + missing(entry, ("findings",), list)
    ]


def sum_up_secrets(predicate: Any) -> str:
    """How many secrets in how many places."""
    places = items(predicate)
    found = sum(len(items(mapping(entry).get("findings"))) for entry in places)
    return f"{count(found, 'secret')} in {count(len(places), 'place')}" if places else "no secrets"


def check_virus(predicate: Any) -> list[str]:
    """A scanner with a report in base64."""
    wrong = missing(predicate, ("scanner.report",))
    return wrong or ([] if _report(predicate) is not None else ["scanner.report is not base64"])


def sum_up_virus(predicate: Any) -> str:
    """How many files ClamAV calls infected."""
    found = _INFECTED.search(_report(predicate) or "")
    return f"{found[1]} infected files" if found else "no count of infected files"


def _report(predicate: Any) -> str | None:
    try:
        return base64.b64decode(text(at(predicate, "scanner.report")), validate=True).decode(
            "utf-8", "replace"
        )
    except (binascii.Error, ValueError):
        return None


def sum_up_provenance(predicate: Any) -> str:
    """The base image and the revision, as claimed."""
    base = " ".join(filter(None, (text(at(predicate, f"base_image.{k}")) for k in ("name", "tag"))))
    revision = text(at(predicate, "vcs.revision"))[:12]
    return ", ".join(filter(None, (f"base {base}" if base else "", revision)))
